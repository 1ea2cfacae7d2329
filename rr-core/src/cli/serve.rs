//! `rr serve`: reads the configuration, runs the server, passes signals on.

use std::path::PathBuf;

use super::{
    Failure, Program, ServeOptions,
    args::{Place, ServeFlags},
    pid_file::{self, PidFile},
    process::Process,
    settings::{self, Settings},
    voice::Voice,
};
use crate::{
    lifecycle::Stop,
    rpc::COMPATIBLE_WITH,
    systemd::{self, State},
};

/// What was typed.
pub(super) struct Serve {
    pub(super) place: Place,
    pub(super) flags: ServeFlags,
    pub(super) pid_file: Option<PathBuf>,
}

/// Serves until a signal, or until the server fails. What is in `held` then says that this process
/// serves: it is to go when the process does.
pub(super) async fn serve(
    program: impl Program,
    Serve {
        place,
        flags,
        pid_file,
    }: Serve,
    held: &mut Option<PidFile>,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    // Kept as long as the server runs: nobody removes what it uses.
    let _unpacked = process.unpack(program.product().0)?;
    let Settings {
        config,
        mut found,
        folder,
        ..
    } = settings::read(
        &place,
        flags.overrides(),
        true,
        program.product().0,
        process,
    );
    let Some(config) = config else {
        return Err(Failure::config(found));
    };
    if !found.has_errors() {
        process.set_variables(config.variables())?;
    }
    process.enter(&folder)?;
    let pid_file = pid_file.or_else(|| flags.pid.then(|| pid_file::DEFAULT.into()));
    *held = pid_file.map(PidFile::hold).transpose()?;
    if flags.enable_experimental && !place.silent {
        voice.note("`-e` has no effect: nothing in this server is experimental");
    }
    let mut signals = process.signals()?;
    let grace = config.grace_period(&mut found);
    let watchdog = config.watchdog();

    let (stop, cut, started) = (Stop::new(), Stop::new(), Stop::new());
    let told = started.clone();
    let running = program.serve(ServeOptions {
        config,
        found,
        strict: flags.strict,
        stop: stop.clone(),
        cut: cut.clone(),
        started: Box::new(move || told.cancel()),
    });
    let mut running = std::pin::pin!(running);
    let (mut up, mut stopping) = (false, false);
    let every = systemd::watchdog_interval(watchdog);
    let mut watchdog = std::pin::pin!(systemd::watchdog(every));
    let mut say = |line: String| {
        if !place.silent {
            voice.say(line);
        }
    };
    loop {
        tokio::select! {
            // A start is told before the signal that came right behind it.
            biased;
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                systemd::tell(State::Stopping);
            }
            ended = &mut running => return ended,
            () = started.cancelled(), if !up => {
                up = true;
                say(format!("[INFO] RoadRunner server started; version: {COMPATIBLE_WITH}"));
                systemd::tell(State::Ready);
                if systemd::is_asked_for() {
                    say("[INFO] sdnotify: notified".to_owned());
                }
                if let Some(every) = every {
                    let every = every.as_secs_f64();
                    say(format!("[INFO] sdnotify: watchdog enabled, timeout: {every} seconds"));
                }
            }
            never = &mut watchdog => match never {},
            () = signals.next() => match stop.is_cancelled() {
                false => {
                    stop.cancel();
                    say(format!(
                        "stop signal received, grace timeout is: {} seconds",
                        grace.as_secs_f64()
                    ));
                }
                true => {
                    cut.cancel();
                    say("exit forced".to_owned());
                }
            },
        }
    }
}
