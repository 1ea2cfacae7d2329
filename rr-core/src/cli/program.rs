//! What the command line needs of a server, and the builder that gives it.

use std::process::ExitCode;

use super::{Exit, Failure};
use crate::{
    RunError, ServerBuilder, StopSignals, WireError,
    config::{Config, Diagnostics, schema::Section},
    lifecycle::Stop,
    reconfigure::Readings,
    succession::Succession,
};

/// A server that can be run from the command line.
pub trait Program {
    /// The name and the version of the product.
    fn product(&self) -> (&'static str, &'static str);

    /// The sections of its configuration.
    fn sections(&self) -> Vec<Section>;

    /// Looks for mistakes in a configuration; starts and opens nothing.
    ///
    /// # Errors
    /// Where the server cannot be put together, whatever the configuration says.
    fn check(self, config: &Config, found: &mut Diagnostics) -> Result<(), Failure>;

    /// Serves until it is told to stop.
    fn serve(self, options: ServeOptions) -> impl Future<Output = Result<(), Failure>>;
}

/// What `rr serve` hands to a [`Program`].
pub struct ServeOptions {
    /// All files and settings in one.
    pub config: Config,
    /// What was wrong or odd with them so far: with an error among it nothing may be served.
    pub found: Diagnostics,
    /// Whether oddities are errors.
    pub strict: bool,
    /// Resolves when the server is to stop in good order.
    pub stop: Stop,
    /// Resolves when it is to stop at once.
    pub cut: Stop,
    /// The processes before and after this one.
    pub succession: Succession,
    /// How the configuration is read again, for reloads.
    pub readings: Readings,
    /// To be called once, when all services are ready.
    pub started: Box<dyn FnOnce() + Send>,
}

impl ServerBuilder {
    /// Does what the arguments of the process say; the whole of a program's `main`.
    #[must_use]
    pub fn main(self) -> ExitCode {
        super::main(self)
    }
}

impl Program for ServerBuilder {
    fn product(&self) -> (&'static str, &'static str) {
        self.name.unwrap_or(("rr", env!("CARGO_PKG_VERSION")))
    }

    fn sections(&self) -> Vec<Section> {
        Self::sections(self).collect()
    }

    fn check(self, config: &Config, found: &mut Diagnostics) -> Result<(), Failure> {
        Ok(Self::check(self, config, found)?)
    }

    async fn serve(self, options: ServeOptions) -> Result<(), Failure> {
        let ServeOptions {
            config,
            found,
            strict,
            stop,
            cut,
            succession,
            readings,
            started,
        } = options;
        let server = self.build(&config, found, strict)?.rereading(readings);
        let signals = StopSignals {
            stop,
            cut,
            succession,
        };
        Ok(server.run(signals, started).await?)
    }
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Config(found) => Self::config(found),
            // The remedy is a section of the file.
            WireError::Disabled { .. } => Self::new(Exit::Config, error),
            _ => Self::new(Exit::Start, error),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let exit = match &error {
            RunError::Start { .. } => Exit::Start,
            RunError::Failed { .. } | RunError::Ended(_) => Exit::Failed,
            RunError::CutOff { .. } | RunError::Forced(_) => Exit::CutOff,
        };
        Self::new(exit, error)
    }
}
