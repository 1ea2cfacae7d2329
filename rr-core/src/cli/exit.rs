//! How a command ends: its exit code and, where it failed, the text for stderr.

use std::{
    fmt::{self, Display},
    process::ExitCode,
};

use crate::config::Diagnostics;

/// The exit codes of the program; `docs/cli.md` explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// The command could not do its work: no server answers, a reset failed.
    Command = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// The configuration cannot be served.
    Config = 3,
    /// A service could not start.
    Start = 4,
    /// A service failed, or ended by itself, while the server ran.
    Failed = 5,
    /// What was running was cut off: at the end of the grace period, or by a second signal.
    CutOff = 6,
}

impl Exit {
    /// The exit that a process of this program ended with; `None` where no command ends so.
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Self> {
        Some(match code {
            0 => Self::Ok,
            1 => Self::Command,
            2 => Self::Usage,
            3 => Self::Config,
            4 => Self::Start,
            5 => Self::Failed,
            6 => Self::CutOff,
            _ => return None,
        })
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What to print.
    pub text: Text,
}

/// What is printed about a failure.
#[derive(Debug)]
pub enum Text {
    /// `error: ` is put before it.
    Plain(String),
    /// Findings in the configuration, which say themselves what they are.
    Findings(Diagnostics),
    /// All has been said.
    Said,
}

impl Failure {
    /// A failure with a text.
    pub fn new(exit: Exit, text: impl Display) -> Self {
        Self {
            exit,
            text: Text::Plain(text.to_string()),
        }
    }

    /// A configuration that cannot be served.
    #[must_use]
    pub const fn config(found: Diagnostics) -> Self {
        Self {
            exit: Exit::Config,
            text: Text::Findings(found),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Text::Plain(text) => f.write_str(text),
            Text::Findings(found) => found.fmt(f),
            Text::Said => Ok(()),
        }
    }
}
