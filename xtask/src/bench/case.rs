//! The cases: what is asked of each contestant.

use clap::ValueEnum;

use super::site::{LARGE_FILE, STATIC_FILE};

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(super) enum Case {
    /// A greeting by a PSR-7 worker
    Hello,
    /// A greeting by a worker below PSR-7
    Plain,
    /// 10 KiB posted and sent back
    Echo,
    /// A response of 1 MiB
    Mib,
    /// A greeting over TLS and HTTP/2, 100 streams on each of 4 connections
    H2,
    /// A file of 10 KiB, without PHP
    Static,
    /// A file of 10 MiB, without PHP
    StaticLarge,
    /// A file of 10 KiB over TLS and HTTP/2, 100 streams on each of 4 connections
    StaticH2,
    /// 100 MiB uploaded as a form's file, 4 at a time: rate, and memory meanwhile
    Upload,
    /// New TLS connections, full handshakes, with one small request each
    Handshakes,
    /// Memory of 10,000 connections that are kept alive and idle
    Connections,
    /// RPC calls, one after the other
    Rpc,
    /// RPC calls on 16 connections
    Rpc16,
    /// RPC calls on one connection, 512 in flight
    RpcPipelined,
    /// RPC calls over a unix socket, one after the other
    RpcUnix,
    /// RPC calls by PHP, one after the other
    RpcPhp,
    /// RPC calls by PHP over a unix socket, one after the other
    RpcPhpUnix,
    /// The server's own start: exec to the first answer, by workers that are up at once
    Start,
    /// Start with PHP: exec to its first answer
    Boot,
    /// Memory of the server when nothing happens
    Idle,
    /// What the pool adds to an exchange with a worker, beside a bare loop
    Pool,
    /// Boot and memory of 16 workers with 40 MiB, forked and started one by one
    Zygote,
    /// Applications of several kinds with 1 to 16 workers, by placement; only if it is named
    Placement,
    /// Times of rr-builder and sizes of its servers; only if it is named
    Builder,
}

/// What a case does.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// Loads a page by HTTP.
    Page(Page),
    /// Uploads files of so many bytes.
    Uploads(usize),
    /// Makes a TLS connection for each load of this page.
    Handshakes(Page),
    /// Keeps so many connections open.
    Connections(usize),
    /// Makes RPC calls.
    Calls(Calls),
    /// Starts the server again and again.
    Start(FirstAnswer),
    /// Looks at the memory.
    Rest,
    /// Is measured for itself, without the peer.
    Inside,
}

/// What is asked for and what must come.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) over: Over,
    pub(super) path: &'static str,
    /// Bytes to post; 0: a GET.
    pub(super) post: usize,
    /// Bytes of the answer's body.
    pub(super) answer: usize,
    /// The script of `xtask/bench/` that answers; `None`: no PHP.
    pub(super) script: Option<&'static str>,
}

/// What a page is loaded over.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Over {
    Http1,
    /// HTTP/2, with TLS as in browsers.
    Http2,
}

/// How RPC calls are made.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    pub(super) by: Caller,
    pub(super) over: Socket,
    pub(super) connections: usize,
    /// Calls in flight on each.
    pub(super) window: usize,
}

/// Who makes RPC calls.
#[derive(Clone, Copy)]
pub(super) enum Caller {
    /// A thread a connection.
    Rust,
    /// A script.
    Php,
}

/// What RPC is spoken over.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Socket {
    Tcp,
    Unix,
}

/// Whose first answer ends a start.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum FirstAnswer {
    /// The server's: its workers need no time.
    Server,
    /// PHP's.
    Php,
}

pub(super) const PSR7: &str = "psr7.php";
const GREETING: Page = Page {
    over: Over::Http1,
    path: "/",
    post: 0,
    answer: "Hello, world!".len(),
    script: Some(PSR7),
};

const FILE: Page = Page {
    path: STATIC_FILE.0,
    answer: STATIC_FILE.1,
    script: None,
    ..GREETING
};

