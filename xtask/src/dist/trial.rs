//! The life of the Debian package in a container with a systemd of its own: `xtask/packaging/trial`.

use std::{fs, path::Path};

use anyhow::{Result, bail, ensure};
use xshell::cmd;

use super::{
    deb::{self, Deb},
    tree,
};
use crate::repo;

/// Builds the package once more, which gives the same bytes; then installs, starts, upgrades,
/// removes and purges it, and says how it went.
///
/// # Errors
/// When something is not as it should be, or cannot be tried here.
pub(super) fn run(deb: &Deb<'_>, archives: &Path) -> Result<()> {
    let sh = deb.sh;
    if let Some(reason) = deb::impossible(sh, deb.target) {
        bail!("there is no package to try: {reason}");
    }
    let nspawn = cmd!(sh, "systemd-nspawn --version").quiet();
    if nspawn.ignore_stdout().ignore_stderr().run().is_err() {
        bail!(
            "`systemd-nspawn` runs the container in which the package is tried\n\
             help: apt-get install systemd-container"
        );
    }
    let shipped = archives.join(deb.file_name(1));
    let folder = sh.create_temp_dir()?;
    let folder = folder.path();
    for (revision, name) in [(1, "first.deb"), (2, "second.deb")] {
        let built = deb.build(revision, folder)?;
        fs::rename(built, folder.join(name))?;
    }
    ensure!(
        tree::read(folder.join("first.deb"))? == tree::read(shipped)?,
        "the package is not the same when it is built again, as `diffoscope` would show"
    );
    let library = format!("rr-php-{}.tar.gz", repo::version());
    sh.copy_file(archives.join(library), folder.join("rr-php.tar.gz"))?;

    let container = repo::root().join("xtask/packaging/trial/container");
    let mut command = vec!["unshare", "--mount", "--propagation", "private"];
    if cmd!(sh, "id --user").quiet().read()? != "0" {
        command.insert(0, "sudo");
    }
    let (program, arguments) = (command[0], &command[1..]);
    cmd!(sh, "{program} {arguments...} {container} {folder}")
        .quiet()
        .run()?;
    Ok(())
}
