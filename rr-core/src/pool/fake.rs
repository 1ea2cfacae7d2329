//! Workers without processes, for tests in simulated time: tasks that speak goridge and obey signals.

#[cfg_attr(unix, path = "fake/unix.rs")]
#[cfg_attr(windows, path = "fake/windows.rs")]
mod status;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    Event, Keeper, Options, Payload, Pool, SpawnError, What,
    boot::Booted,
    keeper::{Boot, BootFuture},
};
use crate::{
    goridge::{Decoded, Flags, Frame, Options as Words, StreamBits, decode},
    process::{Process, Signal},
    relay::{Relay, Wire},
};

/// Above what any system gives out, so that nobody real is meant.
const FIRST_PID: u32 = 1 << 30;

/// What tests arrange and look at.
#[derive(Default)]
pub(super) struct Stage {
    /// How long a boot takes, in milliseconds.
    pub(super) boot_ms: AtomicU32,
    /// Whether the code cannot boot.
    pub(super) is_broken: AtomicBool,
    /// Whether workers heed neither a stop frame nor SIGTERM.
    pub(super) is_deaf: AtomicBool,
    /// When boots began.
    pub(super) boots: Mutex<Vec<Instant>>,
    /// The processes that run.
    pub(super) alive: AtomicUsize,
    /// Tasks that came to a worker which had one already.
    pub(super) doubled: AtomicUsize,
    /// Context of each task that a worker took, in order.
    pub(super) taken: Mutex<Vec<String>>,
    /// All that the pool told.
    pub(super) events: Mutex<Vec<What>>,
    pids: AtomicU32,
}

impl Stage {
    /// A started pool of fakes.
    pub(super) async fn start(self: &Arc<Self>, options: Options) -> Pool {
        let (pool, keeper) = Pool::new("fake", options);
        self.keep(keeper).await.expect("fakes boot");
        pool
    }

    pub(super) async fn keep(self: &Arc<Self>, keeper: Keeper) -> Result<(), SpawnError> {
        let stage = Arc::clone(self);
        let noted = move |event: &Event| stage.events.lock().unwrap().push(event.what.clone());
        keeper.telling(noted).start_by(self.boot()).await
    }

    /// Where its workers come from.
    pub(super) fn boot(self: &Arc<Self>) -> Arc<dyn Boot> {
        Arc::new(FakeBoot(Arc::clone(self)))
    }

    pub(super) fn alive(&self) -> usize {
        self.alive.load(SeqCst)
    }

    pub(super) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    /// How many events `is` picks.
    pub(super) fn count(&self, is: impl Fn(&What) -> bool) -> usize {
        self.events
            .lock()
            .unwrap()
            .iter()
            .filter(|it| is(it))
            .count()
    }
}

/// A task whose context says what the fake is to do: `echo`, `sleep MS`, `die`, `late-death MS`, `wish`, `endless`.
pub(super) fn task(context: &str) -> Payload {
    Payload {
        codec: None,
        context: context.to_owned().into(),
        body: "body".into(),
    }
}

struct FakeBoot(Arc<Stage>);

impl Boot for FakeBoot {
    fn boot<'a>(&'a self, limit: Duration, started: Box<dyn FnOnce(u32) + Send>) -> BootFuture<'a> {
        Box::pin(async move {
            let stage = &self.0;
            let pid = FIRST_PID + stage.pids.fetch_add(1, SeqCst);
            stage.boots.lock().unwrap().push(Instant::now());
            started(pid);
            // The code is read at the start.
            let is_broken = stage.is_broken.load(SeqCst);
            let takes = Duration::from_millis(stage.boot_ms.load(SeqCst).into());
            sleep(takes.min(limit)).await;
            if is_broken {
                return Err(SpawnError::Reset("broken on purpose".into()));
            }
            let (near, far) = duplex(1 << 16);
            let (process, signals, ended) = Process::told(pid);
            let (kill, killed) = oneshot::channel();
            stage.alive.fetch_add(1, SeqCst);
            tokio::spawn(obey(signals, kill, Arc::clone(stage)));
            let stage = Arc::clone(stage);
            tokio::spawn(async move {
                let mut worker = FakeWorker {
                    io: far,
                    inbox: BytesMut::new(),
                    stage: Arc::clone(&stage),
                };
                let status = tokio::select! {
                    code = worker.run() => status::exited(code),
                    _ = killed => status::killed(),
                };
                drop(worker);
                stage.alive.fetch_sub(1, SeqCst);
                ended.send_replace(Some(status));
            });
            Ok(Booted {
                introduction: None,
                relay: Relay::new(near, Wire::Frames),
                process,
            })
        })
    }
}

