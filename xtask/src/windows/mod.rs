//! Windows: cross-built here by Debian's second Rust, and run by wine as far as that goes.

mod commands;
mod cross;
mod packages;
mod server;
mod service;
mod wine;

use anyhow::{Context as _, Result};

use crate::{interrupt::Interrupt, repo};
use cross::Cross;
use service::RELAYS;
use wine::Wine;

/// How far to go.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Installs what is missing, by apt-get
    #[arg(long)]
    install: bool,
    /// Only looks whether everything compiles, tests included
    #[arg(long)]
    check: bool,
    /// Leaves that out: only builds the programs and runs them
    #[arg(long, conflicts_with = "check")]
    run: bool,
}

/// Compiles everything for Windows, then runs the server and its commands.
///
/// # Errors
/// When something is missing, does not compile, or does something else on Windows.
pub(crate) fn run(args: &Args) -> Result<()> {
    let sh = repo::shell()?;
    packages::ensure(&sh, args.install)?;
    let cross = Cross::new(&sh)?;
    if !args.run {
        println!("── tests compile ──");
        cross.check_tests()?;
    }
    if args.check {
        return Ok(());
    }
    println!("── programs ──");
    let programs = cross.build()?;
    let interrupt = Interrupt::catch()?;
    let wine = Wine::new(&cross.folder())?;
    println!("── commands ──");
    commands::check(&wine, &programs)?;
    for relay in RELAYS {
        println!("── a server, {relay} ──");
        service::check(&wine, &programs, relay, &interrupt).with_context(|| relay.to_owned())?;
    }
    println!("── all is well ──");
    Ok(())
}
