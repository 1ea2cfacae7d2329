//! `rr serve`: reads the configuration, runs the server, passes signals on.

use std::path::PathBuf;

use super::{
    Exit, Failure, Program, ServeOptions,
    args::{Place, ServeFlags},
    pid_file::{self, PidFile},
    process::Process,
    reread::Reread,
    settings::{self, Settings},
    upgrade::Step,
    voice::Voice,
};
use crate::{
    lifecycle::Stop,
    reconfigure::rereads,
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
    let Settings {
        config,
        mut found,
        folder,
        file,
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
    let mut upgrade = (process.upgrade)()?;
    let reread = Reread::new(&place, &file, flags, program.product().0, process);
    process.enter(&folder)?;
    let pid_file = pid_file.or_else(|| flags.pid.then(|| pid_file::DEFAULT.into()));
    *held = pid_file.map(|it| upgrade.pid_file(it)).transpose()?;
    if flags.enable_experimental && !place.silent {
        voice.note("`-e` has no effect: nothing in this server is experimental");
    }
    let mut signals = process.signals()?;
    let mut hangups = process.hangups()?;
    let (mut rereads, readings) = rereads();
    let grace = config.grace_period(&mut found);
    let watchdog = config.watchdog();
    let upgrade_times = config.upgrade_times();
    let succession = upgrade.succession();

    let (stop, cut, started) = (Stop::new(), Stop::new(), Stop::new());
    let told = started.clone();
    let running = program.serve(ServeOptions {
        config,
        found,
        strict: flags.strict,
        stop: stop.clone(),
        cut: cut.clone(),
        succession: succession.clone(),
        readings,
        started: Box::new(move || told.cancel()),
    });
    let mut running = std::pin::pin!(running);
    let (mut up, mut serves, mut stopping) = (false, false, false);
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
                upgrade.abandon();
                // As a candidate, or as one that was succeeded, it is not the one that counts.
                let is_server = serves || !succession.has_predecessor();
                if is_server && !succession.is_handed_over() {
                    systemd::tell(State::Stopping);
                }
            }
            ended = &mut running => return ended,
            () = started.cancelled(), if !up => {
                up = true;
                upgrade.up();
            }
            step = upgrade.next() => match step {
                Step::Serves => {
                    serves = true;
                    if let Some(file) = held {
                        file.renew();
                    }
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
                Step::Asked if serves && !stopping => {
                    say("restart signal [SIGUSR2] received".to_owned());
                    systemd::tell(State::Reloading);
                    upgrade.begin(held.as_ref(), upgrade_times);
                }
                Step::Asked => {
                    say("restart signal [SIGUSR2] ignored: this process starts or stops".to_owned());
                }
                Step::Failed(why) => {
                    tracing::error!(target: "server", "no upgrade: {why}");
                    say(format!("restart failed: {why}"));
                    systemd::tell(State::Ready);
                }
                Step::Succeeded(pid) => {
                    tracing::info!(target: "server", "process {pid} has taken over; this one finishes what it has begun");
                    if let Some(file) = held.take() {
                        file.give_away();
                    }
                    stop.cancel();
                }
                Step::Unwanted(why) => return Err(Failure::new(Exit::Start, why)),
            },
            never = &mut watchdog, if !succession.is_handed_over() => match never {},
            wanted = rereads.next() => drop(wanted.send(reread.read())),
            () = hangups.next() => if !rereads.hang_up() {
                say("SIGHUP has no effect: this server does not reload its configuration".to_owned());
            },
            () = signals.next() => match stop.is_cancelled() && !succession.hurry() {
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
