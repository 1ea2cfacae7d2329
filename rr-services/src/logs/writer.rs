//! A thread that writes lines, so that whoever logs never waits for a slow reader.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::output::Output;

/// Lines that may wait for the thread; the next one is dropped and counted.
pub(super) const QUEUE: usize = 4096;

/// How long a line may take while [`Writer::settle`] is on; the first that takes longer ends it.
const PATIENCE: Duration = Duration::from_millis(200);

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: SyncSender<Job>,
    dropped: Arc<AtomicU64>,
    /// Each line is waited for.
    settling: AtomicBool,
}

#[derive(Debug)]
enum Job {
    Line(String),
    /// Answered when all before it is written.
    Flush(SyncSender<()>),
}

impl Writer {
    /// Starts the thread. `report` makes the line that says how many lines were dropped.
    pub(super) fn start(
        outputs: Vec<Output>,
        report: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        thread::Builder::new()
            .name("logs".to_owned())
            .spawn(move || write(&jobs, &outputs, &counted, report))?;
        Ok(Self {
            queue,
            dropped,
            settling: AtomicBool::new(true),
        })
    }

    pub(super) fn line(&self, line: String) {
        if self.queue.try_send(Job::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if self.settling.load(Ordering::Relaxed) && !self.flush(PATIENCE) {
            self.settle(false);
        }
    }

    /// Whether each line is waited for. It is so at first and at last, when the process may
    /// end with the next step and take along what is queued.
    pub(super) fn settle(&self, on: bool) {
        self.settling.store(on, Ordering::Relaxed);
    }

    /// Waits until all lines are written; `false` where that takes longer than `limit`.
    pub(super) fn flush(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let (done, written) = sync_channel(1);
        let mut job = Job::Flush(done);
        while let Err(TrySendError::Full(back)) = self.queue.try_send(job) {
            if Instant::now() >= until {
                return false;
            }
            job = back;
            thread::sleep(Duration::from_millis(5));
        }
        let left = until.saturating_duration_since(Instant::now());
        written.recv_timeout(left).is_ok()
    }
}

fn write(
    jobs: &Receiver<Job>,
    outputs: &[Output],
    dropped: &AtomicU64,
    report: impl Fn(u64) -> String,
) {
    let to_all = |line: &str| {
        for output in outputs {
            output.write(line.as_bytes());
        }
    };
    for job in jobs {
        match job {
            Job::Line(line) => to_all(&line),
            // Who asked may have given up.
            Job::Flush(done) => done.send(()).unwrap_or_default(),
        }
        match dropped.swap(0, Ordering::Relaxed) {
            0 => {}
            count => to_all(&report(count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{BufRead as _, BufReader, PipeReader, pipe},
        os::fd::OwnedFd,
    };

    use super::*;

    fn writer() -> (Writer, BufReader<PipeReader>) {
        let (reader, writer) = pipe().unwrap();
        let output = Output::File(File::from(OwnedFd::from(writer)));
        let writer = Writer::start(vec![output], |count| format!("{count} dropped\n"));
        (writer.unwrap(), BufReader::new(reader))
    }

    #[test]
    fn a_reader_that_sleeps_costs_lines_and_they_are_counted() {
        let (writer, reader) = writer();
        writer.settle(false);
        let total = 2 * QUEUE;
        let began = Instant::now();
        for at in 0..total {
            writer.line(format!("{at} {}\n", "x".repeat(100)));
        }
        assert!(!writer.flush(Duration::from_millis(50)));
        assert!(began.elapsed() < Duration::from_secs(5), "nobody waited");

        let lines = thread::spawn(|| reader.lines().map(Result::unwrap).collect::<Vec<_>>());
        assert!(writer.flush(Duration::from_secs(5)));
        drop(writer);
        let lines = lines.join().unwrap();
        let reported = lines.iter().filter_map(|it| it.strip_suffix(" dropped"));
        let reported: usize = reported.map(|it| it.parse::<usize>().unwrap()).sum();
        let written = lines.iter().filter(|it| it.ends_with('x')).count();
        assert!(reported > 0);
        assert_eq!(written + reported, total);
    }

    #[test]
    fn lines_are_waited_for_until_that_is_in_vain() {
        let (writer, mut reader) = writer();
        writer.line("first\n".to_owned());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, "first\n");
        let began = Instant::now();
        for _ in 0..100 {
            writer.line("x".repeat(10_000));
        }
        assert!(began.elapsed() < 5 * PATIENCE, "one wait, not a hundred");
    }
}
