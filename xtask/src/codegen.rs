//! Files that are generated and checked in: the stock server's `main.rs`, and its schema.

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::repo;

/// What generates the stock server, as users' servers are generated.
const MANIFEST: &str = "rr-services/manifest.toml";
const MAIN: &str = "rr-services/src/main.rs";
/// What `rr schema` prints.
const SCHEMA: &str = "docs/rr.schema.json";

/// Whether to write.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Writes nothing; fails where a file is not what would be written
    #[arg(long)]
    pub(crate) check: bool,
}

/// Generates, or with `--check` compares.
///
/// # Errors
/// When a file cannot be generated or, with `--check`, is stale.
pub(crate) fn run(args: &Args) -> Result<()> {
    let sh = repo::shell()?;
    let root = repo::root();
    let main = rr_builder::generate_main(&root.join(MANIFEST), &root)?;
    let stale_main = place(&sh, args, MAIN, &main)?;
    // Of the whole workspace, as everything else is built: another choice of packages
    // would choose other features of shared crates, and compile those again.
    cmd!(sh, "cargo build --quiet --workspace --bin rr").run()?;
    let rr = repo::target_dir()?.join("debug/rr");
    let mut schema = cmd!(sh, "{rr} schema")
        .quiet()
        .read()
        .context("`rr schema` needs no configuration")?;
    schema.push('\n');
    let stale_schema = place(&sh, args, SCHEMA, &schema)?;
    let stale: Vec<_> = stale_main.into_iter().chain(stale_schema).collect();
    if !stale.is_empty() {
        let stale = stale.join("\n");
        bail!("{stale}\nhelp: run `cargo xtask codegen` and commit what it writes");
    }
    Ok(())
}

/// Writes `text` to `path` where it differs; with `--check` says where.
fn place(sh: &Shell, args: &Args, path: &str, text: &str) -> Result<Option<String>> {
    let old = sh.path_exists(path).then(|| sh.read_file(path));
    let old = old.transpose()?.unwrap_or_default();
    if old == text {
        return Ok(None);
    }
    if args.check {
        let line = first_difference(&old, text);
        return Ok(Some(format!("{path}:{line}: is not as it is generated")));
    }
    sh.write_file(path, text)?;
    println!("wrote {path}");
    Ok(None)
}

/// The number of the first line that is not the same, from 1.
fn first_difference(old: &str, new: &str) -> usize {
    let same = old.lines().zip(new.lines());
    1 + same.take_while(|(old, new)| old == new).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(first_difference("a\nb\nc\n", "a\nx\nc\n"), 2);
        assert_eq!(first_difference("", "a\n"), 1);
        assert_eq!(first_difference("a\n", "a\nb\n"), 2);
    }

    #[test]
    fn a_check_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let sh = Shell::new().unwrap();
        sh.change_dir(dir.path());
        let check = |text| place(&sh, &Args { check: true }, "a.rs", text).unwrap();
        let stale = Some("a.rs:1: is not as it is generated".to_owned());
        assert_eq!(check("new"), stale);
        assert!(!sh.path_exists("a.rs"));
        place(&sh, &Args { check: false }, "a.rs", "new").unwrap();
        assert_eq!(check("new"), None);
        assert_eq!(check("newer"), stale);
    }
}
