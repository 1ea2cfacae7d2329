//! `rr stop`: asks the server that a pid file tells of to stop, or the one at `rpc.listen` where there
//! is none, and waits until it has.

mod remote;

use std::{iter, path::Path, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Exit, Failure,
    args::Place,
    pid_file::{self, Holder},
    process::Process,
    remote::Remote,
    settings::{self, Settings},
    voice::Voice,
};
use crate::config::Diagnostics;

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// How long `--force` leaves the server to stop in good order.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a server may take beyond its grace period.
const SLACK: Duration = Duration::from_secs(5);

pub(super) async fn stop(
    place: &Place,
    file: Option<&Path>,
    force: bool,
    process: &Process<'_>,
    program: &'static str,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let Settings { config, folder, .. } =
        settings::read(place, iter::empty(), false, program, process);
    let is_named = file.is_some();
    let grace = config.as_ref().map_or(Duration::from_secs(30), |config| {
        config.grace_period(&mut Diagnostics::default())
    });
    let patience = if force { PATIENCE } else { grace + SLACK };
    let file = folder.join(file.unwrap_or(Path::new(pid_file::DEFAULT)));
    let pid = match look(&file)? {
        Holder::Runs(pid) => pid,
        Holder::Gone => {
            let text = format!(
                "no server runs: `{}` is left from one that ended without removing it",
                file.display()
            );
            return Err(Failure::new(Exit::Command, text));
        }
        Holder::Nobody if !is_named && config.is_some_and(|it| it.has("rpc")) => {
            let server = Remote::find(place, program, process)?;
            return remote::stop(&server, &file, patience, place.silent, voice).await;
        }
        Holder::Nobody => {
            let text = format!(
                "there is no file `{}`, so which process serves is not known\n\
                 help: start the server with `{program} serve -p`, or name its file with `--pid-file FILE`, its folder with `-w DIR`",
                file.display()
            );
            return Err(Failure::new(Exit::Command, text));
        }
    };
    if !place.silent {
        voice.note(format_args!("stopping process with PID: {pid}"));
    }
    terminate(process, pid)?;
    if !ends(&file, Instant::now() + patience).await {
        if !force {
            let text = format!(
                "process {pid} still runs after {} seconds\nhelp: cut it off with `{program} stop --force`",
                patience.as_secs()
            );
            return Err(Failure::new(Exit::Command, text));
        }
        terminate(process, pid)?;
        if !ends(&file, Instant::now() + SLACK).await {
            let text = format!(
                "process {pid} still runs, though it was told twice\nhelp: `kill -9 {pid}`"
            );
            return Err(Failure::new(Exit::Command, text));
        }
    }
    if !place.silent {
        voice.note("stopped");
    }
    Ok(())
}

fn look(file: &Path) -> Result<Holder, Failure> {
    pid_file::holder(file).map_err(|error| {
        let file = file.display();
        Failure::new(Exit::Command, format!("cannot read `{file}`: {error}"))
    })
}

fn terminate(process: &Process<'_>, pid: u32) -> Result<(), Failure> {
    (process.terminate)(pid).map_err(|error| {
        let text = format!("cannot stop process {pid}: {error}");
        Failure::new(Exit::Command, text)
    })
}

/// Whether the server is gone by then.
async fn ends(file: &Path, limit: Instant) -> bool {
    let gone = async {
        while matches!(pid_file::holder(file), Ok(Holder::Runs(_)) | Err(_)) {
            sleep(LOOK).await;
        }
    };
    timeout_at(limit, gone).await.is_ok()
}
