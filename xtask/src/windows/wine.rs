//! Wine, with a Windows of its own that is shut down at the end.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// A Windows in a folder.
pub(super) struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// Sets it up in `folder`, where it is found again the next time.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let prefix = folder.join("wine");
        fs::create_dir_all(&prefix)?;
        Ok(Self { prefix })
    }

    /// `program` with nothing but what it says itself on its streams.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("wine");
        self.set_up(&mut command);
        command.arg(program);
        command
    }

    /// Runs `program` to its end in `folder`; what it printed to stdout.
    ///
    /// # Errors
    /// When it ends with another code than `code`, with all that it printed.
    pub(super) fn run(
        &self,
        program: &Path,
        folder: &Path,
        arguments: &[&str],
        code: i32,
    ) -> Result<String> {
        let output = self
            .command(program)
            .current_dir(folder)
            .args(arguments)
            .output()
            .context("wine cannot be started")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        ensure!(
            output.status.code() == Some(code),
            "`{} {}` ended with {} and not with {code}:\n{out}{err}",
            program.display(),
            arguments.join(" "),
            output.status,
        );
        Ok(format!("{out}{err}"))
    }

    fn set_up(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // It offers to install what we do not use.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env_remove("DISPLAY");
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let mut command = Command::new("wineserver");
        self.set_up(&mut command);
        command.arg("--kill").status().ok();
    }
}
