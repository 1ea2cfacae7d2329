//! One request: what is asked, and what became of it.

use std::{fmt, time::Duration};

use fastrand::Rng;

/// What is asked of the application.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Comes back in the answer; no two requests of a scenario share one.
    pub(super) id: u64,
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    /// The whole body that must come back.
    pub(super) answer: String,
    /// The worker dies in the middle of the answer: the client has to see that.
    pub(super) breaks_off: bool,
}

impl Ask {
    /// A page of any size: most are small, some take several reads. One request of eight is a POST.
    pub(super) fn page(id: u64, random: &mut Rng) -> Self {
        let size = match random.u8(..) {
            0..8 => 100_000,
            _ => random.usize(..2000),
        };
        Self {
            id,
            method: match random.u8(..8) {
                0 => Method::Post,
                _ => Method::Get,
            },
            target: format!("/?id={id}&size={size}"),
            answer: format!("{id}:{}", "x".repeat(size)),
            breaks_off: false,
        }
    }

    /// The same, over which PHP sleeps for a while.
    pub(super) fn working(mut self, time: Duration) -> Self {
        self.target += &format!("&work={}", time.as_millis());
        self
    }

    /// A GET of the page at `path`.
    pub(super) fn get(mut self, path: &str) -> Self {
        let query = self.target.find('?').unwrap_or_default();
        self.target.replace_range(..query, path);
        self.method = Method::Get;
        self
    }

    /// The same as a stream of so many parts, at the end of which the worker dies, or not.
    pub(super) fn stream(self, parts: usize, dies: bool) -> Self {
        let mut ask = self.get("/stream");
        ask.target += &format!("&parts={parts}");
        ask.target += if dies { "&dies=1" } else { "" };
        ask.answer += &"-".repeat(parts.saturating_sub(1));
        ask.answer += ".";
        ask.breaks_off = dies;
        ask
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Method {
    /// May be repeated by the server.
    Get,
    /// Is executed once at most.
    Post,
}

/// What became of one request.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    pub(super) id: u64,
    pub(super) method: Method,
    pub(super) target: String,
    /// Since the load began.
    pub(super) at: Duration,
    pub(super) latency: Duration,
    /// The worker that answered, where the answer says so.
    pub(super) pid: Option<i32>,
    pub(super) fate: Fate,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// 200, whole, with the body that was due; or broken off where that was due.
    Good,
    /// Another status.
    Status { status: u16, retry_after: bool },
    /// No connection was to be had.
    Refused,
    /// The connection ended before a byte of the answer.
    Unanswered,
    /// It ended inside the answer.
    Cut,
    /// A whole answer, but not the one that was due.
    Wrong(String),
    /// Nothing was heard for too long.
    Silent,
}

impl Fate {
    /// Told to come again, as an overloaded server does.
    pub(super) fn is_refusal(&self) -> bool {
        let full = Self::Status {
            status: 503,
            retry_after: true,
        };
        *self == full
    }

    /// In a word, for counts.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Good => "good".into(),
            Self::Status { status, .. } => status.to_string(),
            Self::Refused => "refused".into(),
            Self::Unanswered => "unanswered".into(),
            Self::Cut => "cut off".into(),
            Self::Wrong(_) => "wrong".into(),
            Self::Silent => "silent".into(),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

impl fmt::Display for Shot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.as_secs_f64();
        let took = self.latency.as_secs_f64() * 1e3;
        let Self { method, target, .. } = self;
        write!(f, "{at:.3} s  {method} {target}  after {took:.1} ms: ")?;
        match &self.fate {
            Fate::Status {
                status,
                retry_after,
            } => match retry_after {
                true => write!(f, "status {status} with `Retry-After`"),
                false => write!(f, "status {status}"),
            },
            Fate::Refused => f.write_str("the connection was refused"),
            Fate::Unanswered => f.write_str("the connection ended before an answer"),
            Fate::Cut => f.write_str("the connection ended inside the answer"),
            Fate::Wrong(why) => f.write_str(why),
            other => f.write_str(&other.kind()),
        }
    }
}
