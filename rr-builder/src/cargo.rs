//! The cargo that compiles a server: found, asked what it is, and run in a folder.

pub(crate) mod heard;

use std::{
    env,
    ffi::OsString,
    io,
    path::Path,
    process::{Command, Stdio},
};

use semver::Version;

use crate::{advice::with_advice, versions::Clash};

/// An installed cargo.
#[derive(Debug)]
pub struct Cargo {
    program: OsString,
    /// Settings besides those it finds itself, as `--config` takes them.
    pub(crate) settings: Vec<String>,
    /// Its version, which is that of the compiler it comes with.
    pub version: Version,
    /// The platform it compiles for, if not told otherwise.
    pub host: String,
}

/// Why no server can be compiled here.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// There is none.
    #[error(
        "there is no cargo to compile a server with: `{program}` was not found\n\
         help: install Rust from https://rustup.rs, or name a cargo in `CARGO`"
    )]
    Missing {
        /// What was looked for.
        program: String,
    },
    /// It cannot be run.
    #[error("cannot run `{program}`: {source}")]
    Run {
        /// What was run.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// It does not say what it is.
    #[error("`{program} --version --verbose` does not answer like a cargo: {answer}")]
    Strange {
        /// What was run.
        program: String,
        /// What it printed.
        answer: String,
    },
    /// It cannot compile the stock crates.
    #[error(
        "cargo {found} is too old: this server needs Rust {needed} or newer\n\
         help: update it with `rustup update stable`"
    )]
    TooOld {
        /// Its version.
        found: Version,
        /// The oldest that would do.
        needed: Version,
    },
    /// Crates of the server ask for different versions of rr.
    #[error("{0}")]
    Versions(Clash),
    /// It failed before it compiled anything.
    #[error("cargo failed: {}", with_advice(.0))]
    Failed(String),
}

impl Cargo {
    /// The cargo named in `CARGO`, else the one on the path, if it is at least as new as `needed`.
    pub fn find(needed: Option<&Version>) -> Result<Self, CargoError> {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let shown = program.to_string_lossy().into_owned();
        let answer = Command::new(&program)
            .args(["--version", "--verbose"])
            .output();
        let answer = answer.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => CargoError::Missing {
                program: shown.clone(),
            },
            _ => CargoError::Run {
                program: shown.clone(),
                source,
            },
        })?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let version = field("release: ").and_then(|it| Version::parse(it.trim()).ok());
        let (Some(version), Some(host)) = (version, field("host: ")) else {
            let all = [answer.stdout.as_slice(), &answer.stderr].concat();
            let answer = String::from_utf8_lossy(&all).trim().to_owned();
            return Err(CargoError::Strange {
                program: shown,
                answer,
            });
        };
        if let Some(needed) = needed.filter(|needed| version < **needed) {
            let needed = needed.clone();
            return Err(CargoError::TooOld {
                found: version,
                needed,
            });
        }
        let host = host.trim().to_owned();
        Ok(Self {
            program,
            settings: Vec::new(),
            version,
            host,
        })
    }

    /// A command in `folder`, where cargo finds the settings of the project; nothing to read, both
    /// outputs piped.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(folder)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for setting in &self.settings {
            command.args(["--config", setting]);
        }
        command
    }

    /// What `cargo metadata` says of the crate in `folder`, for the platform `target`; fetches what
    /// is missing, and fails if the lock file would change although it is `locked`.
    pub(crate) fn metadata(
        &self,
        folder: &Path,
        target: Option<&str>,
        locked: bool,
    ) -> Result<cargo_metadata::Metadata, CargoError> {
        let mut command = self.command(folder);
        command.args(["metadata", "--format-version", "1"]);
        command.args(["--filter-platform", target.unwrap_or(&self.host)]);
        if locked {
            command.arg("--locked");
        }
        let output = command.output().map_err(|source| CargoError::Run {
            program: self.program.to_string_lossy().into_owned(),
            source,
        })?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(refusal(&text));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        cargo_metadata::MetadataCommand::parse(text)
            .map_err(|error| CargoError::Failed(format!("its metadata cannot be read: {error}")))
    }
}

/// Why it failed, in words about rr where that is what it is about.
pub(crate) fn refusal(stderr: &str) -> CargoError {
    let complaint = complaint(stderr);
    match Clash::find(&complaint) {
        Some(clash) => CargoError::Versions(clash),
        None => CargoError::Failed(complaint),
    }
}

/// The innermost reason of a `complaint`, which is a chain of them.
pub(crate) fn root_cause(complaint: &str) -> &str {
    let (_, last) = complaint
        .rsplit_once("Caused by:")
        .unwrap_or(("", complaint));
    last.trim()
}

/// What cargo has to complain about, without the lines on its progress; empty if it says nothing
/// else, as when it was killed.
pub(crate) fn complaint(stderr: &str) -> String {
    let start = stderr.find("error:").unwrap_or(0);
    let lines = stderr[start..].lines().filter(|it| !is_progress(it));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim_start_matches("error:").trim().to_owned()
}

/// `   Compiling hyper v1.8.1`: a word that is aligned to the right.
fn is_progress(line: &str) -> bool {
    const WORDS: [&str; 9] = [
        "Adding",
        "Blocking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fresh",
        "Locking",
        "Updating",
    ];
    let word = line.trim_start().split(' ').next();
    line.starts_with(' ') && word.is_some_and(|it| WORDS.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn progress_is_no_complaint() {
        let killed = "   Compiling tower v0.5.3\n    Blocking waiting for file lock\n";
        assert_eq!(complaint(killed), "");
        let failed =
            "   Compiling a v0.1.0\nerror: no space\n   Compiling b v0.1.0\n\nCaused by:\n  this\n";
        assert_eq!(complaint(failed), "no space\n\nCaused by:\n  this");
    }
}
