//! The stop of a server without a pid file: over RPC, as RoadRunner 1 did it.

use std::{error::Error as _, path::Path, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    super::{Exit, Failure, remote::Remote, voice::Voice},
    LOOK,
};
use crate::rpc::CallError;

/// Asks the server to stop, and waits until nobody answers at its address any more; that is the
/// last thing that a server gives up. `file` is the pid file that is not there.
pub(super) async fn stop(
    remote: &Remote,
    file: &Path,
    patience: Duration,
    silent: bool,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let address = remote.address.dsn();
    let mut client = remote.connect_once().await.map_err(|error| {
        let why = error.source().map_or_else(String::new, |it| format!(": {it}"));
        let text = format!(
            "there is no file `{}` that tells of a server, and none at `{address}`{why}\n\
             help: name its configuration with `-c FILE`, its pid file with `--pid-file FILE`, its folder with `-w DIR`",
            file.display()
        );
        Failure::new(Exit::Command, text)
    })?;
    if !silent {
        voice.note(format_args!("stopping the server at {address}"));
    }
    let stopped: Result<String, _> = client.call("system.Stop", &true).await;
    if let Err(error) = stopped {
        return Err(remote.failed(&error));
    }
    drop(client);
    let limit = Instant::now() + patience;
    while !matches!(remote.connect_once().await, Err(CallError::Connect { .. })) {
        if Instant::now() > limit {
            let text = format!(
                "the server at `{address}` still answers after {} seconds\n\
                 help: start it with `-p`, so that `stop --force` finds its process",
                patience.as_secs()
            );
            return Err(Failure::new(Exit::Command, text));
        }
        sleep(LOOK).await;
    }
    if !silent {
        voice.note("stopped");
    }
    Ok(())
}
