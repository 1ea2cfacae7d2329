//! A zygote at work: forks a worker when asked, and says how those have ended that are no more.

use std::{process::ExitStatus, sync::Arc, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::home::Home;
use crate::{
    pool::{SpawnError, Spawner, boot::Booted},
    process::{Process, Signal, forked::Forked},
    relay::Relay,
};

/// How long a zygote may take to say how a worker has ended, and to end itself.
const PROMPT: Duration = Duration::from_secs(5);

/// A handle to a zygote. It ends when the last handle is gone; each of its workers has one.
#[derive(Clone)]
pub(super) struct Parent {
    process: Process,
    command: Arc<str>,
    home: Arc<Home>,
    orders: mpsc::UnboundedSender<Order>,
}

/// What a zygote is there for. Those who ask may leave.
enum Order {
    Fork(oneshot::Sender<Result<u32, String>>),
    Reap(u32, oneshot::Sender<Option<i32>>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Forking {
    Pid(u32),
    Error(String),
}

#[derive(Deserialize)]
struct End {
    status: Option<i32>,
}

impl Parent {
    /// Takes a zygote into service that has introduced itself.
    pub(super) fn new(booted: Booted, home: Home, spawner: &Spawner) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        let Booted { relay, process, .. } = booted;
        tokio::spawn(serve(relay, process.clone(), received));
        Self {
            process,
            command: spawner.command.to_string().into(),
            home: Arc::new(home),
            orders,
        }
    }

    /// Whether it takes orders.
    pub(super) fn is_up(&self) -> bool {
        !self.orders.is_closed()
    }

    /// Where its workers dial in.
    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    /// Has it fork a worker. One that does not within `limit` is killed.
    ///
    /// # Errors
    /// When there is no worker, or it is not to be found.
    pub(super) async fn fork(&self, limit: Duration) -> Result<Process, SpawnError> {
        let (reply, forked) = oneshot::channel();
        // A zygote that has gone has dropped the reply, too.
        self.orders.send(Order::Fork(reply)).ok();
        let reason = match timeout(limit, forked).await {
            Ok(Ok(Ok(pid))) => match Forked::find(pid, self.process.pid()) {
                Ok(worker) => return Ok(worker.watch(self.clone().reap(pid))),
                Err(error) => error.to_string(),
            },
            Ok(Ok(Err(reason))) => reason,
            Ok(Err(_gone)) => "it has ended".to_owned(),
            Err(_elapsed) => {
                self.process.signal(Signal::Kill);
                format!("it did nothing within {limit:?} and was killed")
            }
        };
        Err(SpawnError::Fork {
            command: self.command.to_string(),
            pid: self.process.pid(),
            reason,
        })
    }

    /// How its worker `pid` has ended; unknown where the zygote is gone as well.
    async fn reap(self, pid: u32) -> Option<ExitStatus> {
        let (reply, status) = oneshot::channel();
        self.orders.send(Order::Reap(pid, reply)).ok()?;
        let status = timeout(PROMPT, status).await.ok()?.ok()??;
        exit_status(status)
    }
}

#[cfg(unix)]
fn exit_status(raw: i32) -> Option<ExitStatus> {
    Some(std::os::unix::process::ExitStatusExt::from_raw(raw))
}

#[cfg(not(unix))]
fn exit_status(_: i32) -> Option<ExitStatus> {
    None
}

/// Passes orders on, one at a time, until there is nobody left to give any.
async fn serve(mut relay: Relay, process: Process, mut orders: mpsc::UnboundedReceiver<Order>) {
    let pid = process.pid();
    let failure = loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            status = process.ended() => break status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string()),
        };
        let Some(order) = order else {
            return end(relay, &process).await;
        };
        if let Err(reason) = obey(&mut relay, order).await {
            process.signal(Signal::Kill);
            process.ended().await;
            break reason;
        }
    };
    tracing::warn!(
        target: "server", pid,
        "the zygote has ended ({failure}): its workers go on, further ones are forked by another"
    );
}

/// Closes the connection, which ends it.
async fn end(relay: Relay, process: &Process) {
    drop(relay);
    if process.ended_within(PROMPT).await.is_none() {
        process.signal(Signal::Kill);
    }
    tracing::debug!(target: "server", pid = process.pid(), "the zygote has ended: nobody needs it");
}

/// An error means that it does not do as it is told.
async fn obey(relay: &mut Relay, order: Order) -> Result<(), String> {
    match order {
        // Nobody wants it any more: not forked, it need not be killed.
        Order::Fork(reply) if reply.is_closed() => {}
        Order::Fork(reply) => {
            let forked = match ask(relay, r#"{"fork":true}"#).await? {
                Forking::Pid(pid) => Ok(pid),
                Forking::Error(reason) => Err(reason),
            };
            reply.send(forked).ok();
        }
        Order::Reap(pid, reply) => {
            let End { status } = ask(relay, &format!(r#"{{"reap":{pid}}}"#)).await?;
            reply.send(status).ok();
        }
    }
    Ok(())
}

async fn ask<T: DeserializeOwned>(relay: &mut Relay, order: &str) -> Result<T, String> {
    let sent = relay.command(order.as_bytes()).await;
    sent.map_err(|error| error.to_string())?;
    let answer = relay.recv().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&answer.payload).map_err(|_| {
        let text = String::from_utf8_lossy(&answer.payload);
        format!("it answers `{order}` with `{}`", text.escape_debug())
    })
}
