//! The command line: one module a command. The only part that prints.
//!
//! Knows a server as a [`Program`] and a running one through its RPC.

#[cfg_attr(unix, path = "again/unix.rs")]
#[cfg_attr(windows, path = "again/windows.rs")]
mod again;
mod args;
mod command;
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
use args::{
    Command as Asked, ConfigCommand, Line, Place, ReloadArgs, ServeFlags, StopFlags, Typed,
    WorkersArgs,
};
use process::Process;
use remote::Remote;
use voice::{Colours, Voice};

pub use command::{Call, Command, Extra};
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
        // Where there is no terminal, crossterm would run `tput`, twice.
        width: is_terminal
            .then(terminal::size)
            .and_then(Result::ok)
            .map(|it| it.0),
    };
    run(program, env::args_os(), &Process::this(), &mut voice).into()
}

fn run(
    mut program: impl Program,
    arguments: impl IntoIterator<Item = OsString>,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Exit {
    let (name, _) = program.product();
    let process = &process.carrying(program.carried());
    let extra = program.take_commands();
    if let Some(taken) = Line::clash(&extra) {
        voice.error(&format!(
            "two commands of this program are called `{taken}`"
        ));
        return Exit::Start;
    }
    let typed = match Line::read(arguments, name, &extra, voice.width) {
        Ok(typed) => typed,
        Err(error) => {
            let is_error = error.use_stderr();
            voice.usage(&error.render(), is_error);
            return match is_error {
                true => Exit::Usage,
                false => Exit::Ok,
            };
        }
    };
    let done = match typed {
        Typed::Own(line) => obey(program, line, &extra, process, voice),
        Typed::Extra {
            name: asked,
            arguments,
            place,
        } => {
            let call = Call {
                arguments,
                place: &place,
                program: name,
                process,
            };
            let mut extra = extra.into_iter();
            let extra = extra.find(|it| it.name == asked);
            extra.map_or(Ok(()), |it| it.run(&call))
        }
    };
    match done {
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
    extra: &[Extra],
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let (name, version) = program.product();
    if line.version {
        voice.say(version::line(name, version));
        return Ok(());
    }
    let Some(command) = line.command.take() else {
        voice.usage(&Line::help((name, version), extra, voice.width), false);
        return Ok(());
    };
    misplaced(&command, &line)?;
    let before = line.place;
    match command {
        Asked::Version => voice.say(version::line(name, version)),
        Asked::Schema => {
            let text = serde_json::to_string_pretty(&schema::document(program.sections()));
            voice.say(text.expect("a schema is JSON"));
        }
        Asked::Completion { shell } => completion::completion(name, extra, shell, voice),
        Asked::Man { folder } => completion::man(name, extra, &folder, voice)?,
        Asked::Init {
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
        Asked::Reload(typed)
        | Asked::Config {
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
        Asked::Config { command } => {
            // Wiring needs one, as in `serve`.
            let runtime = single_threaded()?;
            let _entered = runtime.enter();
            config::run(program, command, before, line.serve.strict, process, voice)?;
        }
        Asked::Serve {
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
        Asked::Stop {
            flags,
            pid_file,
            place,
        } => {
            let force = line.stop.force | flags.force;
            let place = before.then(place);
            let stop = stop::stop(&place, pid_file.as_deref(), force, process, name, voice);
            single_threaded()?.block_on(stop)?;
        }
        Asked::Workers(typed) => workers(typed, before, name, process, voice)?,
        Asked::HttpWorkers { interactive, place } => {
            let typed = WorkersArgs {
                interactive,
                services: vec![HTTP.to_owned()],
                place,
                ..WorkersArgs::default()
            };
            workers(typed, before, name, process, voice)?;
        }
        Asked::Reset { services, place } => {
            reset(services, &before.then(place), name, process, voice)?;
        }
        Asked::HttpReset { place } => {
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
fn misplaced(command: &Asked, line: &Line) -> Result<(), Failure> {
    let serve = match command {
        Asked::Serve { .. } => ServeFlags::default(),
        Asked::Config {
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
        Asked::Stop { .. } => return Ok(()),
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
