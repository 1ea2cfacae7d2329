//! RPC load: calls over one or more connections, by threads of this process or by a PHP script.

mod client;
mod php;

use std::{
    net::TcpStream,
    os::unix::net::UnixStream,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use self::client::Client;
use super::{
    case::{Caller, Calls},
    sample::{Sample, percentile},
};
use crate::interrupt::Interrupt;

/// The cheapest method there is, so that the transport is what costs.
const METHOD: &str = "rpc.Version";

/// No call takes so long.
const LIMIT: Duration = Duration::from_secs(10);

/// Where a server answers calls.
pub(super) enum Place {
    /// A port of the loopback device.
    Tcp(u16),
    /// The path of a unix socket.
    Unix(PathBuf),
}

impl Place {
    /// As the server's configuration and PHP's client name it.
    pub(super) fn dsn(&self) -> String {
        match self {
            Self::Tcp(port) => format!("tcp://127.0.0.1:{port}"),
            Self::Unix(path) => format!("unix://{}", path.display()),
        }
    }
}

/// What one connection did.
#[derive(Default)]
struct Done {
    calls: u64,
    /// From sending to answer, in microseconds: of a call, or of as many as are sent at once.
    latencies: Vec<f64>,
}

/// Calls for `time`. Returns rate and latencies, and how many calls that were.
///
/// # Errors
/// When a call fails or is answered badly.
pub(super) fn run(
    place: &Place,
    calls: Calls,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<(Sample, u64)> {
    let begun = Instant::now();
    let done = match calls.by {
        Caller::Php => php::run(place, time, interrupt)?,
        Caller::Rust => threads(place, calls, begun + time, interrupt)?,
    };
    let took = begun.elapsed();
    let (count, mut latencies) = (done.calls, done.latencies);
    latencies.sort_by(f64::total_cmp);
    let sample = Sample {
        rate: Some(count as f64 / took.as_secs_f64()),
        p50: Some(percentile(&latencies, 0.5)),
        p99: Some(percentile(&latencies, 0.99)),
        ..Sample::default()
    };
    Ok((sample, count))
}

/// A thread for each connection.
fn threads(place: &Place, calls: Calls, end: Instant, interrupt: &Interrupt) -> Result<Done> {
    let results: Vec<Result<Done>> = thread::scope(|scope| {
        let call = || match place {
            Place::Tcp(port) => {
                let stream = TcpStream::connect(("127.0.0.1", *port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(LIMIT))?;
                Client::on(stream, calls.window)?.call_until(end, interrupt)
            }
            Place::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(LIMIT))?;
                Client::on(stream, calls.window)?.call_until(end, interrupt)
            }
        };
        let calling: Vec<_> = (0..calls.connections).map(|_| scope.spawn(call)).collect();
        let joined = calling.into_iter().map(|it| it.join());
        joined
            .map(|it| it.expect("a client does not panic"))
            .collect()
    });
    let mut all = Done::default();
    for result in results {
        let done = result?;
        all.calls += done.calls;
        all.latencies.extend(done.latencies);
    }
    Ok(all)
}
