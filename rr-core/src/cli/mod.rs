//! The command line: `serve`, `workers`, `reset`, `schema`, `version`. The only part that prints.
//!
//! Knows a server as a [`Program`] and a running one through its RPC.

mod args;
mod exit;
#[cfg_attr(target_os = "linux", path = "init/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "init/other.rs")]
mod init;
mod process;
mod program;
mod remote;
mod reset;
mod serve;
mod settings;
mod signal;
mod version;
mod voice;
mod workers;

#[cfg(test)]
mod tests;

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    process::ExitCode,
    time::Duration,
};

use crossterm::terminal;
use tokio::runtime::{Builder, Runtime};

use args::{Command, Line, ServeFlags};
use process::Process;
use remote::Remote;
use voice::{Colours, Voice};

pub use exit::{Exit, Failure, Text};
pub use program::{Program, ServeOptions};
pub use signal::Signals;

/// How long what is left of a server may take to fall, once it has been given up.
const FALL: Duration = Duration::from_secs(1);

/// Does what the arguments of the process say.
pub fn main(program: impl Program) -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let is_terminal = out.is_terminal();
    let mut voice = Voice {
        out: &mut out,
        err: &mut err,
        colours: Colours::of_terminal(),
        width: terminal::size().ok().filter(|_| is_terminal).map(|it| it.0),
    };
    run(program, env::args_os(), &Process::this(), &mut voice).into()
}

fn run(
    program: impl Program,
    arguments: impl IntoIterator<Item = OsString>,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Exit {
    let (name, _) = program.product();
    let line = match Line::read(arguments, name, voice.width) {
        Ok(line) => line,
        Err(error) => {
            let is_error = error.use_stderr();
            voice.usage(&error.render(), is_error);
            return match is_error {
                true => Exit::Usage,
                false => Exit::Ok,
            };
        }
    };
    match obey(program, line, process, voice) {
        Ok(()) => Exit::Ok,
        Err(Failure { exit, text }) => {
            match text {
                Text::Plain(text) => voice.error(&text),
                Text::Findings(found) => voice.note(found.to_string().trim_end()),
                Text::Said => {}
            }
            exit
        }
    }
}

fn obey(
    program: impl Program,
    line: Line,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let (name, version) = program.product();
    if line.version {
        voice.say(version::line(name, version));
        return Ok(());
    }
    let Some(command) = line.command else {
        voice.usage(&Line::help(name, voice.width), false);
        return Ok(());
    };
    let (before, flags) = (line.place, line.serve);
    if !matches!(command, Command::Serve { .. }) && flags != ServeFlags::default() {
        let text = "`--debug`, `--verbose` and `--strict` belong to `serve`\nhelp: leave them out";
        return Err(Failure::new(Exit::Usage, text));
    }
    match command {
        Command::Version => {
            voice.say(version::line(name, version));
            Ok(())
        }
        Command::Schema => {
            let text = serde_json::to_string_pretty(&program.schema());
            voice.say(text.expect("a schema is JSON"));
            Ok(())
        }
        Command::Serve {
            place,
            flags: after,
        } => {
            if let Some(ended) = (process.stand_in)() {
                return ended;
            }
            let (place, flags) = (before.then(place), flags.then(after));
            let runtime = runtime(&mut Builder::new_multi_thread())?;
            let ended = runtime.block_on(serve::serve(program, &place, flags, process, voice));
            runtime.shutdown_timeout(FALL);
            ended
        }
        Command::Workers {
            interactive,
            services,
            place,
        } => {
            let remote = Remote::find(&before.then(place), name, process)?;
            runtime(&mut Builder::new_current_thread())?.block_on(async {
                match interactive {
                    true => workers::watch(&remote, &services, process.signals()?, voice).await,
                    false => workers::show(&remote, &services, voice).await,
                }
            })
        }
        Command::Reset { services, place } => {
            let place = before.then(place);
            let remote = Remote::find(&place, name, process)?;
            let reset = reset::reset(&remote, services, place.silent, voice);
            runtime(&mut Builder::new_current_thread())?.block_on(reset)
        }
    }
}

fn runtime(builder: &mut Builder) -> Result<Runtime, Failure> {
    let built = builder.enable_all().build();
    built.map_err(|error| Failure::new(Exit::Command, format!("cannot start threads: {error}")))
}
