//! The packages of Debian 12 that it takes.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

/// A second Rust with the sources of std, for which there is nothing prebuilt; a linker; wine.
const PACKAGES: [&str; 7] = [
    "binutils-mingw-w64-x86-64",
    "cargo-web",
    "gcc-mingw-w64-x86-64-win32",
    "rust-web-src",
    "rustc-web",
    "wine",
    "wine64",
];

/// Sees to it that all of them are there.
///
/// # Errors
/// When some are missing and `install` is not asked for, or apt-get fails.
pub(super) fn ensure(sh: &Shell, install: bool) -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .into_iter()
        .filter(|it| !is_installed(sh, it))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !install {
        bail!(
            "missing: {0}\nhelp: apt-get install --no-install-recommends {0}\n\
             help: or let `cargo xtask windows --install` do that; rustup's Rust must stay first in PATH",
            missing.join(" ")
        );
    }
    cmd!(
        sh,
        "apt-get install --yes --no-install-recommends {missing...}"
    )
    .env("DEBIAN_FRONTEND", "noninteractive")
    .run()?;
    Ok(())
}

fn is_installed(sh: &Shell, package: &str) -> bool {
    let format = "--showformat=${db:Status-Abbrev}";
    let status = cmd!(sh, "dpkg-query --show {format} {package}");
    let status = status.quiet().ignore_stderr().read();
    status.is_ok_and(|it| it.starts_with("ii"))
}
