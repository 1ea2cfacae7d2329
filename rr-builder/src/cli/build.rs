//! `build`, `run` and `generate`: from the manifest to a server.

use std::{
    process::{Command, ExitCode},
    time::Instant,
};

use clap::Args;

use super::{
    arguments::OutputArguments,
    voice::{colour, complain, say, shown, size},
};
use crate::{
    exec,
    manifest::Profile,
    progress::Progress,
    project::{Built, Failure, Options, Project},
};

#[derive(Debug, Args)]
pub(super) struct BuildArguments {
    #[command(flatten)]
    common: OutputArguments,
    /// What the compiler aims at, whatever the manifest says
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// `--profile debug`: compile quickly and for the debugger, not for speed of the server
    #[arg(long, conflicts_with = "profile")]
    debug: bool,
    /// Fail unless the lock file beside the manifest says what to take of everything
    #[arg(long)]
    locked: bool,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    build: BuildArguments,
    /// What the server's `serve` is given
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub(super) fn build(arguments: &BuildArguments) -> Result<ExitCode, Failure> {
    make(arguments).map(|_| ExitCode::SUCCESS)
}

pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode, Failure> {
    let (project, built) = make(&arguments.build)?;
    let binary = built.binary.canonicalize().unwrap_or(built.binary);
    let mut command = Command::new(&binary);
    command
        .arg("serve")
        .args(&arguments.arguments)
        .current_dir(&project.folder);
    exec::replace_by(command).map_err(|source| Failure::Start { binary, source })
}

pub(super) fn generate(arguments: &OutputArguments) -> Result<ExitCode, Failure> {
    let project = arguments.open()?;
    project.generate()?;
    say(&format!("generated {}", shown(&project.output.server())));
    Ok(ExitCode::SUCCESS)
}

fn make(arguments: &BuildArguments) -> Result<(Project, Built), Failure> {
    let started = Instant::now();
    let project = arguments.common.open()?;
    let mut progress = Progress::on_stderr();
    let options = Options {
        profile: arguments
            .profile
            .or(arguments.debug.then_some(Profile::Debug)),
        locked: arguments.locked,
        colour: colour(),
    };
    let built = project.build(options, &mut progress)?;
    for warning in &built.warnings {
        complain(warning);
    }
    let plan = &project.plan;
    let seconds = started.elapsed().as_secs_f64();
    say(&format!(
        "built {} {} in {seconds:.1} s",
        plan.name, plan.version
    ));
    let bytes = size(built.size);
    say(&format!("  server  {} ({bytes})", shown(&built.binary)));
    let Some(schema) = &built.schema else {
        let target = plan.target.as_deref().unwrap_or_default();
        say(&format!(
            "  not tried out: this machine cannot run programs for {target}"
        ));
        return Ok((project, built));
    };
    say(&format!("  schema  {}", shown(schema)));
    let config = project.folder.join(".rr.yaml");
    let fresh = if built.new_config {
        " (new: fill it in)"
    } else {
        ""
    };
    say(&format!("  config  {}{fresh}", shown(&config)));
    Ok((project, built))
}
