//! Nothing but the exchange: a frame that is ready goes into the pipe, as many bytes as are due come out of it.

use std::{
    io::{Read as _, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use rr_core::goridge::{Flags, Head, Options, StreamBits};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process,
    runtime::Runtime,
};

use super::{BODY, CONTEXT, Turn, WORKER, lap};

/// On the thread that asks, which sleeps in the kernel until the answer is there.
pub(super) fn blocking(_: &Runtime) -> Turn<'_> {
    let mut worker = Blocking::start();
    let task = frame(Flags::NONE, Some(CONTEXT), BODY);
    let mut answer = vec![0; task.len()];
    Box::new(move |exchanges| {
        let mut last = Instant::now();
        let exchange = |_| {
            worker.exchange(&task, &mut answer);
            lap(&mut last)
        };
        let took = (0..exchanges).map(exchange).collect();
        assert_eq!(answer, task, "the worker sends the task back");
        took
    })
}

struct Blocking {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Blocking {
    fn start() -> Self {
        let mut command = Command::new("php");
        command.arg(WORKER).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("php starts");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        let mut worker = Self {
            child,
            stdin,
            stdout,
        };
        let (hello, mut pid) = hello(worker.child.id());
        worker.exchange(&hello, &mut pid);
        worker
    }

    fn exchange(&mut self, task: &[u8], answer: &mut [u8]) {
        self.stdin.write_all(task).expect("the worker reads");
        self.stdout.read_exact(answer).expect("the worker answers");
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// In a task of a runtime with several threads, as connections are served.
pub(super) fn asynchronous(runtime: &Runtime) -> Turn<'_> {
    let inside = runtime.enter();
    let mut command = process::Command::new("php");
    command.arg(WORKER).stdin(Stdio::piped()).kill_on_drop(true);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("php starts");
    drop(inside);
    let stdin = child.stdin.take().expect("it is piped");
    let stdout = child.stdout.take().expect("it is piped");
    let (hello, mut pid) = hello(child.id().expect("it lives"));
    let task = frame(Flags::NONE, Some(CONTEXT), BODY);
    let answer = vec![0; task.len()];
    let mut pipes = (stdin, stdout);
    runtime.block_on(exchange(&mut pipes, &hello, &mut pid));
    let mut state = Some((pipes, task, answer));
    Box::new(move |exchanges| {
        let _child = &child;
        let (mut pipes, task, mut answer) = state.take().expect("each turn gives it back");
        let turn = runtime.spawn(async move {
            let mut took = Vec::with_capacity(exchanges);
            let mut last = Instant::now();
            for _ in 0..exchanges {
                exchange(&mut pipes, &task, &mut answer).await;
                took.push(lap(&mut last));
            }
            assert_eq!(answer, task, "the worker sends the task back");
            (took, (pipes, task, answer))
        });
        let (took, kept) = runtime.block_on(turn).expect("nothing panics");
        state = Some(kept);
        took
    })
}

async fn exchange(
    (stdin, stdout): &mut (process::ChildStdin, process::ChildStdout),
    task: &[u8],
    answer: &mut [u8],
) {
    stdin.write_all(task).await.expect("the worker reads");
    stdout.read_exact(answer).await.expect("the worker answers");
}

/// The first frame, and room for the answer of a process with this id.
fn hello(pid: u32) -> (Vec<u8>, Vec<u8>) {
    let hello = frame(Flags::CONTROL, None, r#"{"pid":1}"#);
    let answer = frame(Flags::CONTROL, None, &format!(r#"{{"pid":{pid}}}"#));
    (hello, answer)
}

fn frame(flags: Flags, context: Option<&str>, body: &str) -> Vec<u8> {
    let length = |it: &str| u32::try_from(it.len()).expect("it is short");
    let options = context.map_or_else(Options::default, |it| Options::from([length(it)]));
    let context = context.unwrap_or_default();
    let head = Head::new(
        flags,
        StreamBits::NONE,
        &options,
        context.len() + body.len(),
    );
    [&*head, context.as_bytes(), body.as_bytes()].concat()
}
