//! What is shipped: `rr` and `rr-builder`, each in an archive, with checksums.

use std::{
    env::consts,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use crate::repo;

/// A binary: its package, its name, and the name of its archive. Tools that fetch the
/// server look for `roadrunner-<version>-<os>-<arch>`.
const SHIPPED: [(&str, &str, &str); 2] = [
    ("rr-services", "rr", "roadrunner"),
    ("rr-builder", "rr-builder", "rr-builder"),
];

/// Builds with the `dist` profile; leaves the archives in `archives/` of the target directory.
///
/// # Errors
/// When something does not build, or does not tell its version.
pub(crate) fn run() -> Result<()> {
    let sh = repo::shell()?;
    let target = repo::target_dir()?;
    let folder = target.join("archives");
    sh.remove_path(&folder)?;
    sh.create_dir(&folder)?;
    for (package, binary, name) in SHIPPED {
        cmd!(
            sh,
            "cargo build --profile dist --package {package} --bin {binary}"
        )
        .run()?;
        let binary = target.join("dist").join(binary);
        cmd!(sh, "{binary} --version").quiet().run()?;
        pack(&sh, &folder, &binary, name)?;
    }
    let _in_folder = sh.push_dir(&folder);
    let archives = sh.read_dir(".")?;
    let archives: Vec<&Path> = archives
        .iter()
        .filter_map(|it| it.file_name().map(Path::new))
        .collect();
    let sums = cmd!(sh, "sha256sum {archives...}").quiet().read()?;
    sh.write_file("SHA256SUMS", format!("{sums}\n"))?;
    println!("{sums}\n\nin {}", folder.display());
    Ok(())
}

/// An archive that holds one folder of the same name. The same content gives the same bytes.
fn pack(sh: &Shell, folder: &Path, binary: &Path, name: &str) -> Result<PathBuf> {
    let name = format!("{name}-{}-{}-{}", repo::version(), os(), arch());
    let content = folder.join(&name);
    sh.create_dir(&content)?;
    for file in [binary, Path::new("README.md"), Path::new("LICENSE")] {
        ensure!(sh.path_exists(file), "`{}` is missing", file.display());
        sh.copy_file(file, &content)?;
    }
    let archive = folder.join(format!("{name}.tar.gz"));
    let committed = cmd!(sh, "git log -1 --format=@%ct").quiet().read()?;
    cmd!(
        sh,
        "tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime={committed}
             --gzip --file={archive} --directory={folder} {name}"
    )
    .quiet()
    .run()?;
    sh.remove_path(content)?;
    Ok(archive)
}

/// As the names of releases have it.
fn os() -> &'static str {
    match consts::OS {
        "macos" => "darwin",
        os => os,
    }
}

/// As the names of releases have it.
fn arch() -> &'static str {
    match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        arch => arch,
    }
}
