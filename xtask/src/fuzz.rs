//! Feeds the parsers with what nobody would think of. Needs cargo-fuzz and a nightly compiler.

use anyhow::{Result, bail, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::repo;

/// The crates with targets; those of the first know the protocol.
const FOLDERS: [&str; 2] = [CORE, "rr-services/fuzz"];
const CORE: &str = "rr-core/fuzz";
const VECTORS: &str = "rr-core/tests/vectors/";

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
        Some(name) => {
            let found = known.iter().find(|it| it.name == *name);
            let names: Vec<_> = known.iter().map(|it| it.name.as_str()).collect();
            let Some(found) = found else {
                bail!(
                    "no target `{name}`\nhelp: there are `{}`",
                    names.join("`, `")
                )
            };
            vec![found.clone()]
        }
    };
    ensure_tools(&sh)?;
    let seconds = args.seconds.to_string();
    for Target { folder, name } in chosen {
        if folder == CORE {
            seed(&sh, &name)?;
        }
        cmd!(
            sh,
            "cargo +nightly fuzz run --fuzz-dir {folder} {name} -- -max_total_time={seconds}"
        )
        .run()?;
    }
    Ok(())
}

/// A file in `fuzz_targets/` of a crate.
#[derive(Clone)]
struct Target {
    folder: &'static str,
    name: String,
}

fn targets(sh: &Shell) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for folder in FOLDERS {
        let files = sh.read_dir(format!("{folder}/fuzz_targets"))?;
        let names = files.iter().filter_map(|it| it.file_stem()?.to_str());
        targets.extend(names.map(|name| Target {
            folder,
            name: name.to_owned(),
        }));
    }
    Ok(targets)
}

/// Lets a target begin with what the protocol was recorded with, or with every YAML file
/// there is: chance alone does not find a checksum.
fn seed(sh: &Shell, target: &str) -> Result<()> {
    let corpus = format!("{CORE}/corpus/{target}");
    for file in repo::files(sh)? {
        if target == "config" && file.extension() == "yaml" {
            let name = file.path.replace('/', "-");
            sh.write_file(format!("{corpus}/{name}"), file.text)?;
        } else if target != "config" && file.path.starts_with(VECTORS) {
            for (name, bytes) in vectors(&file.text)? {
                sh.write_file(format!("{corpus}/{name}"), bytes)?;
            }
        }
    }
    Ok(())
}

/// The bytes of each recorded exchange, by its name.
fn vectors(text: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let file: Value = serde_json::from_str(text)?;
    let vectors = file["vectors"].as_array().into_iter().flatten();
    let named = vectors.filter_map(|it| {
        let hex = it["hex"].as_str()?.as_bytes();
        let bytes = hex.chunks(2).map(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        Some((
            it["name"].as_str()?.to_owned(),
            bytes.collect::<Option<_>>()?,
        ))
    });
    Ok(named.collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_become_bytes() {
        let text = r#"{"vectors": [{"name": "a", "hex": "0aff"}, {"name": "no bytes"}]}"#;
        assert_eq!(vectors(text).unwrap(), [("a".to_owned(), vec![0x0a, 0xff])]);
    }
}