const SEQUENTIAL: Calls = Calls {
    by: Caller::Rust,
    over: Socket::Tcp,
    connections: 1,
    window: 1,
};

impl Case {
    pub(super) fn work(self) -> Work {
        match self {
            Self::Hello => Work::Page(GREETING),
            Self::Plain => Work::Page(Page {
                script: Some("plain.php"),
                ..GREETING
            }),
            Self::Echo => Work::Page(Page {
                path: "/echo",
                post: 10 << 10,
                answer: 10 << 10,
                ..GREETING
            }),
            Self::Mib => Work::Page(Page {
                path: "/mib",
                answer: 1 << 20,
                ..GREETING
            }),
            Self::H2 => Work::Page(Page {
                over: Over::Http2,
                ..GREETING
            }),
            Self::Static => Work::Page(FILE),
            Self::StaticLarge => Work::Page(Page {
                path: LARGE_FILE.0,
                answer: LARGE_FILE.1,
                ..FILE
            }),
            Self::StaticH2 => Work::Page(Page {
                over: Over::Http2,
                ..FILE
            }),
            Self::Upload => Work::Uploads(100 << 20),
            Self::Handshakes => Work::Handshakes(FILE),
            Self::Connections => Work::Connections(10_000),
            Self::Rpc => Work::Calls(SEQUENTIAL),
            Self::Rpc16 => Work::Calls(Calls {
                connections: 16,
                ..SEQUENTIAL
            }),
            Self::RpcPipelined => Work::Calls(Calls {
                window: 512,
                ..SEQUENTIAL
            }),
            Self::RpcUnix => Work::Calls(Calls {
                over: Socket::Unix,
                ..SEQUENTIAL
            }),
            Self::RpcPhp => Work::Calls(Calls {
                by: Caller::Php,
                ..SEQUENTIAL
            }),
            Self::RpcPhpUnix => Work::Calls(Calls {
                by: Caller::Php,
                over: Socket::Unix,
                ..SEQUENTIAL
            }),
            Self::Start => Work::Start(FirstAnswer::Server),
            Self::Boot => Work::Start(FirstAnswer::Php),
            Self::Idle => Work::Rest,
            Self::Pool | Self::Zygote | Self::Placement | Self::Builder => Work::Inside,
        }
    }

    /// Whether the servers need a certificate for it.
    pub(super) fn is_encrypted(self) -> bool {
        match self.work() {
            Work::Page(page) => page.over == Over::Http2,
            Work::Handshakes(_) => true,
            _ => false,
        }
    }

    /// Whether it is measured for itself, without the peer.
    pub(super) fn is_inside(self) -> bool {
        matches!(self.work(), Work::Inside)
    }

    /// Whether it takes many minutes: only who names it has it.
    pub(super) fn is_long(self) -> bool {
        matches!(self, Self::Placement | Self::Builder)
    }

    /// As the command line names it.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value().expect("no case is hidden");
        value.get_name().to_owned()
    }

    /// As the table names it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Hello => "hello, PSR-7",
            Self::Plain => "hello, plain",
            Self::Echo => "10 KiB echo",
            Self::Mib => "1 MiB response",
            Self::H2 => "hello, h2",
            Self::Static => "static, 10 KiB",
            Self::StaticLarge => "static, 10 MiB",
            Self::StaticH2 => "static, 10 KiB, h2",
            Self::Upload => "100 MiB upload",
            Self::Handshakes => "TLS handshakes",
            Self::Connections => "10,000 connections",
            Self::Rpc => "RPC, sequential",
            Self::Rpc16 => "RPC, 16 connections",
            Self::RpcPipelined => "RPC, pipelined",
            Self::RpcUnix => "RPC, unix socket",
            Self::RpcPhp => "RPC, PHP",
            Self::RpcPhpUnix => "RPC, PHP, unix socket",
            Self::Start => "start, server alone",
            Self::Boot => "start, with PHP",
            Self::Idle => "idle",
            Self::Pool => "pool",
            Self::Zygote => "zygote",
            Self::Placement => "placement",
            Self::Builder => "builder",
        }
    }
}
