//! A Python of its own, with the packages that a check needs, below cargo's target directory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::repo;

/// What there is to run scripts with.
pub(crate) enum Python {
    Ready(PathBuf),
    /// What is missing, and how to get it.
    Absent(String),
}

/// Makes the environment `name`, unless it has the packages that `requirements` lists already.
///
/// # Errors
/// When the folder cannot be written. No Python and no package index are no errors.
pub(crate) fn prepare(sh: &Shell, name: &str, requirements: &Path) -> Result<Python> {
    let folder = repo::target_dir()?.join(name);
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let wanted = fs::read_to_string(requirements)?;
    if fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(Python::Ready(python));
    }
    let made = cmd!(sh, "python3 -m venv --clear {folder}").quiet();
    if made.ignore_stdout().ignore_stderr().run().is_err() {
        let what = "`python3 -m venv` fails\nhelp: apt-get install python3-venv";
        return Ok(Python::Absent(what.into()));
    }
    let install = cmd!(
        sh,
        "{python} -m pip install --quiet --disable-pip-version-check --requirement {requirements}"
    );
    let installed = install.quiet().ignore_status().output()?;
    if !installed.status.success() {
        let error = String::from_utf8_lossy(&installed.stderr);
        let last = error.lines().last().unwrap_or("it says nothing");
        return Ok(Python::Absent(format!(
            "pip cannot install what {} lists: {last}",
            requirements.display()
        )));
    }
    fs::write(stamp, wanted)?;
    Ok(Python::Ready(python))
}
