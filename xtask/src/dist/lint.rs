//! Linters of others: Debian's for the package, and from Python's index those for containers,
//! workflows and bills of materials.

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use super::tree;
use crate::{
    python::{self, Python},
    repo,
};

/// Below the root.
const FOLDER: &str = "xtask/packaging";

/// The recipes of containers.
const RECIPES: [&str; 2] = [
    "xtask/packaging/container/Dockerfile",
    "examples/container/Dockerfile",
];

/// Checks what is in `archives`, and what packs and publishes it.
///
/// # Errors
/// When a linter has something to say, or lintian is not installed.
pub(super) fn run(sh: &Shell, archives: &Path) -> Result<()> {
    package(sh, archives)?;
    scripts(sh)?;
    let requirements = repo::root().join(FOLDER).join("requirements.txt");
    match python::prepare(sh, "packaging-python", &requirements)? {
        Python::Ready(python) => {
            let tools = python.parent().unwrap_or(&python);
            recipes(sh, tools)?;
            workflows(sh, tools)?;
            bills(sh, &python, archives)
        }
        Python::Absent(what) => {
            println!("containers, workflows and bills of materials are not checked: {what}");
            Ok(())
        }
    }
}

fn package(sh: &Shell, archives: &Path) -> Result<()> {
    let asked = cmd!(sh, "lintian --version").quiet();
    if asked.ignore_stdout().ignore_stderr().run().is_err() {
        bail!("`lintian` checks the package\nhelp: apt-get install lintian");
    }
    for path in tree::walk(archives)? {
        if path.extension().is_some_and(|it| it == "deb") {
            cmd!(
                sh,
                "lintian --allow-root --fail-on error,warning --tag-display-limit 0 {path}"
            )
            .run()?;
        }
    }
    Ok(())
}

/// Scripts of the shell have its syntax.
fn scripts(sh: &Shell) -> Result<()> {
    for script in [
        "deb/postinst",
        "deb/prerm",
        "deb/postrm",
        "trial/container",
        "trial/trial",
    ] {
        let script = format!("{FOLDER}/{script}");
        cmd!(sh, "sh -n {script}").quiet().run()?;
    }
    Ok(())
}

fn recipes(sh: &Shell, tools: &Path) -> Result<()> {
    let hadolint = tools.join("hadolint");
    cmd!(sh, "{hadolint} {RECIPES...}").run()?;
    Ok(())
}

fn workflows(sh: &Shell, tools: &Path) -> Result<()> {
    let workflows = &tree::walk(&repo::root().join(".github/workflows"))?;
    let schema = tools.join("check-jsonschema");
    cmd!(
        sh,
        "{schema} --builtin-schema vendor.github-workflows {workflows...}"
    )
    .run()?;
    let zizmor = tools.join("zizmor");
    cmd!(sh, "{zizmor} --offline --quiet {workflows...}").run()?;
    Ok(())
}

fn bills(sh: &Shell, python: &Path, archives: &Path) -> Result<()> {
    let validate = format!("{FOLDER}/validate-sbom.py");
    let is_bill = |it: &std::path::PathBuf| it.to_string_lossy().ends_with(".cdx.json");
    let bills = tree::walk(archives)?.into_iter().filter(is_bill);
    cmd!(sh, "{python} {validate} {bills...}").run()?;
    Ok(())
}
