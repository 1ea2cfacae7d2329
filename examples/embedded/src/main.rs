//! A program that serves PHP beside its own work, and decides itself when both end.

use std::{path::Path, time::Duration};

use rr_core::{BoxError, lifecycle::Stop};
use tokio::{signal::ctrl_c, time::sleep};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let stop = Stop::new();
    let server = embedded::serve(Path::new(".rr.yaml"), stop.clone(), || println!("serving"));
    tokio::pin!(server);
    tokio::select! {
        // Wrong settings, or a service that failed.
        ended = &mut server => return ended,
        asked = ctrl_c() => asked?,
        () = work() => {}
    }
    stop.cancel();
    server.await
}

/// Whatever else the program does.
async fn work() {
    loop {
        sleep(Duration::from_secs(10)).await;
        println!("still at work");
    }
}
