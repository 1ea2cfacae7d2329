//! Goldens of all that is printed, against servers that only act like one.

mod client;
mod configuration;
mod generated;
mod reload;
mod serve;
mod stop;
mod usage;

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::SystemTime,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::{
    Exit, Failure, Program, ServeOptions, Signals,
    hangup::Hangups,
    process::Process,
    run,
    upgrade::Upgrade,
    voice::{Colours, Voice},
};
use crate::{
    config::{Address, Config, Diagnostics, Duration, Megabytes, schema::Section},
    lifecycle::Stop,
    rpc::{Doing, Limits, Load, Methods, Plain, Registry, Worker, Workers, serve_connection},
};

/// A product whose server does as `serve` says.
struct Shop<F>(F);

impl<F: AsyncFnOnce(ServeOptions) -> Result<(), Failure>> Program for Shop<F> {
    fn product(&self) -> (&'static str, &'static str) {
        ("shop", "0.1.0")
    }

    fn sections(&self) -> Vec<Section> {
        vec![
            Section::of::<Rpc>("rpc"),
            Section::of::<Http>("http"),
            Section::of::<Informer>("informer").implied(true),
        ]
    }

    fn check(self, config: &Config, found: &mut Diagnostics) -> Result<(), Failure> {
        config.section::<Rpc>("rpc", &[], found);
        config.section::<Http>("http", &[], found);
        config.unknown_sections(&["rpc", "http", "informer"], found);
        Ok(())
    }

    async fn serve(self, options: ServeOptions) -> Result<(), Failure> {
        self.0(options).await
    }
}

/// Remote calls.
#[derive(Deserialize, JsonSchema)]
struct Rpc {
    /// Where to listen. A unix socket is for one user alone.
    #[allow(dead_code, reason = "it is read to be checked")]
    #[serde(default = "rpc_listen")]
    listen: Address,
}

fn rpc_listen() -> Address {
    "127.0.0.1:6001".parse().unwrap()
}

/// HTTP in front of PHP workers.
#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "it is read to be checked")]
struct Http {
    /// Where to listen.
    address: Address,
    /// Middleware by name.
    #[serde(default)]
    middleware: Vec<String>,
    /// The status when a worker fails.
    #[serde(default)]
    #[schemars(range(min = 400, max = 599))]
    error_code: u16,
    /// How heads are encoded.
    #[serde(default)]
    codec: Codec,
    /// Variables for the workers.
    #[serde(default)]
    env: HashMap<String, String>,
    /// Limits; without them there are none.
    #[serde(default)]
    limits: Option<Limit>,
    /// Was never of use.
    #[serde(default)]
    #[deprecated]
    old: Option<bool>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Codec {
    /// What all packages read.
    #[default]
    Json,
    /// For later ones.
    Protobuf,
}

/// Limits of one worker.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Limit {
    /// The longest that a worker lives.
    ttl: Duration,
    /// The most memory.
    memory: Megabytes,
}

/// Tells about workers.
#[derive(Deserialize, JsonSchema)]
struct Informer {}

/// A command that has ended.
struct Ended {
    exit: Exit,
    out: String,
    err: String,
    /// Where it worked.
    folder: Option<PathBuf>,
    /// The variables that it wanted to start again with.
    again: Vec<(String, String)>,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit: {} ({:?})", self.exit as u8, self.exit)?;
        for (stream, text) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !text.is_empty() {
                write!(f, "{stream}:\n{text}")?;
            }
        }
        Ok(())
    }
}

/// How a test differs from the ordinary.
struct Setting {
    env: HashMap<&'static str, String>,
    colours: bool,
    width: Option<u16>,
    /// What is done to other processes.
    terminate: fn(u32) -> io::Result<()>,
    /// Who wants the configuration to be read again; nobody by default.
    hangups: RefCell<Option<Hangups>>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            env: HashMap::new(),
            colours: false,
            width: None,
            terminate: |pid| unreachable!("{pid} is to live"),
            hangups: RefCell::new(None),
        }
    }
}

impl Setting {
    fn run(&self, program: impl Program, signals: Signals, arguments: &[&str]) -> Ended {
        // Whoever runs the tests may have set NO_COLOR.
        crossterm::style::force_color_output(true);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let folder = RefCell::new(None);
        let again = RefCell::new(Vec::new());
        let signals = RefCell::new(Some(signals));
        let hangups = self.hangups.take().unwrap_or_else(|| Hangups::channel().1);
        let hangups = RefCell::new(Some(hangups));
        let exit = run(
            program,
            ["rr"].iter().chain(arguments).map(Into::into),
            &Process {
                env: &|name| self.env.get(name).cloned(),
                enter: &|path| {
                    *folder.borrow_mut() = Some(path.to_owned());
                    std::fs::metadata(path).map(drop)
                },
                signals: &|| Ok(signals.take().unwrap()),
                upgrade: &|| Ok(Upgrade::none()),
                hangups: &|| Ok(hangups.take().unwrap()),
                terminate: &|pid| (self.terminate)(pid),
                start_again: &|variables| {
                    *again.borrow_mut() = variables.to_vec();
                    Err(io::Error::other("a test goes no further"))
                },
                stand_in: &|| None,
            },
            &mut Voice {
                out: &mut out,
                err: &mut err,
                colours: Colours {
                    out: self.colours,
                    err: self.colours,
                },
                width: self.width,
            },
        );
        Ended {
            exit,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
            folder: folder.into_inner(),
            again: again.into_inner(),
        }
    }
}

