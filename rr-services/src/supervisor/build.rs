//! From what the config or a call says to a [`Program`].

use std::{ffi::OsString, time::Duration};

use rr_core::{config::CommandLine, process::Command, rpc::RpcAddress};

use super::{
    config::{ProgramConfig, RESTART, STOP, seconds_or},
    messages::Create,
    program::{MOST, Program},
};
use crate::run_as::{self, RunAsError};

/// A program that cannot be run as it stands there.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    #[error("the service `{name}` has `process_num: {asked}`, at most {MOST} are allowed")]
    TooMany { name: String, asked: i64 },
    #[error("the service `{0}` has no processes: `process_num` must be 1 or more")]
    None(String),
    #[error("a service needs a name")]
    Nameless,
    #[error("the service `{name}` has `exec_timeout: {asked}`, which is less than nothing")]
    Timeout { name: String, asked: i64 },
    #[error("the service `{name}` has no command: {source}")]
    Command {
        name: String,
        source: rr_core::config::CommandLineError,
    },
    #[error(transparent)]
    RunAs(#[from] RunAsError),
}

/// Of the section `service.NAME`.
pub(super) fn configured(
    name: String,
    config: ProgramConfig,
    rpc: Option<&RpcAddress>,
) -> Result<Program, BuildError> {
    let user = run_as::look_up(&format!("service.{name}"), config.user.as_deref(), None)?;
    let exec_timeout = Duration::from(config.exec_timeout);
    Ok(Program {
        processes: processes(&name, i64::from(config.process_num.max(1)))?,
        command: Command {
            user,
            ..command(&config.command, config.env, rpc)
        },
        exec_timeout: (!exec_timeout.is_zero()).then_some(exec_timeout),
        restart: config
            .remain_after_exit
            .then(|| seconds_or(config.restart_sec, RESTART)),
        stop: seconds_or(config.timeout_stop_sec, STOP),
        own_logger: config.service_name_in_log,
        name,
    })
}

/// Of a call of `service.Create`.
pub(super) fn asked(asked: Create, rpc: Option<&RpcAddress>) -> Result<Program, BuildError> {
    let name = asked.name;
    if name.is_empty() {
        return Err(BuildError::Nameless);
    }
    let parsed = asked.command.parse::<CommandLine>();
    let line = parsed.map_err(|source| BuildError::Command {
        name: name.clone(),
        source,
    })?;
    let seconds = u64::try_from(asked.exec_timeout).map_err(|_| BuildError::Timeout {
        name: name.clone(),
        asked: asked.exec_timeout,
    })?;
    Ok(Program {
        processes: processes(&name, asked.process_num)?,
        command: command(&line, asked.env, rpc),
        exec_timeout: (seconds > 0).then(|| seconds_or(seconds, 0)),
        restart: asked
            .remain_after_exit
            .then(|| seconds_or(asked.restart_sec, RESTART)),
        stop: seconds_or(asked.timeout_stop_sec, STOP),
        own_logger: asked.service_name_in_logs,
        name,
    })
}

fn processes(name: &str, asked: i64) -> Result<u32, BuildError> {
    let name = name.to_owned();
    match u32::try_from(asked) {
        Ok(0) => Err(BuildError::None(name)),
        Err(_) if asked < 0 => Err(BuildError::None(name)),
        Ok(count) if count <= MOST => Ok(count),
        _ => Err(BuildError::TooMany { name, asked }),
    }
}

fn command(
    line: &CommandLine,
    own: impl IntoIterator<Item = (String, String)>,
    rpc: Option<&RpcAddress>,
) -> Command {
    let mut env: Vec<(String, OsString)> = Vec::new();
    if let Some(rpc) = rpc {
        env.push(("RR_RPC".into(), rpc.dsn().into()));
    }
    let own = own.into_iter();
    env.extend(own.map(|(name, value)| (name.to_uppercase(), value.into())));
    Command {
        program: line.program().to_owned(),
        args: line.args().to_vec(),
        env,
        user: None,
    }
}
