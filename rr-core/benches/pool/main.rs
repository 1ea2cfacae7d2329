//! What the pool adds to one exchange with a worker: the same exchange by ever more of the way to it, in turn.
//!
//! Prints one line of JSON for each: `{"way": .., "p50": .., "p99": ..}` in nanoseconds. Words choose among the
//! ways: `cargo bench --package rr-core --bench pool -- relay`. Without `--bench`, as tests run it, it only looks
//! whether all of them work.

mod bare;
mod layered;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

/// Does what the context says; here: sends context and body back.
const WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/puppet.php");
const CONTEXT: &str = "echo";
const BODY: &str = "Hello, world!";

/// How often each way has its turn, and how many exchanges that is.
const ROUNDS: usize = 40;
const EXCHANGES: usize = 1000;

/// Starts a worker, and gives what its turns are.
type Way = for<'a> fn(&'a Runtime) -> Turn<'a>;

/// The exchanges of one turn, each with what it took.
type Turn<'a> = Box<dyn FnMut(usize) -> Vec<Duration> + 'a>;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let says = |what: &str| arguments.iter().any(|it| it == what);
    if says("--list") {
        return;
    }
    let (rounds, exchanges) = match says("--bench") {
        true => (ROUNDS, EXCHANGES),
        false => (1, 10),
    };
    assert!(Path::new(WORKER).exists(), "`{WORKER}` is missing");
    let runtime = Runtime::new().expect("a runtime starts");
    let all: [(&str, Way); 4] = [
        ("bare loop, blocking", bare::blocking),
        ("bare loop, tokio", bare::asynchronous),
        ("relay", layered::relay),
        ("pool", layered::pool),
    ];
    let words: Vec<&String> = arguments[1..]
        .iter()
        .filter(|it| !it.starts_with('-'))
        .collect();
    let is_meant = |way: &str| words.is_empty() || words.iter().any(|it| way.contains(&***it));
    let chosen = all.into_iter().filter(|(name, _)| is_meant(name));
    let mut ways: Vec<(&str, Turn<'_>)> = chosen
        .map(|(name, start)| (name, start(&runtime)))
        .collect();
    let mut all = vec![Vec::new(); ways.len()];
    for round in 0..=rounds {
        for ((_, turn), all) in ways.iter_mut().zip(&mut all) {
            let took = turn(exchanges);
            // The first is to warm up.
            if round > 0 || rounds == 1 {
                all.extend(took);
            }
        }
    }
    for ((way, _), mut took) in ways.iter().zip(all) {
        took.sort_unstable();
        let at = |share: usize| took[took.len() * share / 100].as_nanos();
        println!(r#"{{"way":"{way}","p50":{},"p99":{}}}"#, at(50), at(99));
    }
}

/// The time since `last`, which becomes now.
fn lap(last: &mut Instant) -> Duration {
    let now = Instant::now();
    now - std::mem::replace(last, now)
}
