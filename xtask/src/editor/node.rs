//! The language server, from npm, below cargo's target directory.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::repo;

const LISTED: [&str; 2] = ["package.json", "package-lock.json"];

/// Installs what `xtask/editor` lists, unless it is there already; returns the script to run.
///
/// # Errors
/// When there is no Node.js, or the registry does not give the packages.
pub(super) fn language_server(sh: &Shell) -> Result<PathBuf> {
    for program in ["node", "npm"] {
        if cmd!(sh, "{program} --version").quiet().read().is_err() {
            bail!("`{program}` is not installed\nhelp: apt-get install nodejs npm");
        }
    }
    let folder = repo::target_dir()?.join("editor/node");
    let script = folder.join("node_modules/yaml-language-server/bin/yaml-language-server");
    let stamp = folder.join("installed");
    let mut wanted = String::new();
    for name in LISTED {
        wanted += &sh.read_file(repo::root().join("xtask/editor").join(name))?;
    }
    if fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(script);
    }
    fs::create_dir_all(&folder)?;
    for name in LISTED {
        sh.copy_file(repo::root().join("xtask/editor").join(name), &folder)?;
    }
    let _in_folder = sh.push_dir(&folder);
    let install = cmd!(
        sh,
        "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error"
    );
    install
        .run()
        .context("npm cannot install what xtask/editor/package.json lists")?;
    fs::write(stamp, wanted)?;
    Ok(script)
}
