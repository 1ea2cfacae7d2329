//! Where lines go.

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal as _, Write as _},
};

/// One place that every line is written to, whole.
#[derive(Debug)]
pub(super) enum Output {
    Stderr,
    Stdout,
    /// Opened for appending: the system keeps lines of several processes apart.
    File(File),
}

/// A log file that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the log file `{path}`: {source}\nhelp: correct `logs.output`")]
pub(super) struct OutputError {
    path: String,
    source: io::Error,
}

impl Output {
    pub(super) fn open(name: &str) -> Result<Self, OutputError> {
        match name {
            "stderr" => Ok(Self::Stderr),
            "stdout" => Ok(Self::Stdout),
            path => OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map(Self::File)
                .map_err(|source| OutputError {
                    path: path.to_owned(),
                    source,
                }),
        }
    }

    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Self::Stderr => io::stderr().is_terminal(),
            Self::Stdout => io::stdout().is_terminal(),
            Self::File(_) => false,
        }
    }

    /// A log that cannot be written is nothing to stop serving for, and there is nowhere to say so.
    pub(super) fn write(&self, line: &[u8]) {
        match self {
            Self::Stderr => io::stderr().lock().write_all(line),
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(line).and_then(|()| out.flush())
            }
            Self::File(file) => (&mut &*file).write_all(line),
        }
        .ok();
    }
}
