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
    is_terminal: bool,
}

/// What is said of the log itself.
#[derive(Debug)]
pub(super) enum Trouble {
    /// So many lines had no room in the queue.
    Dropped(u64),
    /// A line could not be written; told once, until one could.
    Failed(io::Error),
}

#[derive(Debug)]
enum Job {
    Line(String),
    /// Answered when all before it is written.
    Flush(SyncSender<()>),
}

impl Writer {
    /// Starts the thread. `report` makes lines of what is wrong with the log: those about lines that
    /// cannot be written go to `errors`.
    pub(super) fn start(
        outputs: Vec<Output>,
        errors: Vec<Output>,
        report: impl Fn(Trouble) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let is_terminal = outputs.iter().all(Output::is_terminal);
        let (queue, jobs) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        thread::Builder::new()
            .name("logs".to_owned())
            .spawn(move || {
                let sinks = outputs.into_iter().map(Sink::new).collect();
                write(
                    &jobs,
                    Sinks {
                        sinks,
                        errors,
                        report,
                    },
                    &counted,
                );
            })?;
        Ok(Self {
            queue,
            dropped,
            settling: AtomicBool::new(true),
            is_terminal,
        })
    }

    /// Whether nobody but people at terminals reads it.
    pub(super) const fn is_terminal(&self) -> bool {
        self.is_terminal
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

/// An output, and whether its last line could not be written.
struct Sink {
    output: Output,
    is_broken: bool,
}

impl Sink {
    const fn new(output: Output) -> Self {
        Self {
            output,
            is_broken: false,
        }
    }
}

/// What the thread writes to.
struct Sinks<R> {
    sinks: Vec<Sink>,
    errors: Vec<Output>,
    report: R,
}

impl<R: Fn(Trouble) -> String> Sinks<R> {
    fn write(&mut self, line: &str) {
        for Sink { output, is_broken } in &mut self.sinks {
            let written = output.write(line.as_bytes());
            let was_broken = std::mem::replace(is_broken, written.is_err());
            if let (Err(error), false) = (written, was_broken) {
                let complaint = (self.report)(Trouble::Failed(error));
                for output in &mut self.errors {
                    // Where that fails as well nobody can be told.
                    output.write(complaint.as_bytes()).ok();
                }
            }
        }
    }
}

fn write(jobs: &Receiver<Job>, mut sinks: Sinks<impl Fn(Trouble) -> String>, dropped: &AtomicU64) {
    for job in jobs {
        match job {
            Job::Line(line) => sinks.write(&line),
            // Who asked may have given up.
            Job::Flush(done) => done.send(()).unwrap_or_default(),
        }
        match dropped.swap(0, Ordering::Relaxed) {
            0 => {}
            count => {
                let line = (sinks.report)(Trouble::Dropped(count));
                sinks.write(&line);
            }
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
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
        let writer = Writer::start(vec![output], vec![], |trouble| match trouble {
            Trouble::Dropped(count) => format!("{count} dropped\n"),
            Trouble::Failed(error) => panic!("{error}"),
        });
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

    #[test]
    fn what_cannot_be_written_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let told = dir.path().join("told");
        let full = Output::open("/dev/full").unwrap();
        let errors = Output::open(told.to_str().unwrap()).unwrap();
        let writer = Writer::start(vec![full], vec![errors], |it| format!("{it:?}\n")).unwrap();
        for _ in 0..3 {
            writer.line("lost\n".to_owned());
        }
        assert!(writer.flush(Duration::from_secs(5)));
        let told = std::fs::read_to_string(told).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("StorageFull"), "{told}");
    }
}
