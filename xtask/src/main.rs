//! Automation of the repository: what checks, generates and measures rr. Nobody needs it to use rr.

mod bench;
mod repo;
mod tidy;

use std::process::ExitCode;

use clap::Parser as _;

/// What the repository can do with itself.
#[derive(clap::Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
enum Command {
    /// Checks the house rules that no compiler checks
    Tidy,
    /// Measures rr beside nginx + php-fpm, prints the tables of docs/performance.md
    Bench(bench::Args),
    /// Answers every request at once: the worker with which `bench` measures the server's own start
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Tidy => tidy::run(),
        Command::Bench(args) => bench::run(&args),
        Command::Worker => bench::worker(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
