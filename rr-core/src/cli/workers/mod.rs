//! `rr workers`: asks a running server for its workers and shows them, once or again and again.

mod format;
mod keys;
mod screen;
mod table;
mod watch;

use serde::Serialize;

use super::{Exit, Failure, args::Format, remote::Remote, voice::Voice};
use crate::rpc::{Client, Load, Worker, Workers};

pub(super) use watch::watch;

/// The workers of one service, by pid.
#[derive(Serialize)]
pub(super) struct Pool {
    service: String,
    workers: Vec<Worker>,
    /// Nothing where the server does not tell: the Go server has no such method.
    load: Option<Load>,
}

/// Prints them once.
pub(super) async fn show(
    remote: &Remote,
    services: &[String],
    format: Format,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let mut client = remote.connect().await?;
    let pools = ask(remote, &mut client, services).await?;
    if format == Format::Json {
        let text = serde_json::to_string_pretty(&pools);
        voice.say(text.expect("texts and numbers are JSON"));
        return Ok(());
    }
    let style = table::Style {
        colours: voice.colours.out,
        width: voice.width,
        now: format::now(),
    };
    voice.say(table::pools(&pools, &style).trim_end());
    Ok(())
}

async fn ask(
    remote: &Remote,
    client: &mut Client,
    services: &[String],
) -> Result<Vec<Pool>, Failure> {
    let list = async |client: &mut Client| {
        let names: Result<Vec<String>, _> = client.call("informer.List", &true).await;
        names.map_err(|error| remote.failed(&error))
    };
    let names = match services {
        [] => list(client).await?,
        named => named.to_vec(),
    };
    let mut pools = Vec::new();
    for service in names {
        let answer: Result<Workers, _> = client.call("informer.Workers", &service).await;
        let Some(mut workers) = answer.map_err(|error| remote.failed(&error))?.workers else {
            return Err(unknown(&service, &list(client).await?));
        };
        workers.sort_by_key(|worker| worker.pid);
        pools.push(Pool {
            load: client.call("informer.Load", &service).await.ok(),
            service,
            workers,
        });
    }
    Ok(pools)
}

fn unknown(service: &str, known: &[String]) -> Failure {
    let text = match known {
        [] => format!("the server has no service `{service}` with workers, nor any other"),
        known => format!(
            "the server has no service `{service}` with workers\nhelp: it has `{}`",
            known.join("`, `")
        ),
    };
    Failure::new(Exit::Command, text)
}
