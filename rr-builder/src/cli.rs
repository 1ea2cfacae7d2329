//! The command line: what was typed, what is printed, which code it ends with. One module a
//! command, or a few that belong together.

mod arguments;
mod build;
mod check;
mod clean;
mod diff;
mod doctor;
mod edit;
mod list;
mod new;
mod schema;
mod vendor;
mod voice;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{compile::CompileError, project::Failure, stock::StockError};
use arguments::OutputArguments;
use voice::{colour, complain};

/// Compiles the PHP application server that a manifest describes.
#[derive(Debug, Parser)]
#[command(
    name = "rr-builder",
    version,
    after_help = "Exit codes: 0 done, 1 the build failed, 2 wrong arguments, 3 the manifest is wrong."
)]
struct Arguments {
    /// Show every message of the compiler, not only the first ones
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compile the server of a manifest
    Build(build::BuildArguments),
    /// Compile the server of a manifest and start it beside the manifest
    Run(build::RunArguments),
    /// Write the crate of the server, but do not compile it
    Generate(OutputArguments),
    /// Check the manifest and what it names, and show what the server is made of
    Check(check::CheckArguments),
    /// Show what there is to choose from, and what the manifest has chosen
    List(list::ListArguments),
    /// Add services or middleware to the manifest
    Add(edit::AddArguments),
    /// Take services or middleware out of the manifest
    Remove(edit::RemoveArguments),
    /// Print the JSON Schema of manifests, for editors
    Schema(schema::SchemaArguments),
    /// Tell what a manifest may say
    Explain(schema::ExplainArguments),
    /// Look whether everything is there that a build and a server need
    Doctor(doctor::DoctorArguments),
    /// Show what another manifest, or another lock file, changes in the binary
    Diff(diff::DiffArguments),
    /// Copy all crates of others beside the manifest, for builds without a network
    Vendor(vendor::VendorArguments),
    /// Remove what builds left behind
    Clean(clean::CleanArguments),
    /// Begin a project: a manifest, a service and a middleware of your own, a PHP worker
    New(new::NewArguments),
}

/// Everything that can be typed, for what packages make of it: manual pages, completions.
pub fn commands() -> clap::Command {
    Arguments::command()
}

/// Does what the arguments of this process ask for.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Verb::Build(it) => build::build(it),
        Verb::Run(it) => build::run(it),
        Verb::Generate(it) => build::generate(it),
        Verb::Check(it) => check::check(it),
        Verb::List(it) => list::list(it),
        Verb::Add(it) => edit::add(it),
        Verb::Remove(it) => edit::remove(it),
        Verb::Schema(it) => schema::schema(it),
        Verb::Explain(it) => schema::explain(it),
        Verb::Doctor(it) => doctor::doctor(it),
        Verb::Diff(it) => diff::diff(it),
        Verb::Vendor(it) => vendor::vendor(it),
        Verb::Clean(it) => clean::clean(it),
        Verb::New(it) => new::new(it),
    };
    done.unwrap_or_else(|failure| report(&failure, arguments.verbose))
}

fn report(failure: &Failure, verbose: bool) -> ExitCode {
    let (text, code) = match failure {
        Failure::Manifest(rejected) => (rejected.render(colour()), 3),
        Failure::Stock(StockError::Services(rejected)) => (rejected.render(colour()), 1),
        Failure::Compile(CompileError::Refused(refused)) => (refused.render(colour(), verbose), 1),
        other => (format!("error: {other}"), 1),
    };
    complain(&text);
    ExitCode::from(code)
}
