//! Where lines go.

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal as _, Write as _},
};

use super::rotate::{Rotating, Rules};

/// One place that every line is written to, whole.
#[derive(Debug)]
pub(super) enum Output {
    Stderr,
    Stdout,
    /// Opened for appending: the system keeps lines of several processes apart.
    File(File),
    /// Put aside when it is full.
    Rotating(Box<Rotating>),
}

/// A log file that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the log file `{path}`: {source}\nhelp: correct `{key}`")]
pub(super) struct OutputError {
    path: String,
    key: &'static str,
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
                    key: "logs.output",
                    source,
                }),
        }
    }

    pub(super) fn open_rotating(rules: Rules) -> Result<Self, OutputError> {
        let path = rules.path.display().to_string();
        let opened = Rotating::open(rules).map_err(|source| OutputError {
            path,
            key: "logs.file_logger_options.log_output",
            source,
        })?;
        Ok(Self::Rotating(Box::new(opened)))
    }

    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Self::Stderr => io::stderr().is_terminal(),
            Self::Stdout => io::stdout().is_terminal(),
            Self::File(_) | Self::Rotating(_) => false,
        }
    }

    /// Writes a line. A log that cannot be written is nothing to stop serving for.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stderr => io::stderr().lock().write_all(line),
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(line).and_then(|()| out.flush())
            }
            Self::File(file) => file.write_all(line),
            Self::Rotating(file) => file.write(line),
        }
    }
}
