//! Who is measured.

use clap::ValueEnum;

/// A line of each row.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(super) enum Contestant {
    /// The stock server
    Rr,
    /// nginx and php-fpm
    Peer,
    /// A loop on one core that feeds one worker without HTTP
    Ceiling,
}

impl Contestant {
    /// As the command line names it.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value().expect("none is hidden");
        value.get_name().to_owned()
    }

    /// As the table names it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Peer => "nginx + php-fpm",
            Self::Ceiling => "bare loop, one core",
        }
    }
}
