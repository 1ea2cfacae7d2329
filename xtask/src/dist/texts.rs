//! What the programs tell of themselves: manual pages, completions, the schema, a configuration.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap_complete::{Shell as Kind, generate};
use xshell::{Shell, cmd};

use super::{
    binaries::{Binaries, SERVER},
    target::Target,
    tree::{self, Tree},
};
use crate::repo;

/// Each shell, and what it calls a file of completions.
const SHELLS: [(Kind, &str, &str); 5] = [
    (Kind::Bash, "", ".bash"),
    (Kind::Elvish, "", ".elv"),
    (Kind::Fish, "", ".fish"),
    (Kind::PowerShell, "_", ".ps1"),
    (Kind::Zsh, "_", ""),
];

/// Texts about a program.
pub(super) struct Texts {
    /// `rr.1` and its likes, uncompressed.
    pub(super) pages: Vec<(String, Vec<u8>)>,
    /// File names and contents, for [`SHELLS`].
    pub(super) completions: Vec<(String, Vec<u8>)>,
}

impl Texts {
    /// Adds them to an archive, as `man` and `completions`.
    pub(super) fn add_to(&self, tree: &mut Tree) {
        for (name, page) in &self.pages {
            tree.add(format!("man/man1/{name}"), page.as_slice());
        }
        for (name, script) in &self.completions {
            tree.add(format!("completions/{name}"), script.as_slice());
        }
    }
}

/// What `rr` says: its texts, its schema, and the configuration that `rr init` begins with.
pub(super) struct OfServer {
    pub(super) texts: Texts,
    pub(super) schema: Vec<u8>,
    pub(super) sample: Vec<u8>,
}

/// Asks the server. Where it was built for another platform, one that runs here says the same.
///
/// # Errors
/// When it does not compile, or fails.
pub(super) fn of_server(sh: &Shell, target: &Target, binaries: &Binaries) -> Result<OfServer> {
    let rr = match target.is_host {
        true => binaries.path(SERVER),
        false => for_this_platform(sh)?,
    };
    let folder = sh.create_temp_dir()?;
    let folder = folder.path();
    let pages = folder.join("man");
    cmd!(sh, "{rr} man {pages}").quiet().ignore_stdout().run()?;
    let mut completions = Vec::new();
    for (shell, before, after) in SHELLS {
        let shell = shell.to_string();
        let script = cmd!(sh, "{rr} completion {shell}").quiet().output()?.stdout;
        completions.push((format!("{before}rr{after}"), script));
    }
    cmd!(sh, "{rr} init --silent --work-dir {folder}")
        .quiet()
        .ignore_stdout()
        .run()?;
    Ok(OfServer {
        texts: Texts {
            pages: pages_in(&pages)?,
            completions,
        },
        schema: tree::read(folder.join("rr.schema.json"))?,
        sample: tree::read(folder.join(".rr.yaml"))?,
    })
}

fn for_this_platform(sh: &Shell) -> Result<PathBuf> {
    cmd!(sh, "cargo build --locked --workspace --bin rr").run()?;
    let suffix = std::env::consts::EXE_SUFFIX;
    Ok(repo::target_dir()?.join(format!("debug/rr{suffix}")))
}

/// What `rr-builder` would say: this program has its library.
///
/// # Errors
/// When a temporary folder cannot be written.
pub(super) fn of_builder(sh: &Shell) -> Result<Texts> {
    let folder = sh.create_temp_dir()?;
    clap_mangen::generate_to(rr_builder::cli::commands(), folder.path())?;
    let completions = SHELLS.map(|(shell, before, after)| {
        let mut script = Vec::new();
        generate(
            shell,
            &mut rr_builder::cli::commands(),
            "rr-builder",
            &mut script,
        );
        (format!("{before}rr-builder{after}"), script)
    });
    Ok(Texts {
        pages: pages_in(folder.path())?,
        completions: completions.into(),
    })
}

fn pages_in(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let pages = tree::walk(folder)?.into_iter().map(|path| {
        let name = path.file_name().context("a page has a name")?;
        Ok((name.to_string_lossy().into_owned(), tree::read(&path)?))
    });
    pages.collect()
}
