//! The command line: what was typed, what is printed, which code it ends with.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::{
    compile::CompileError,
    exec,
    progress::Progress,
    project::{Built, Failure, Folders, Project},
    resolve::Plan,
    starter::{self, krate, workspace::Joined},
    stock::{Kind, Stock, StockError},
};

/// Compiles the PHP application server that a manifest describes.
#[derive(Debug, Parser)]
#[command(
    name = "rr-builder",
    version,
    after_help = "Exit codes: 0 done, 1 the build failed, 2 wrong arguments, 3 the manifest is wrong."
)]
struct Arguments {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compile the server of a manifest
    Build(BuildArguments),
    /// Compile the server of a manifest and start it beside the manifest
    Run {
        #[command(flatten)]
        build: BuildArguments,
        /// What the server's `serve` is given
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Write the crate of the server, but do not compile it
    Generate(OutputArguments),
    /// Check the manifest and what it names, and show what the server is made of
    Check(ManifestArguments),
    /// Begin a project: a manifest, a service and a middleware of your own, a PHP worker
    New(NewArguments),
}

#[derive(Debug, Args)]
struct BuildArguments {
    #[command(flatten)]
    common: OutputArguments,
    /// Compile quickly and for the debugger, not for speed of the server
    #[arg(long)]
    debug: bool,
}

#[derive(Debug, Args)]
struct NewArguments {
    /// The folder to make
    folder: PathBuf,
    /// Begin a crate with a service instead, called like the folder
    #[arg(long)]
    service: bool,
    /// Begin a crate with a middleware instead, called like the folder
    #[arg(long, conflicts_with = "service")]
    middleware: bool,
}

#[derive(Debug, Args)]
struct OutputArguments {
    #[command(flatten)]
    manifest: ManifestArguments,
    /// Where the results go [default: `build` beside the manifest]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ManifestArguments {
    /// The manifest
    #[arg(default_value = "manifest.toml")]
    manifest: PathBuf,
    /// Take the crates of rr from this checkout
    #[arg(long, value_name = "DIR")]
    stock: Option<PathBuf>,
}

/// Everything that can be typed, for what packages make of it: manual pages, completions.
pub fn commands() -> clap::Command {
    Arguments::command()
}

/// Does what the arguments of this process ask for.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Verb::Build(build) => self::build(&build).map(|_| ExitCode::SUCCESS),
        Verb::Run { build, arguments } => run(&build, &arguments),
        Verb::Generate(common) => generate(&common),
        Verb::Check(common) => check(&common),
        Verb::New(new) => self::new(&new),
    };
    done.unwrap_or_else(|failure| report(&failure))
}

fn build(arguments: &BuildArguments) -> Result<(Project, Built), Failure> {
    let started = Instant::now();
    let project = arguments.common.open()?;
    let mut progress = Progress::on_stderr();
    let built = project.build(!arguments.debug, colour(), &mut progress)?;
    for warning in &built.warnings {
        complain(warning);
    }
    let plan = &project.plan;
    let seconds = started.elapsed().as_secs_f64();
    say(&format!(
        "built {} {} in {seconds:.1} s",
        plan.name, plan.version
    ));
    let size = built.size as f64 / (1024.0 * 1024.0);
    say(&format!(
        "  server  {} ({size:.1} MiB)",
        shown(&built.binary)
    ));
    say(&format!("  schema  {}", shown(&built.schema)));
    let config = project.folder.join(".rr.yaml");
    let fresh = if built.new_config {
        " (new: fill it in)"
    } else {
        ""
    };
    say(&format!("  config  {}{fresh}", shown(&config)));
    Ok((project, built))
}

fn run(build: &BuildArguments, arguments: &[String]) -> Result<ExitCode, Failure> {
    let (project, built) = self::build(build)?;
    let binary = built.binary.canonicalize().unwrap_or(built.binary);
    let mut command = Command::new(&binary);
    command
        .arg("serve")
        .args(arguments)
        .current_dir(&project.folder);
    exec::replace_by(command).map_err(|source| Failure::Start { binary, source })
}

fn generate(arguments: &OutputArguments) -> Result<ExitCode, Failure> {
    let project = arguments.open()?;
    project.generate()?;
    say(&format!("generated {}", shown(&project.output.server())));
    Ok(ExitCode::SUCCESS)
}

