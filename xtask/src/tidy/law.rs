//! The lists that tidy goes by. An exception is a line here, with its reason.

/// What a part of a crate may not import.
pub(super) struct Boundary {
    /// Start of the paths it holds for.
    pub(super) under: &'static str,
    /// The dependencies it may use; `None`: any of its crate's.
    pub(super) crates: Option<&'static [&'static str]>,
    /// Modules of its own crate that it never names.
    pub(super) never: &'static [&'static str],
}

/// The walls inside rr-core.
pub(super) const BOUNDARIES: &[Boundary] = &[
    Boundary {
        under: "rr-core/src/goridge",
        crates: Some(&["bytes", "crc32fast", "thiserror"]),
        never: &[
            "cli",
            "config",
            "container",
            "pool",
            "relay",
            "rpc",
            "server",
            "service",
        ],
    },
    Boundary {
        under: "rr-core/src/relay",
        crates: None,
        never: &["cli", "config", "container", "rpc", "server", "service"],
    },
    Boundary {
        under: "rr-core/src/pool",
        crates: None,
        never: &["cli", "config", "container", "rpc", "server", "service"],
    },
    Boundary {
        under: "rr-core/src/process",
        crates: None,
        never: &[
            "cli",
            "config",
            "container",
            "goridge",
            "pool",
            "relay",
            "rpc",
            "server",
            "service",
        ],
    },
    Boundary {
        under: "rr-core/src/container",
        crates: None,
        never: &["goridge", "pool", "relay", "rpc"],
    },
];

/// A crate and the packages that its tree, without dev-dependencies, never holds.
pub(super) const TREES: &[(&str, &[&str])] = &[
    (
        "rr-core",
        &["axum", "axum-core", "http", "http-body", "hyper", "tower"],
    ),
    ("rr-builder", &["rr-core", "rr-services"]),
    ("xtask", &["rr-core", "rr-services"]),
];

/// Packages of which binaries are passed on.
pub(super) const SHIPPED: &[&str] = &["rr-services", "rr-builder"];

/// Licences of what is linked into them. Each asks for no more than to be named and not changed
/// in its words, which the archives do; none reaches to the code of users.
pub(super) const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The only files with `cfg(feature = ..)`, and there on `mod` and `use` lines alone.
pub(super) const FEATURES: &[&str] = &["rr-services/src/lib.rs", "rr-core/src/lib.rs"];

/// Files that may call `tokio::spawn`, and who notices the end of the task.
pub(super) const SPAWNERS: &[(&str, &str)] = &[
    (
        "rr-core/src/cli/signal.rs",
        "nobody needs to: it listens as long as somebody wants to hear of signals",
    ),
    (
        "rr-core/src/pool/fake.rs",
        "the keeper of the test, by the status channel",
    ),
    (
        "rr-core/src/pool/keeper/mod.rs",
        "the pool: its orders are answered no more",
    ),
    (
        "rr-core/src/pool/zygote/parent.rs",
        "the keeper and the watchers of its workers, whose orders it takes",
    ),
    (
        "rr-core/src/process/forked/linux.rs",
        "whoever holds the process, by the status channel",
    ),
    (
        "rr-core/src/process/output.rs",
        "whoever watches the process, and awaits the last lines",
    ),
    (
        "rr-core/src/process/watched.rs",
        "whoever holds the process, by the status channel",
    ),
    (
        "rr-core/src/testing.rs",
        "the test, which stops the server and waits for it",
    ),
    (
        "rr-services/src/http/response/carry.rs",
        "the body that it feeds, to which its end without a word is an error",
    ),
    (
        "rr-services/src/http/serve/visit.rs",
        "the place that each connection holds until its end",
    ),
];

/// Files that may hold a `static` which changes, and why it belongs to the process.
pub(super) const STATICS: &[(&str, &str)] = &[
    (
        "rr-core/src/cores/affinity/linux.rs",
        "what the process was started on: its threads have less afterwards",
    ),
    (
        "rr-core/src/cores/mod.rs",
        "which core a thread serves, known to whatever runs there",
    ),
    (
        "rr-core/src/listen/handover.rs",
        "what a process listens on is handed from one to the next as a whole",
    ),
    (
        "rr-core/src/inherited.rs",
        "descriptors are handed to the process, and can be taken once",
    ),
    (
        "rr-services/src/http/outlet.rs",
        "memory whose address is all that is said with it",
    ),
    (
        "rr-core/src/process/launch/linux.rs",
        "the thread that starts processes: the kernel kills them when it ends",
    ),
];

/// Files that may hold unsafe code, and what there is no safe way for.
pub(super) const UNSAFE: &[(&str, &str)] = &[
    (
        "rr-core/src/cli/again/windows.rs",
        "variables of this process, which on Windows any thread may set at any time",
    ),
    (
        "rr-core/src/process/parent_death.rs",
        "a setting between fork and exec: workers die with the server",
    ),
    (
        "rr-services/src/files/final_path.rs",
        "a call that tells where an open file lies, which std has for paths alone",
    ),
];

/// Generated servers that are checked in.
pub(super) const GENERATED: &[&str] = &["rr-services/src/main.rs"];

/// What a generated `main` may call on `Server::builder()`.
pub(super) const BUILDER_CALLS: &[&str] = &["name", "service", "middleware", "main"];

/// Keys that each member takes from the workspace.
pub(super) const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// A file longer than this is probably two.
pub(super) const LINES: usize = 400;

/// Starts of paths that exist on one machine only.
pub(super) const MACHINE_PATHS: &[&str] = &[
    concat!("/", "work/"),
    concat!("/tmp/", "rr-"),
    concat!("/tmp/", "wt/"),
    concat!("/", "root/"),
];

/// Extensions that are not checked for spaces: what a program printed or recorded is kept as it is.
pub(super) const VERBATIM: &[&str] = &["json", "lock", "snap", "stderr"];

/// Extensions of what insta leaves behind where a snapshot differs: to be reviewed, not committed.
pub(super) const LEFTOVERS: &[&str] = &["pending-snap", "new"];
