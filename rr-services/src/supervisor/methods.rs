//! The RPC methods of `service`, and its processes for `rr workers`.

use std::{sync::Arc, time::UNIX_EPOCH};

use rr_core::{
    process::usage,
    rpc::{Message, Methods, Processes, RpcAddress, RpcError, Worker},
};

use super::{
    build,
    desk::{Desk, Seen},
    messages::{Create, Fault, List, Response, Service, Status, Statuses},
    slot::State,
};

/// What the methods work with.
#[derive(Clone)]
pub(super) struct Counter {
    pub(super) desk: Desk,
    pub(super) rpc: Option<Arc<RpcAddress>>,
}

pub(super) fn methods(counter: &Counter) -> Methods {
    Methods::new("service")
        .method_with("Create", counter, create)
        .method_with("Restart", counter, async |it: Counter, Message(named)| {
            let Service { name } = named;
            done(it.desk.restart(name).await)
        })
        .method_with("Terminate", counter, async |it: Counter, Message(named)| {
            let Service { name } = named;
            done(it.desk.terminate(name).await)
        })
        .method_with("List", counter, list)
        .method_with("Statuses", counter, statuses)
        .method_with("Status", counter, status)
}

/// The processes that run, as `informer.Workers` tells them.
pub(super) fn processes(desk: Desk) -> Processes {
    let resets = desk.clone();
    Processes::new("service", move || {
        let desk = desk.clone();
        async move {
            let seen = desk.see(None).await.unwrap_or_default();
            seen.into_iter().flat_map(workers).collect()
        }
    })
    .with_reset(move || {
        let desk = resets.clone();
        async move { Ok(desk.restart_all().await?) }
    })
}

async fn create(
    counter: Counter,
    Message(asked): Message<Create>,
) -> Result<Message<Response>, RpcError> {
    let program = build::asked(asked, counter.rpc.as_deref())?;
    done(counter.desk.create(program).await)
}

async fn list(counter: Counter, (): ()) -> Result<Message<List>, RpcError> {
    let services = counter.desk.list().await?;
    Ok(Message(List { services }))
}

async fn statuses(
    counter: Counter,
    Message(Service { name }): Message<Service>,
) -> Result<Message<Statuses>, RpcError> {
    let seen = counter.desk.see(Some(name)).await?;
    let status = seen.into_iter().flat_map(told).collect();
    Ok(Message(Statuses { status }))
}

/// That of the last process; PHP packages call [`statuses`] nowadays.
async fn status(counter: Counter, named: Message<Service>) -> Result<Message<Status>, RpcError> {
    let Message(Statuses { mut status }) = statuses(counter, named).await?;
    let last = status.pop().ok_or("the service has no process")?;
    Ok(Message(last))
}

fn done<E: Into<RpcError>>(outcome: Result<(), E>) -> Result<Message<Response>, RpcError> {
    outcome.map_err(Into::into)?;
    Ok(Message(Response {
        message: String::new(),
        ok: true,
    }))
}

fn told(Seen { command, states }: Seen) -> Vec<Status> {
    let tell = |state| match state {
        State::Running { pid, since } => {
            let usage = usage(pid, since);
            Status {
                cpu_percent: usage.cpu_percent as f32,
                pid: pid.cast_signed(),
                memory_usage: usage.memory,
                command: command.clone(),
                status: None,
            }
        }
        State::Down(message) => Status {
            command: command.clone(),
            status: Some(Fault { code: 0, message }),
            ..Status::default()
        },
    };
    states.into_iter().map(tell).collect()
}

fn workers(Seen { command, states }: Seen) -> Vec<Worker> {
    let running = states.into_iter().filter_map(|state| match state {
        State::Running { pid, since } => Some((pid, since)),
        State::Down(_) => None,
    });
    let tell = |(pid, since)| {
        let usage = usage(pid, since);
        let created = since.duration_since(UNIX_EPOCH).unwrap_or_default();
        Worker {
            pid,
            status: 1,
            num_execs: 0,
            created: i64::try_from(created.as_nanos()).unwrap_or(i64::MAX),
            memory_usage: usage.memory,
            cpu_percent: usage.cpu_percent,
            command: command.clone(),
            status_str: "ready".to_owned(),
            doing: None,
        }
    };
    running.map(tell).collect()
}
