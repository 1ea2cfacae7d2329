//! RPC load: sequential calls on one or more connections, each in a thread of its own.

use std::{
    io::Write as _,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::sample::{Sample, percentile};
use crate::{
    interrupt::Interrupt,
    wire::{ERROR, JSON, Reader, encode},
};

/// The cheapest method there is, so that the transport is what costs.
const METHOD: &str = "rpc.Version";

/// One connection with one call in flight.
struct Client {
    stream: TcpStream,
    answers: Reader<TcpStream>,
    sequence: u32,
}

/// How long one call takes, on a connection that has had others.
pub(super) fn once(port: u16, method: &str, argument: &str) -> Result<Duration> {
    let mut client = Client::connect(port)?;
    let begun = Instant::now();
    client.call(method, argument)?;
    Ok(begun.elapsed())
}

/// Calls for `time` on `connections` connections. Returns rate and latencies, and how many calls that were.
pub(super) fn run(
    port: u16,
    connections: usize,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<(Sample, u64)> {
    let clients: Vec<Client> = (0..connections)
        .map(|_| Client::connect(port))
        .collect::<Result<_>>()?;
    let begun = Instant::now();
    let end = begun + time;
    let results: Vec<Result<Vec<f64>>> = thread::scope(|scope| {
        let calling: Vec<_> = clients
            .into_iter()
            .map(|mut client| scope.spawn(move || client.call_until(end, interrupt)))
            .collect();
        let joined = calling.into_iter().map(|it| it.join());
        joined
            .map(|it| it.expect("a client does not panic"))
            .collect()
    });
    let took = begun.elapsed();
    let mut latencies = Vec::new();
    for result in results {
        latencies.extend(result?);
    }
    latencies.sort_by(f64::total_cmp);
    let sample = Sample {
        rate: Some(latencies.len() as f64 / took.as_secs_f64()),
        p50: Some(percentile(&latencies, 0.5)),
        p99: Some(percentile(&latencies, 0.99)),
        ..Sample::default()
    };
    Ok((sample, latencies.len() as u64))
}

impl Client {
    fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut client = Self {
            answers: Reader::new(stream.try_clone()?),
            stream,
            sequence: 0,
        };
        client.call(METHOD, "true")?;
        Ok(client)
    }

    fn call_until(&mut self, end: Instant, interrupt: &Interrupt) -> Result<Vec<f64>> {
        let mut latencies = Vec::new();
        let mut now = Instant::now();
        while now < end {
            self.call(METHOD, "true")?;
            let then = Instant::now();
            latencies.push((then - now).as_secs_f64() * 1e6);
            now = then;
            if latencies.len() % 1024 == 0 {
                interrupt.check()?;
            }
        }
        Ok(latencies)
    }

    fn call(&mut self, method: &str, argument: &str) -> Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let options = [self.sequence, method.len() as u32];
        let payload = format!("{method}{argument}");
        self.stream
            .write_all(&encode(JSON, &options, payload.as_bytes()))?;
        let answer = self.answers.read()?;
        ensure!(
            answer.flags & ERROR == 0 && answer.options == options,
            "`{method}` answers {}",
            String::from_utf8_lossy(answer.payload),
        );
        Ok(())
    }
}