/// Runs a command that needs no server of its own.
fn rr(arguments: &[&str]) -> Ended {
    let shop = Shop(async |_| unreachable!("not served"));
    Setting::default().run(shop, Signals::none(), arguments)
}

/// A directory with a `.rr.yaml` in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(yaml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".rr.yaml"), yaml).unwrap();
        Self(dir)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self) -> String {
        self.path().join(".rr.yaml").to_str().unwrap().to_owned()
    }

    /// Takes what differs from run to run out of a text.
    fn hide(&self, text: impl fmt::Display) -> String {
        text.to_string()
            .replace(self.path().to_str().unwrap(), "DIR")
    }
}

/// A server with two pools, `http` and `jobs`; `jobs` cannot be reset. Ends with the test.
struct Running {
    address: String,
    _ends: mpsc::Sender<()>,
}

impl Running {
    fn start(services: &'static [&'static str]) -> Self {
        Self::with(move || methods(services))
    }

    fn with(methods: impl FnOnce() -> Vec<Methods> + Send + 'static) -> Self {
        let (address, told) = mpsc::channel();
        let (ends, end) = mpsc::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            address.send(listener.local_addr().unwrap()).unwrap();
            runtime.spawn(accept(listener, methods()));
            end.recv().ok();
        });
        Self {
            address: format!("tcp://{}", told.recv().unwrap()),
            _ends: ends,
        }
    }
}

fn methods(services: &'static [&'static str]) -> Vec<Methods> {
    vec![
        Methods::new("informer")
            .method_with("List", &services, async |all: &[&str], ()| {
                Plain(all.to_vec())
            })
            .method_with(
                "Workers",
                &services,
                async |all: &[&str], Plain(name): Plain<String>| {
                    let workers = all.contains(&&*name).then(|| workers(&name));
                    Plain(Workers { workers })
                },
            )
            .method("Load", async |Plain(name): Plain<String>| match &*name {
                "http" => Ok(Plain(Load {
                    waiting: 3,
                    longest_wait: 0.25,
                    refused: 1200,
                    repeated: 1,
                    ..Load::default()
                })),
                _ => Err("quiet"),
            }),
        Methods::new("resetter")
            .method_with("List", &services, async |all: &[&str], ()| {
                Plain(all.to_vec())
            })
            .method("Reset", async |Plain(name): Plain<String>| match &*name {
                "http" => Ok(Plain(true)),
                _ => Err(format!(
                    "resetter_rpc_reset:\n\tresetter_plugin_reset_by_name: no such plugin: {name}"
                )),
            }),
    ]
}

async fn accept(listener: TcpListener, methods: Vec<Methods>) {
    let registry = Arc::new(Registry::new(methods).unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, writer) = stream.into_split();
        let (registry, limits) = (Arc::clone(&registry), Limits::default());
        tokio::spawn(serve_connection(
            reader,
            writer,
            registry,
            limits,
            Stop::new(),
        ));
    }
}

fn workers(service: &str) -> Vec<Worker> {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as i64;
    let minutes = |count: i64| now - count * 60_000_000_000;
    let worker = |pid, status_str: &str, num_execs, memory_usage, created| Worker {
        pid,
        status: 0,
        num_execs,
        created,
        memory_usage,
        cpu_percent: 0.014872625312019378,
        command: String::new(),
        status_str: status_str.to_owned(),
        doing: (status_str == "working").then(|| Doing {
            what: "POST /cart/items?sku=4711&quantity=2&return=%2Fcheckout%2Fpayment".to_owned(),
            since: 1.26,
        }),
    };
    match service {
        "http" => vec![
            worker(2713, "working", 1_234_567, 45_200_000, minutes(22)),
            worker(2712, "ready", 5, 14_557_184, minutes(60 * 50)),
            worker(2714, "maxJobsReached", 0, 9_500_000, minutes(0)),
        ],
        "service" => vec![Worker {
            command: "php consumer.php --queue=high".to_owned(),
            ..worker(99, "ready", 0, 9_500_000, minutes(1))
        }],
        _ => vec![],
    }
}
