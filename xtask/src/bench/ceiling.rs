//! The ceiling: a loop that feeds one PHP worker over pipes, without HTTP, both on one core.

use std::{
    io::Write as _,
    os::fd::AsFd,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use nix::{
    fcntl::{FcntlArg, fcntl},
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};

use super::{
    sample::{Sample, percentile},
    site::Workers,
};
use crate::{
    interrupt::Interrupt,
    process::Process,
    wire::{CONTROL, ERROR, JSON, Reader, encode},
};

/// One PHP worker under the hand of this process.
struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: Reader<ChildStdout>,
}

/// Sends `post` bytes to `path` again and again for `time`; expects bodies of `answer` bytes.
pub(super) fn run(
    workers: Workers,
    path: &str,
    post: usize,
    answer: usize,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<Sample> {
    // The affinity is the thread's, and what it starts inherits it.
    thread::scope(|scope| {
        let looping = scope.spawn(|| {
            pin()?;
            let mut worker = Worker::start(workers)?;
            worker.measure(&request(path, post), answer, time, interrupt)
        });
        looping.join().expect("the loop does not panic")
    })
}

impl Worker {
    fn start(workers: Workers) -> Result<Self> {
        let command = workers.command()?;
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .env("RR_RELAY", "pipes")
            .env("RR_MODE", "http")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` cannot be started", command[0]))?;
        let requests = child.stdin.take().expect("it is piped");
        let answers = child.stdout.take().expect("it is piped");
        widen(&requests);
        widen(&answers);
        let answers = Reader::new(answers);
        let mut worker = Self {
            child,
            requests,
            answers,
        };
        let hello = encode(CONTROL | JSON, &[], br#"{"pid":1}"#);
        worker.requests.write_all(&hello)?;
        let reply = worker.answers.read()?;
        ensure!(reply.flags & CONTROL != 0, "the worker answers no pid");
        Ok(worker)
    }

    fn measure(
        &mut self,
        request: &[u8],
        answer: usize,
        time: Duration,
        interrupt: &Interrupt,
    ) -> Result<Sample> {
        let warm = Instant::now();
        while warm.elapsed() < time.min(Duration::from_millis(200)) {
            self.exec(request, answer)?;
        }
        let (mine, php) = self.cpu()?;
        let mut latencies = Vec::new();
        let begun = Instant::now();
        let mut now = begun;
        while now - begun < time {
            self.exec(request, answer)?;
            let then = Instant::now();
            latencies.push((then - now).as_secs_f64() * 1e6);
            now = then;
            if latencies.len() % 1024 == 0 {
                interrupt.check()?;
            }
        }
        let (mine_after, php_after) = self.cpu()?;
        let requests = latencies.len() as f64;
        latencies.sort_by(f64::total_cmp);
        Ok(Sample {
            rate: Some(requests / (now - begun).as_secs_f64()),
            p50: Some(percentile(&latencies, 0.5)),
            p99: Some(percentile(&latencies, 0.99)),
            server_cpu: Some((mine_after - mine).as_secs_f64() * 1e6 / requests),
            php_cpu: Some((php_after - php).as_secs_f64() * 1e6 / requests),
            ..Sample::default()
        })
    }

    fn exec(&mut self, request: &[u8], answer: usize) -> Result<()> {
        self.requests.write_all(request)?;
        let frame = self.answers.read()?;
        let context = frame.options.first().map_or(0, |it| *it as usize);
        ensure!(
            frame.flags & ERROR == 0 && frame.payload.len() == context + answer,
            "the worker answers {} bytes: {}",
            frame.payload.len(),
            String::from_utf8_lossy(&frame.payload[..frame.payload.len().min(200)]),
        );
        Ok(())
    }

    /// CPU time of this process, in which nothing else works now, and of the worker.
    fn cpu(&self) -> Result<(Duration, Duration)> {
        let of = |pid: u32| -> Result<Duration> {
            let process = Process::find(pid.cast_signed())?;
            Ok(process.context("the worker is gone")?.cpu)
        };
        Ok((of(std::process::id())?, of(self.child.id())?))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a server sends for such a request: the context in JSON, then the body.
fn request(path: &str, post: usize) -> Vec<u8> {
    let (method, headers) = match post {
        0 => ("GET", "{}".to_owned()),
        _ => (
            "POST",
            format!(
                r#"{{"Content-Length":["{post}"],"Content-Type":["application/octet-stream"]}}"#
            ),
        ),
    };
    let context = format!(
        r#"{{"remoteAddr":"127.0.0.1","protocol":"HTTP/1.1","method":"{method}","uri":"http://127.0.0.1:8080{path}","headers":{headers},"cookies":{{}},"rawQuery":"","parsed":false,"uploads":null,"attributes":{{}}}}"#
    );
    let payload = [context.as_bytes(), &vec![b'x'; post]].concat();
    encode(JSON, &[context.len() as u32], &payload)
}

/// Lets a mebibyte through at once where the system allows it, as a server would.
fn widen(pipe: impl AsFd) {
    fcntl(pipe, FcntlArg::F_SETPIPE_SZ(1 << 20)).ok();
}

/// Keeps this thread, and what it starts, on the last core.
fn pin() -> Result<()> {
    let cores = thread::available_parallelism()?.get();
    let mut set = CpuSet::new();
    set.set(cores - 1)?;
    sched_setaffinity(Pid::from_raw(0), &set).context("the loop cannot be kept on one core")
}
