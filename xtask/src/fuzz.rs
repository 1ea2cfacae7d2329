//! Feeds the parsers with what nobody would think of. Needs cargo-fuzz and a nightly compiler.

use anyhow::{Result, bail, ensure};
use xshell::{Shell, cmd};

use crate::repo;

const FOLDER: &str = "rr-core/fuzz";

/// What to fuzz, and how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One target; all of them where none is named
    target: Option<String>,
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
}

/// Runs each target for a while; stops at the first input that breaks one.
///
/// # Errors
/// When a tool is missing, a target is unknown, or an input was found.
pub(crate) fn run(args: &Args) -> Result<()> {
    let sh = repo::shell()?;
    let known = targets(&sh)?;
    let chosen = match &args.target {
        None => known,
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => bail!(
            "no target `{name}`\nhelp: there are `{}`",
            known.join("`, `")
        ),
    };
    ensure_tools(&sh)?;
    let seconds = args.seconds.to_string();
    for target in chosen {
        cmd!(
            sh,
            "cargo +nightly fuzz run --fuzz-dir {FOLDER} {target} -- -max_total_time={seconds}"
        )
        .run()?;
    }
    Ok(())
}

/// A target is a file in `fuzz_targets/`.
fn targets(sh: &Shell) -> Result<Vec<String>> {
    let files = sh.read_dir(format!("{FOLDER}/fuzz_targets"))?;
    let names = files.iter().filter_map(|it| it.file_stem()?.to_str());
    Ok(names.map(String::from).collect())
}

fn ensure_tools(sh: &Shell) -> Result<()> {
    let runs = |tool: &[&str]| {
        let command = cmd!(sh, "cargo {tool...} --version").quiet();
        command.ignore_stdout().ignore_stderr().run().is_ok()
    };
    ensure!(
        runs(&["+nightly"]),
        "fuzzing instruments the code with a nightly compiler, and there is none\n\
         help: rustup toolchain install nightly",
    );
    ensure!(
        runs(&["fuzz"]),
        "cargo-fuzz is not installed\nhelp: cargo install cargo-fuzz",
    );
    Ok(())
}
