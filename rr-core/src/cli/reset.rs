//! `rr reset`: replaces the workers of all services, or of those named, side by side.

use futures_util::future::join_all;

use super::{Exit, Failure, exit::Text, remote::Remote, voice::Voice};

/// What the server's text begins with, which says nothing to people.
const PREFIX: &str = "resetter_rpc_reset: resetter_plugin_reset_by_name: ";

/// What it says of a name that nothing has.
const UNKNOWN: &str = "no such plugin";

/// Returns when every reset is over; fails when one did.
pub(super) async fn reset(
    remote: &Remote,
    services: Vec<String>,
    silent: bool,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let mut client = remote.connect().await?;
    let services = match services.is_empty() {
        true => {
            let list = client.call("resetter.List", &true).await;
            list.map_err(|error| remote.failed(&error))?
        }
        false => services,
    };
    // Chatter goes to stderr, for people; Octane takes any byte there for a failure and says -s.
    if !silent {
        for service in &services {
            voice.note(format_args!("resetting plugin: [{service}]"));
        }
    }
    let outcomes = join_all(services.iter().map(|service| one(remote, service))).await;
    let mut failed = false;
    let mut known: Option<Vec<String>> = None;
    for (service, outcome) in services.iter().zip(outcomes) {
        match outcome {
            Ok(()) if silent => {}
            Ok(()) => voice.note(format_args!("plugin reset: [{service}]")),
            Err(why) => {
                failed = true;
                let why = why.to_string();
                let why = why.strip_prefix(PREFIX).unwrap_or(&why);
                if !why.starts_with(UNKNOWN) {
                    voice.error(&format!("`{service}` was not reset: {why}"));
                    continue;
                }
                if known.is_none() {
                    known = client.call("resetter.List", &true).await.ok();
                }
                voice.error(&unknown(service, known.as_deref().unwrap_or_default()));
            }
        }
    }
    match failed {
        true => Err(Failure {
            exit: Exit::Command,
            text: Text::Said,
        }),
        false => Ok(()),
    }
}

fn unknown(service: &str, known: &[String]) -> String {
    let text = format!("the server has no service `{service}` that can be reset");
    match known {
        [] => format!("{text}, nor any other"),
        known => format!("{text}\nhelp: it has `{}`", known.join("`, `")),
    }
}

async fn one(remote: &Remote, service: &str) -> Result<(), Failure> {
    let mut client = remote.connect().await?;
    let done = client.call::<bool>("resetter.Reset", &service).await;
    done.map_err(|error| remote.failed(&error)).map(drop)
}
