//! The exchange by rr's own layers: the relay, which makes and reads frames, and the pool upon it.

use std::{process::Stdio, time::Instant};

use rr_core::{
    goridge::{Flags, Options as Words, StreamBits},
    pool::{Options, Payload, Pool, Spawner, WorkerCommand},
    relay::{Pipes, Relay, Wire},
};
use tokio::{process::Command, runtime::Runtime};

use super::{BODY, CONTEXT, Turn, WORKER, lap};

/// One worker of nobody's, and frames to and fro.
pub(super) fn relay(runtime: &Runtime) -> Turn<'_> {
    let inside = runtime.enter();
    let mut command = Command::new("php");
    command.arg(WORKER).stdin(Stdio::piped()).kill_on_drop(true);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("php starts");
    let stdin = child.stdin.take().expect("it is piped");
    let stdout = child.stdout.take().expect("it is piped");
    let mut relay = Relay::new(Pipes::new(stdin, stdout), Wire::Frames);
    drop(inside);
    let shaken = runtime.block_on(relay.handshake());
    shaken.expect("the worker says its pid");
    let mut state = Some(relay);
    Box::new(move |exchanges| {
        let _child = &child;
        let mut relay = state.take().expect("each turn gives it back");
        let turn = runtime.spawn(async move {
            let context = u32::try_from(CONTEXT.len()).expect("it is short");
            let words = Words::from([context]);
            let parts = (CONTEXT.as_bytes(), BODY.as_bytes());
            let mut took = Vec::with_capacity(exchanges);
            let mut last = Instant::now();
            for _ in 0..exchanges {
                let sent = relay.send(Flags::NONE, StreamBits::NONE, &words, parts);
                sent.await.expect("the worker reads");
                let frame = relay.recv().await.expect("the worker answers");
                assert!(frame.payload.ends_with(BODY.as_bytes()), "{frame:?}");
                took.push(lap(&mut last));
            }
            (took, relay)
        });
        let (took, relay) = runtime.block_on(turn).expect("nothing panics");
        state = Some(relay);
        took
    })
}

/// `Pool::exec`, as services call it.
pub(super) fn pool(runtime: &Runtime) -> Turn<'_> {
    let (pool, keeper) = Pool::new("bench", Options::default());
    let command = WorkerCommand {
        program: "php".into(),
        args: vec![WORKER.into()],
        env: Vec::new(),
        user: None,
    };
    let listener = None;
    let spawner = Spawner {
        command,
        listener,
        wire: Wire::Frames,
        zygote: false,
    };
    let started = runtime.block_on(keeper.start(spawner));
    started.expect("the worker starts");
    let task = Payload {
        codec: None,
        context: CONTEXT.into(),
        body: BODY.into(),
    };
    Box::new(move |exchanges| {
        let (pool, task) = (pool.clone(), task.clone());
        let turn = runtime.spawn(async move {
            let mut took = Vec::with_capacity(exchanges);
            let mut last = Instant::now();
            for _ in 0..exchanges {
                let answer = pool.exec(&task).await.expect("the worker answers");
                assert_eq!(answer.payload.body, BODY);
                took.push(lap(&mut last));
            }
            took
        });
        runtime.block_on(turn).expect("nothing panics")
    })
}