/// Ends the process on SIGKILL, and on SIGTERM unless it is deaf.
async fn obey(
    mut signals: mpsc::UnboundedReceiver<Signal>,
    kill: oneshot::Sender<()>,
    stage: Arc<Stage>,
) {
    // Without a handle nobody wants it any more, as with a real one.
    while let Some(Signal::Terminate) = signals.recv().await {
        if !stage.is_deaf.load(SeqCst) {
            break;
        }
    }
    kill.send(()).ok();
}

struct FakeWorker {
    io: DuplexStream,
    inbox: BytesMut,
    stage: Arc<Stage>,
}

impl FakeWorker {
    /// Works until it ends by itself; the exit code.
    async fn run(&mut self) -> i32 {
        while let Some(frame) = self.read().await {
            if frame.flags.contains(Flags::CONTROL) {
                match self.stage.is_deaf.load(SeqCst) {
                    true => continue,
                    false => return 0,
                }
            }
            if frame.stream != StreamBits::NONE {
                continue;
            }
            let length = frame.options[0] as usize;
            let context = String::from_utf8(frame.payload[..length].to_vec()).expect("text");
            self.stage.taken.lock().unwrap().push(context.clone());
            let mut words = context.split(' ');
            match (words.next().unwrap_or(""), words.next().unwrap_or("")) {
                ("sleep", ms) => sleep(Duration::from_millis(ms.parse().expect("a number"))).await,
                ("die", _) => return 255,
                ("late-death", ms) => {
                    sleep(Duration::from_millis(ms.parse().expect("a number"))).await;
                    return 255;
                }
                ("wish", _) => {
                    self.write(StreamBits::NONE, br#"{"stop":true}"#, b"").await;
                    continue;
                }
                ("endless", _) => loop {
                    self.write(StreamBits::STREAM, b"", b"part").await;
                    sleep(Duration::from_millis(100)).await;
                },
                _ => {}
            }
            if self.has_more() {
                self.stage.doubled.fetch_add(1, SeqCst);
            }
            self.write(StreamBits::NONE, b"", context.as_bytes()).await;
        }
        0
    }

    /// Whether another task has come before this one was answered.
    fn has_more(&mut self) -> bool {
        let mut next = [0; 1];
        let mut more = std::pin::pin!(self.io.read(&mut next));
        let mut quiet = std::task::Context::from_waker(std::task::Waker::noop());
        matches!(
            std::future::Future::poll(more.as_mut(), &mut quiet),
            std::task::Poll::Ready(Ok(1..))
        )
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            if let Decoded::Frame(frame) = decode(&mut self.inbox, 1 << 20).expect("our own frames")
            {
                return Some(frame);
            }
            if !matches!(self.io.read_buf(&mut self.inbox).await, Ok(1..)) {
                return None;
            }
        }
    }

    async fn write(&mut self, stream: StreamBits, context: &[u8], body: &[u8]) {
        let frame = Frame {
            stream,
            options: Words::from([context.len() as u32]),
            payload: [context, body].concat().into(),
            ..Frame::default()
        };
        // Nobody listens any more: the next read says so.
        self.io.write_all(&frame.head()).await.ok();
        self.io.write_all(&frame.payload).await.ok();
    }
}
