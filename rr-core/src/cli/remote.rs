//! Finds the running server that a command talks to.

use std::{error::Error as _, iter};

use serde::Deserialize;

use super::{
    Exit, Failure,
    args::Place,
    process::Process,
    settings::{self, Settings},
};
use crate::{
    config::{Address, OriginKind},
    rpc::{CallError, Client},
};

/// A running server, as the configuration describes it.
pub(super) struct Remote {
    pub(super) address: Address,
    /// Who says so.
    told_by: String,
    /// What this program is called.
    program: &'static str,
}

/// All that a client needs of the `rpc` section.
#[derive(Deserialize)]
struct RpcSection {
    #[serde(default = "default_listen")]
    listen: Address,
}

fn default_listen() -> Address {
    Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 6001,
    }
}

impl Remote {
    /// Reads `rpc.listen`. A file is not needed where an argument tells it all.
    pub(super) fn find(
        place: &Place,
        program: &'static str,
        process: &Process<'_>,
    ) -> Result<Self, Failure> {
        let Settings {
            file,
            config,
            mut found,
            folder,
        } = settings::read(place, iter::empty(), false, program, process);
        let Some(config) = config else {
            return Err(Failure::config(found));
        };
        // Only errors in what is read here matter to a client.
        if found.has_errors() {
            return Err(Failure::config(found));
        }
        let section = config.section::<RpcSection>("rpc", &[], &mut found);
        let file = file.display();
        let Some(RpcSection { listen }) = section else {
            return Err(match found.has_errors() {
                true => Failure::config(found),
                false => Failure::new(
                    Exit::Config,
                    format!(
                        "`{file}` has no section `rpc`, so its server cannot be asked\n\
                         help: add `rpc: {{listen: tcp://127.0.0.1:6001}}` and start the server again"
                    ),
                ),
            });
        };
        // The path of a socket is relative to where the server works.
        process.enter(&folder)?;
        let told_by = match config.place("rpc.listen").map(|it| it.kind()) {
            Some(OriginKind::Argument) => "-o rpc.listen".to_owned(),
            Some(OriginKind::Json) => "`rpc.listen` of -j".to_owned(),
            Some(OriginKind::File) | None => format!("`rpc.listen` of {file}"),
        };
        Ok(Self {
            address: listen,
            told_by,
            program,
        })
    }

    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let connected = self.connect_once().await;
        connected.map_err(|error| self.failed(&error))
    }

    /// The same, for who makes something of the reason himself.
    pub(super) async fn connect_once(&self) -> Result<Client, CallError> {
        Client::connect(&self.address).await
    }

    /// Why a connection or a call came to nothing.
    pub(super) fn failed(&self, error: &CallError) -> Failure {
        let address = self.address.dsn();
        let place = format!("`{address}` ({})", self.told_by);
        let program = self.program;
        let text = match error {
            CallError::Connect { source, .. } => format!(
                "no server at {place}: {source}\n\
                 help: start it with `{program} serve`, or name its configuration with `-c FILE`"
            ),
            // The server's own words, in which PHP packages expect line breaks.
            CallError::Failed(text) => match missing_service(text) {
                Some(service) => format!(
                    "the server at {place} has no service `{service}`, which answers this command\n\
                     help: add `{service} = true` to its manifest, or the service to its `main.rs`, and build it again"
                ),
                None => text.replace("\n\t", " "),
            },
            other => match other.source() {
                Some(source) => format!("{place}: {other}: {source}"),
                None => format!("{place}: {other}"),
            },
        };
        Failure::new(Exit::Command, text)
    }
}

/// Of what the server says where nobody contributed the method.
fn missing_service(text: &str) -> Option<&str> {
    let method = text.strip_prefix("rpc: can't find service ")?;
    method.rsplit_once('.').map(|(service, _)| service)
}
