//! Runs a new server before it may take the place of the old one.

mod boot;

use std::{
    io::{self, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;

/// How long one of the commands may take; both answer within milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the new server must not be used.
#[derive(Debug, thiserror::Error)]
pub enum SmokeError {
    /// It cannot be started.
    #[error("the new server cannot be run: {0}")]
    Start(#[source] io::Error),
    /// A command failed.
    #[error("`{command}` of the new server failed ({status})\n{output}")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it printed.
        output: String,
    },
    /// A command did not end.
    #[error("`{command}` of the new server did not end within {} seconds", PATIENCE.as_secs())]
    Hung {
        /// The command.
        command: String,
    },
    /// It is another program.
    #[error("`--version` of the new server says `{said}`, not `{expected}`")]
    Version {
        /// What it printed.
        said: String,
        /// What should be in it.
        expected: String,
    },
    /// It does not start.
    #[error(
        "the new server does not start with the configuration it would be given to begin with\n{output}"
    )]
    Boot {
        /// What it printed.
        output: String,
    },
    /// What it prints is no schema.
    #[error("`schema` of the new server prints no JSON Schema: {0}")]
    Schema(String),
}

/// The schema of a server's `.rr.yaml`.
pub(crate) struct Schema {
    /// As the server prints it.
    pub(crate) text: String,
    /// What it says.
    pub(crate) value: Value,
}

/// Asks the server at `binary` for its version and for the schema of its `.rr.yaml`, which is
/// returned, and starts it once with the configuration that `starter` makes of that: one to begin
/// with, which switches nothing on.
pub(crate) fn run(
    binary: &Path,
    name: &str,
    version: &str,
    starter: impl FnOnce(&Value) -> String,
) -> Result<Schema, SmokeError> {
    let said = ask(binary, "--version")?;
    let expected = format!("{name} {version}");
    if !said.contains(&expected) {
        let said = said.trim().to_owned();
        return Err(SmokeError::Version { said, expected });
    }
    let text = ask(binary, "schema")?;
    let value = match serde_json::from_str(&text) {
        Ok(value @ Value::Object(_)) => value,
        Ok(_) => return Err(SmokeError::Schema("it is no object".to_owned())),
        Err(error) => return Err(SmokeError::Schema(error.to_string())),
    };
    boot::boot(binary, &starter(&value))?;
    Ok(Schema { text, value })
}

fn ask(binary: &Path, command: &str) -> Result<String, SmokeError> {
    let mut child = Command::new(binary)
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(SmokeError::Start)?;
    let Some((stdout, stderr)) = outputs(&mut child) else {
        let _killed = child.kill();
        let _reaped = child.wait();
        let command = command.to_owned();
        return Err(SmokeError::Hung { command });
    };
    let status = child.wait().map_err(SmokeError::Start)?;
    if !status.success() {
        let output = format!("{stdout}{stderr}").trim().to_owned();
        let command = command.to_owned();
        return Err(SmokeError::Failed {
            command,
            status,
            output,
        });
    }
    Ok(stdout)
}

/// Both outputs once they are closed; `None` if that takes too long.
fn outputs(child: &mut Child) -> Option<(String, String)> {
    let (sender, receiver) = mpsc::channel();
    let mut stdout = child.stdout.take()?;
    let mut stderr = child.stderr.take()?;
    thread::spawn(move || {
        let errors = thread::spawn(move || text(&mut stderr));
        let output = text(&mut stdout);
        // The other side is gone if the server took too long.
        sender
            .send((output, errors.join().unwrap_or_default()))
            .ok()
    });
    receiver.recv_timeout(PATIENCE).ok()
}

fn text(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    match from.read_to_end(&mut bytes) {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => error.to_string(),
    }
}
