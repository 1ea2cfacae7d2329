//! Everything that must hold before a change is merged, one step after the other.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;
use xshell::{Shell, cmd};

use crate::{chaos, codegen, conformance, dist, editor, examples, repo, tidy};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The steps to run, in this order; all of them where none is named
    steps: Vec<Step>,
}

/// One step, which can also be run alone.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Step {
    /// Formatting of every crate
    Fmt,
    /// The house rules that no compiler checks
    Tidy,
    /// Lints, as errors
    Clippy,
    /// Tests, by cargo-nextest where it is installed
    Test,
    /// A server that is disturbed under load, each way for a short time
    Chaos,
    /// Examples in documentation
    Doctest,
    /// Documentation builds, warnings as errors
    Doc,
    /// Generated files are as the generator writes them
    Codegen,
    /// Tests of the PHP package
    Php,
    /// The examples build, and the shop answers
    Examples,
    /// What editors make of a schema, by the YAML language server from npm
    Editor,
    /// HTTP/1 by raw sockets and HTTP/2 by frames, the latter where there is Python
    Conformance,
    /// The Debian package: lintian, and its life in a container with systemd
    Package,
}

/// How a step ended.
enum Outcome {
    Passed,
    Failed(anyhow::Error),
    /// There is nothing of this kind in the tree.
    Absent,
}

/// Runs the steps, all of them even if one fails.
///
/// # Errors
/// When a step failed.
pub(crate) fn run(args: &Args) -> Result<()> {
    let sh = repo::shell()?;
    let steps = match args.steps.as_slice() {
        [] => Step::value_variants(),
        steps => steps,
    };
    let mut results = Vec::new();
    for step in steps {
        println!("\n── {} ──", step.name());
        let begun = Instant::now();
        let outcome = step.run(&sh).unwrap_or_else(Outcome::Failed);
        results.push((step.name(), begun.elapsed(), outcome));
    }
    report(&results)
}

impl Step {
    fn name(self) -> String {
        let value = self.to_possible_value().expect("no step is hidden");
        value.get_name().to_owned()
    }

    fn run(self, sh: &Shell) -> Result<Outcome> {
        match self {
            Self::Fmt => cmd!(sh, "cargo fmt --all --check").run()?,
            Self::Tidy => tidy::run()?,
            Self::Clippy => cmd!(
                sh,
                "cargo clippy --locked --workspace --all-targets -- --deny warnings"
            )
            .run()?,
            Self::Test => test(sh)?,
            Self::Chaos => chaos::run(&chaos::Args::short())?,
            Self::Doctest => cmd!(sh, "cargo test --workspace --doc").run()?,
            Self::Doc => cmd!(sh, "cargo doc --workspace --no-deps")
                .env("RUSTDOCFLAGS", "--deny warnings")
                .run()?,
            Self::Codegen => codegen::run(&codegen::Args { check: true })?,
            Self::Php if !sh.path_exists("php-src") => return Ok(Outcome::Absent),
            Self::Php => php(sh)?,
            Self::Examples if !sh.path_exists("examples/Cargo.toml") => return Ok(Outcome::Absent),
            Self::Examples => examples::run(sh)?,
            Self::Editor => editor::run()?,
            Self::Conformance => conformance::run_short()?,
            Self::Package => dist::run(&dist::Args::trial())?,
        }
        Ok(Outcome::Passed)
    }
}

fn test(sh: &Shell) -> Result<()> {
    let nextest = cmd!(sh, "cargo nextest --version").quiet();
    if nextest.ignore_stderr().read().is_ok() {
        cmd!(sh, "cargo nextest run --workspace --no-fail-fast").run()?;
    } else {
        cmd!(sh, "cargo test --workspace --all-targets --no-fail-fast").run()?;
    }
    Ok(())
}

fn php(sh: &Shell) -> Result<()> {
    let _in_folder = sh.push_dir("php-src");
    if cmd!(sh, "phpunit --version").quiet().read().is_err() {
        bail!("`phpunit` is not installed\nhelp: apt-get install phpunit");
    }
    cmd!(sh, "phpunit").run()?;
    Ok(())
}

fn report(results: &[(String, Duration, Outcome)]) -> Result<()> {
    println!("\n── summary ──");
    let (mut passed, mut failed) = (0, 0);
    for (name, took, outcome) in results {
        let word = match outcome {
            Outcome::Passed => "passed".into(),
            Outcome::Absent => "absent".into(),
            Outcome::Failed(error) => format!("failed: {error:#}"),
        };
        passed += usize::from(matches!(outcome, Outcome::Passed));
        failed += usize::from(matches!(outcome, Outcome::Failed(_)));
        println!("{name:<11} {:>6.1} s  {word}", took.as_secs_f32());
    }
    println!("\n{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("run a failed step alone with `cargo xtask ci <step>`");
    }
    Ok(())
}