fn check(arguments: &ManifestArguments) -> Result<ExitCode, Failure> {
    let project = arguments.open(None)?;
    let Plan {
        name,
        version,
        services,
        middleware,
        ..
    } = &project.plan;
    say(&format!("{name} {version}"));
    for line in services.iter().chain(middleware) {
        let name = line.name.as_deref().unwrap_or("(middleware)");
        let about = line.about.as_deref().unwrap_or_default();
        let text = format!("  {name:<14}{:<32}{about}", line.code.text());
        say(text.trim_end());
    }
    let stock = &project.stock;
    let origin = match stock.kind {
        Kind::Checkout => format!("the checkout `{}`", stock.root.display()),
        Kind::Carried => "this rr-builder".to_owned(),
    };
    say(&format!("rr {} is that of {origin}", stock.version));
    Ok(ExitCode::SUCCESS)
}

fn new(arguments: &NewArguments) -> Result<ExitCode, Failure> {
    let folder = &arguments.folder;
    let shown = folder.display();
    let absolute = std::path::absolute(folder).unwrap_or_default();
    let stock = Stock::locate(absolute.parent().unwrap_or(&absolute), None, &cache()?)?;
    let kind = match (arguments.service, arguments.middleware) {
        (true, _) => krate::Kind::Service,
        (_, true) => krate::Kind::Middleware,
        _ => {
            starter::write(folder, &stock)?;
            say(&format!("made {shown}; next:"));
            say(&format!("  rr-builder run {shown}/manifest.toml"));
            return Ok(ExitCode::SUCCESS);
        }
    };
    let made = krate::write(folder, kind, &stock)?;
    say(&format!("made {shown}; its tests:"));
    say(&format!("  cargo test --manifest-path {shown}/Cargo.toml"));
    match &made.joined {
        Joined::Nothing => {}
        Joined::Added(path) => say(&format!("listed in {}", path.display())),
        Joined::ByHand(path) => say(&format!(
            "list it under `members` in {}, or cargo refuses it",
            path.display()
        )),
    }
    match &made.manifest {
        Some(path) => say(&format!("into the server, in {}:", path.display())),
        None => say("into a server, in its manifest:"),
    }
    for line in made.lines.lines() {
        say(&format!("  {line}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn report(failure: &Failure) -> ExitCode {
    let (text, code) = match failure {
        Failure::Manifest(rejected) => (rejected.render(colour()), 3),
        Failure::Stock(StockError::Services(rejected)) => (rejected.render(colour()), 1),
        Failure::Compile(CompileError::Refused(refused)) => (refused.render(colour()), 1),
        other => (format!("error: {other}"), 1),
    };
    complain(&text);
    ExitCode::from(code)
}

impl OutputArguments {
    fn open(&self) -> Result<Project, Failure> {
        self.manifest.open(self.output.as_deref())
    }
}

impl ManifestArguments {
    fn open(&self, output: Option<&Path>) -> Result<Project, Failure> {
        let target = env::var_os("CARGO_TARGET_DIR").filter(|it| !it.is_empty());
        let folders = Folders {
            cache: cache()?,
            target: target.and_then(|it| std::path::absolute(it).ok()),
            stock: self.stock.clone(),
            output: output.map(Path::to_owned),
        };
        Project::open(&self.manifest, &folders)
    }
}

/// Never a folder that others can write to: what lies in it is compiled and run.
fn cache() -> Result<PathBuf, Failure> {
    let named = |variable: &str| {
        let value = env::var_os(variable).filter(|it| !it.is_empty())?;
        std::path::absolute(value).ok()
    };
    named("RR_BUILDER_CACHE")
        .or_else(|| Some(named("XDG_CACHE_HOME")?.join("rr-builder")))
        .or_else(|| Some(named("HOME")?.join(".cache/rr-builder")))
        .or_else(|| Some(named("LOCALAPPDATA")?.join("rr-builder")))
        .ok_or(Failure::NoCache)
}

fn colour() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}

/// A path as one would type it.
fn shown(path: &Path) -> std::path::Display<'_> {
    path.strip_prefix(".").unwrap_or(path).display()
}

/// A closed output is no reason to stop.
fn say(text: &str) {
    drop(writeln!(io::stdout(), "{text}"));
}

fn complain(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}
