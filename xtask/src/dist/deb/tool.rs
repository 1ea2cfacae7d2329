//! What Debian's own tools do for the package.

use std::path::Path;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use super::control::NAME;
use crate::dist::{commit::Commit, tree::Tree};

/// What says that something is missing, with what to do.
pub(super) fn missing(sh: &Shell) -> Option<String> {
    for tool in ["dpkg-deb", "dpkg-shlibdeps", "md5sum"] {
        let asked = cmd!(sh, "{tool} --version").quiet();
        if asked.ignore_stdout().ignore_stderr().run().is_err() {
            return Some(format!("`{tool}` is missing: apt-get install dpkg-dev"));
        }
    }
    None
}

/// The packages of the libraries that a program is linked with: `libc6 (>= 2.34)`.
pub(super) fn libraries(sh: &Shell, program: &Path) -> Result<String> {
    // It wants to stand in a source package, in which the program is installed.
    let source = sh.create_temp_dir()?;
    let source = source.path();
    sh.write_file(
        source.join("debian/control"),
        format!("Source: {NAME}\n\nPackage: {NAME}\nArchitecture: any\n"),
    )?;
    let package = source.join("debian").join(NAME);
    sh.create_dir(package.join("DEBIAN"))?;
    sh.create_dir(package.join("usr/bin"))?;
    let installed = package.join("usr/bin/rr");
    sh.copy_file(program, &installed)?;
    let _there = sh.push_dir(source);
    let answer = cmd!(sh, "dpkg-shlibdeps -O {installed}").quiet().read()?;
    let mut lines = answer.lines();
    let found = lines.find_map(|it| it.strip_prefix("shlibs:Depends="));
    let found = found.context("`dpkg-shlibdeps` names no library, not even libc6")?;
    Ok(found.to_owned())
}

/// The file by which `dpkg --verify` finds what was changed.
pub(super) fn md5sums(sh: &Shell, folder: &Path, files: &Tree) -> Result<String> {
    let _there = sh.push_dir(folder);
    let paths = files.files().map(|(path, _)| path);
    Ok(cmd!(sh, "md5sum {paths...}").quiet().read()? + "\n")
}

/// Packs what was laid out in `stage`; nothing in it is younger than the commit.
pub(super) fn pack(
    sh: &Shell,
    stage: &Path,
    file: &Path,
    commit: &Commit,
    level: u32,
) -> Result<()> {
    let level = level.to_string();
    // More threads would cut it up, and so give other bytes.
    cmd!(
        sh,
        "dpkg-deb --root-owner-group -Zxz -z{level} --threads-max=1 --build {stage} {file}"
    )
    .env(
        "SOURCE_DATE_EPOCH",
        commit.time.unix_timestamp().to_string(),
    )
    .quiet()
    .ignore_stdout()
    .run()?;
    Ok(())
}
