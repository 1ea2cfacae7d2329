//! Cargo with the compiler of the system, for Windows, in a target directory of its own.

use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use crate::repo;

/// rustup has no std for other systems where it is not let to fetch one.
const CARGO: &str = "/usr/bin/cargo";
const RUSTC: &str = "/usr/bin/rustc";
const RUSTDOC: &str = "/usr/bin/rustdoc";

const TARGET: &str = "x86_64-pc-windows-gnu";

/// What is to run on Windows.
const PACKAGES: [&str; 4] = ["rr-core", "rr-services", "rr-builder", "echo-worker"];

/// Builds for Windows.
pub(super) struct Cross<'a> {
    sh: &'a Shell,
    folder: PathBuf,
}

/// What was built. The worker lies beside them, where Windows finds it.
pub(super) struct Programs {
    pub(super) rr: PathBuf,
    pub(super) builder: PathBuf,
}

impl<'a> Cross<'a> {
    pub(super) fn new(sh: &'a Shell) -> Result<Self> {
        let folder = repo::target_dir()?.join("windows");
        Ok(Self { sh, folder })
    }

    /// Where everything goes.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    /// Compiles code and tests as far as errors go.
    pub(super) fn check_tests(&self) -> Result<()> {
        self.cargo("check").arg("--tests").run()?;
        Ok(())
    }

    /// Builds the programs.
    pub(super) fn build(&self) -> Result<Programs> {
        self.cargo("build").arg("--bins").run()?;
        let folder = self.folder.join(TARGET).join("debug");
        self.mend_wine(&folder)?;
        let program = |name: &str| folder.join(name).with_extension("exe");
        Ok(Programs {
            rr: program("rr"),
            builder: program("rr-builder"),
        })
    }

    /// Puts a library beside the programs that Debian's wine lacks.
    fn mend_wine(&self, folder: &Path) -> Result<()> {
        let source = "xtask/src/windows/bcryptprimitives.c";
        let library = folder.join("bcryptprimitives.dll");
        let options = ["-Wall", "-Werror", "-O2", "-shared"];
        cmd!(
            self.sh,
            "x86_64-w64-mingw32-gcc {options...} -o {library} {source} -ladvapi32"
        )
        .quiet()
        .run()?;
        Ok(())
    }

    fn cargo(&self, command: &str) -> Cmd<'a> {
        let packages = PACKAGES.iter().flat_map(|it| ["--package", it]);
        cmd!(self.sh, "{CARGO} {command} --locked --target {TARGET}")
            .args(packages)
            // There is no std but the one that is built here; the flag is for nightly compilers, as is that
            // which makes warnings of ours errors without compiling everybody else's code anew.
            .args(["-Zbuild-std=std,panic_unwind", "-Zwarnings"])
            .args(["--config", "build.warnings='deny'"])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", RUSTC)
            .env("RUSTDOC", RUSTDOC)
            .env("CARGO_TARGET_DIR", &self.folder)
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("RUSTC_WRAPPER")
            .env_remove("CARGO")
    }
}
