//! Where a command prints: the standard streams, or a test.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write},
};

use clap::builder::StyledStr;
use crossterm::style::Stylize as _;

use crate::config::{Diagnostics, Severity};

/// The two streams and what they can show. A stream that is closed is no reason to fail.
pub(super) struct Voice<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) err: &'a mut dyn Write,
    /// Whether colours are shown on each.
    pub(super) colours: Colours,
    /// Columns of the terminal.
    pub(super) width: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Colours {
    pub(super) out: bool,
    pub(super) err: bool,
}

impl Colours {
    /// On terminals, unless `NO_COLOR` is set.
    pub(super) fn of_terminal() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
        Self {
            out: wanted && io::stdout().is_terminal(),
            err: wanted && io::stderr().is_terminal(),
        }
    }
}

impl Voice<'_> {
    /// A line on stdout.
    pub(super) fn say(&mut self, line: impl Display) {
        writeln!(self.out, "{line}").ok();
        self.out.flush().ok();
    }

    /// A line on stderr.
    pub(super) fn note(&mut self, line: impl Display) {
        writeln!(self.err, "{line}").ok();
    }

    /// An error on stderr.
    pub(super) fn error(&mut self, text: &str) {
        match self.colours.err {
            true => self.note(format_args!("{} {text}", "error:".red().bold())),
            false => self.note(format_args!("error: {text}")),
        }
    }

    /// What is wrong or odd with a configuration, on stderr.
    pub(super) fn findings(&mut self, found: &Diagnostics) {
        for (at, it) in found.iter().enumerate() {
            if at > 0 {
                self.note("");
            }
            let text = it.unlabelled().to_string();
            self.finding(it.severity, text.trim_end());
        }
    }

    /// One finding, which is `text`.
    pub(super) fn finding(&mut self, severity: Severity, text: &str) {
        let label = format!("{severity}:");
        match (self.colours.err, severity) {
            (false, _) => self.note(format_args!("{label} {text}")),
            (true, Severity::Error) => self.note(format_args!("{} {text}", label.red().bold())),
            (true, Severity::Warning) => {
                self.note(format_args!("{} {text}", label.yellow().bold()));
            }
        }
    }

    /// What clap has to say: help on stdout, mistakes on stderr.
    pub(super) fn usage(&mut self, text: &StyledStr, is_error: bool) {
        let colours = match is_error {
            true => self.colours.err,
            false => self.colours.out,
        };
        let text = match colours {
            true => text.ansi().to_string(),
            false => text.to_string(),
        };
        match is_error {
            true => self.note(text.trim_end()),
            false => self.say(text.trim_end()),
        }
    }
}
