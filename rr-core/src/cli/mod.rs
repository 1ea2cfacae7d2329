//! The command line: one module a command. The only part that prints.
//!
//! Knows a server as a [`Program`] and a running one through its RPC.

#[cfg_attr(unix, path = "again/unix.rs")]
#[cfg_attr(windows, path = "again/windows.rs")]
mod again;
mod args;
mod completion;
mod config;
mod exit;
mod hangup;
#[cfg_attr(target_os = "linux", path = "init/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "init/other.rs")]
mod init;
#[cfg_attr(unix, path = "kill/unix.rs")]
#[cfg_attr(windows, path = "kill/windows.rs")]
mod kill;
mod pid_file;
mod process;
mod program;
mod remote;
mod reread;
mod reset;
mod serve;
mod settings;
mod signal;
mod starter;
mod stop;
mod upgrade;
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

use crate::config::schema;
use args::{Command, ConfigCommand, Line, Place, ReloadArgs, ServeFlags, StopFlags, WorkersArgs};
use process::Process;
use remote::Remote;
use voice::{Colours, Voice};

pub use exit::{Exit, Failure, Text};
pub use program::{Program, ServeOptions};
pub use signal::Signals;

/// How long what is left of a server may take to fall, once it has been given up.
const FALL: Duration = Duration::from_secs(1);

/// The one service that commands of RoadRunner 1 had in their names.
const HTTP: &str = "http";

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
                Text::Findings(found) => voice.findings(&found),
                Text::Said => {}
            }
            exit
        }
    }
}

fn obey(
    program: impl Program,
    mut line: Line,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let (name, version) = program.product();
    if line.version {
        voice.say(version::line(name, version));
        return Ok(());
    }
    let Some(command) = line.command.take() else {
        voice.usage(&Line::help((name, version), voice.width), false);
        return Ok(());
    };
    misplaced(&command, &line)?;
    let before = line.place;
    match command {
        Command::Version => voice.say(version::line(name, version)),
        Command::Schema => {
            let text = serde_json::to_string_pretty(&schema::document(program.sections()));
            voice.say(text.expect("a schema is JSON"));
        }
        Command::Completion { shell } => completion::completion(name, shell, voice),
        Command::Man { folder } => completion::man(name, &folder, voice)?,
        Command::Init {
            config,
            work_dir,
            silent,
        } => {
            let place = Place {
                config,
                work_dir,
                silent,
                ..Place::default()
            };
            starter::init(&program, &before.then(place), voice)?;
        }
        Command::Reload(typed)
        | Command::Config {
            command: ConfigCommand::Reload(typed),
        } => {
            let ReloadArgs {
                dry_run,
                format,
                place,
            } = typed;
            let place = before.then(place);
            let remote = Remote::find(&place, name, process)?;
            let reload = config::reload(&remote, dry_run, format, place.silent, voice);
            single_threaded()?.block_on(reload)?;
        }
        Command::Config { command } => {
            // Wiring needs one, as in `serve`.
            let runtime = single_threaded()?;
            let _entered = runtime.enter();
            config::run(program, command, before, line.serve.strict, process, voice)?;
        }
        Command::Serve {
            place,
            flags,
            pid_file,
        } => {
            if let Some(ended) = (process.stand_in)() {
                return ended;
            }
            let serve = serve::Serve {
                place: before.then(place),
                flags: line.serve.then(flags),
                pid_file,
            };
            let runtime = runtime(&mut Builder::new_multi_thread())?;
            let mut held = None;
            let ended = runtime.block_on(serve::serve(program, serve, &mut held, process, voice));
            runtime.shutdown_timeout(FALL);
            drop(held);
            return ended;
        }
        Command::Stop {
            flags,
            pid_file,
            place,
        } => {
            let force = line.stop.force | flags.force;
            let place = before.then(place);
            let stop = stop::stop(&place, pid_file.as_deref(), force, process, name, voice);
            single_threaded()?.block_on(stop)?;
        }
        Command::Workers(typed) => workers(typed, before, name, process, voice)?,
        Command::HttpWorkers { interactive, place } => {
            let typed = WorkersArgs {
                interactive,
                services: vec![HTTP.to_owned()],
                place,
                ..WorkersArgs::default()
            };
            workers(typed, before, name, process, voice)?;
        }
        Command::Reset { services, place } => {
            reset(services, &before.then(place), name, process, voice)?;
        }
        Command::HttpReset { place } => {
            reset(
                vec![HTTP.to_owned()],
                &before.then(place),
                name,
                process,
                voice,
            )?;
        }
    }
    Ok(())
}

/// Options of one command before another.
fn misplaced(command: &Command, line: &Line) -> Result<(), Failure> {
    let serve = match command {
        Command::Serve { .. } => ServeFlags::default(),
        Command::Config {
            command: ConfigCommand::Check { .. },
        } => ServeFlags {
            strict: false,
            ..line.serve
        },
        _ => line.serve,
    };
    let text = match command {
        _ if serve != ServeFlags::default() => {
            "`--debug`, `--verbose`, `--log-format`, `--strict` and `--pid` belong to `serve`\nhelp: leave them out"
        }
        Command::Stop { .. } => return Ok(()),
        _ if line.stop != StopFlags::default() => "`--force` belongs to `stop`\nhelp: leave it out",
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, text))
}

fn workers(
    typed: WorkersArgs,
    before: Place,
    name: &'static str,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let WorkersArgs {
        interactive,
        format,
        services,
        place,
    } = typed;
    let remote = Remote::find(&before.then(place), name, process)?;
    single_threaded()?.block_on(async {
        match interactive {
            true => workers::watch(&remote, &services, process.signals()?, voice).await,
            false => workers::show(&remote, &services, format, voice).await,
        }
    })
}

fn reset(
    services: Vec<String>,
    place: &Place,
    name: &'static str,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let remote = Remote::find(place, name, process)?;
    let reset = reset::reset(&remote, services, place.silent, voice);
    single_threaded()?.block_on(reset)
}

fn single_threaded() -> Result<Runtime, Failure> {
    runtime(&mut Builder::new_current_thread())
}

fn runtime(builder: &mut Builder) -> Result<Runtime, Failure> {
    let built = builder.enable_all().build();
    built.map_err(|error| Failure::new(Exit::Command, format!("cannot start threads: {error}")))
}
