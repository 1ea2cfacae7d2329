//! Automation of the repository: what checks, generates and measures rr. Nobody needs it to use rr.

mod bench;
mod certificate;
mod chaos;
mod ci;
mod codegen;
mod conformance;
mod dist;
mod editor;
mod examples;
mod fuzz;
mod interrupt;
mod process;
mod python;
mod repo;
mod tidy;
mod train;
mod windows;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;

/// What the repository can do with itself.
#[derive(clap::Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
enum Command {
    /// Checks everything that must hold before a change is merged
    Ci(ci::Args),
    /// Checks the house rules that no compiler checks
    Tidy,
    /// Writes the files that are generated and checked in
    Codegen(codegen::Args),
    /// Measures rr beside nginx + php-fpm, prints the tables of docs/performance.md
    Bench(bench::Args),
    /// Disturbs a server under load, to see that no request is lost
    Chaos(chaos::Args),
    /// Checks what rr does against the RFCs, case by case
    Conformance(conformance::Args),
    /// Asks the YAML language server of editors about a server's schema
    Editor,
    /// Feeds the parsers with random input
    Fuzz(fuzz::Args),
    /// Builds for Windows and runs it by wine, on Debian
    Windows(windows::Args),
    /// Writes anew how often the server does what, by which `dist` lets it be optimised
    Train,
    /// Builds what is shipped, with checksums
    Dist(dist::Args),
    /// Answers every request at once: the worker with which `bench` measures the server's own start
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Ci(args) => ci::run(&args),
        Command::Tidy => tidy::run(),
        Command::Codegen(args) => codegen::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Chaos(args) => chaos::run(&args),
        Command::Conformance(args) => conformance::run(&args),
        Command::Editor => editor::run(),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Windows(args) => windows::run(&args),
        Command::Train => train::run(),
        Command::Dist(args) => dist::run(&args),
        Command::Worker => bench::worker(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("{error:#}");
            // rr-builder's findings are whole reports already.
            eprintln!("error: {}", text.strip_prefix("error: ").unwrap_or(&text));
            ExitCode::FAILURE
        }
    }
}
