//! Disturbs a running server in every way there is, under load, and looks whether a request notices.

mod answer;
mod client;
mod judge;
mod ledger;
mod remote;
mod rest;
mod ring;
mod scenarios;
mod server;
mod shot;
mod storm;
mod table;
mod tally;

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, bail};
use clap::ValueEnum as _;
use xshell::cmd;

use self::{ring::Ring, scenarios::Scenario};
use crate::{interrupt::Interrupt, repo};

/// What to play, and how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The scenarios; all of them where none is named
    scenarios: Vec<Scenario>,
    /// How long the server is under load in each scenario
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "short")]
    seconds: u64,
    /// A little more than a second for each, on a server that is compiled without optimisation
    #[arg(long)]
    short: bool,
    /// Repeats the dice of an earlier run; the order of events is that of the machine
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

impl Args {
    /// Every scenario, as a check of the whole repository has time for it.
    pub(crate) fn short() -> Self {
        Self {
            scenarios: Vec::new(),
            seconds: 1,
            short: true,
            seed: None,
        }
    }
}

/// Prints the table on stdout, one row as soon as it is known.
///
/// # Errors
/// When something was seen that may not be: the first of each kind is told. Nothing is left running.
pub(crate) fn run(args: &Args) -> Result<()> {
    let interrupt = Interrupt::catch()?;
    let ring = Ring {
        rr: build(args.short)?,
        time: match args.short {
            true => Duration::from_millis(1200),
            false => Duration::from_secs(args.seconds),
        },
        seed: args.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
        interrupt,
    };
    println!("{}", table::head());
    let scenarios = match &*args.scenarios {
        [] => Scenario::value_variants(),
        named => named,
    };
    let mut explanations = Vec::new();
    for scenario in scenarios {
        let name = scenario.name();
        let outcome = scenario.play(&ring);
        ring.interrupt.check()?;
        println!("{}", table::row(&name, &outcome));
        explanations.extend(table::explanation(&name, &outcome));
    }
    let (all, failed) = (scenarios.len(), explanations.len());
    let seed = ring.seed;
    println!("\n{} of {all} scenarios hold; seed {seed}", all - failed);
    if failed > 0 {
        bail!("{failed} scenarios failed\n\n{}", explanations.join("\n"));
    }
    Ok(())
}

/// What the tests have built already is taken in a short run.
fn build(short: bool) -> Result<PathBuf> {
    let sh = repo::shell()?;
    let (profile, folder) = match short {
        true => ("dev", "debug/rr"),
        false => ("release", "release/rr"),
    };
    cmd!(sh, "cargo build --profile {profile} --workspace --bin rr").run()?;
    Ok(repo::target_dir()?.join(folder))
}
