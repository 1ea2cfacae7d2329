//! Commands of a program besides those that every server has.

use std::{ffi::OsString, fmt, iter};

use clap::{Arg, ArgAction};

use super::{Failure, args::Place, process::Process, settings};
use crate::config::Config;

/// A command of a program of its own, as `shop stocktake`.
///
/// ```
/// use rr_core::cli::{Call, Command, Failure};
///
/// /// Says how many arguments there are.
/// struct Count;
///
/// impl Command for Count {
///     const NAME: &'static str = "count";
///     const ABOUT: &'static str = "Count the arguments";
///
///     fn run(self, call: &Call<'_>) -> Result<(), Failure> {
///         println!("{}", call.arguments.len());
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "`.command(..)` takes a value whose type implements `rr_core::cli::Command`"
)]
pub trait Command: Send + 'static {
    /// What is typed.
    const NAME: &'static str;

    /// What `--help` says of it.
    const ABOUT: &'static str;

    /// Does it.
    ///
    /// # Errors
    /// What is printed, with the code that the program ends with.
    fn run(self, call: &Call<'_>) -> Result<(), Failure>;
}

/// How a command was called.
pub struct Call<'a> {
    /// What was typed behind its name.
    pub arguments: Vec<OsString>,
    pub(super) place: &'a Place,
    pub(super) program: &'static str,
    pub(super) process: &'a Process<'a>,
}

impl Call<'_> {
    /// The configuration that `-c`, `-w`, `-o` and `--dotenv` before the command name, or the usual
    /// one.
    ///
    /// # Errors
    /// With all that is wrong with it.
    pub fn config(&self) -> Result<Config, Failure> {
        let read = settings::read(self.place, iter::empty(), false, self.program, self.process);
        match read.config {
            Some(config) if !read.found.has_errors() => Ok(config),
            _ => Err(Failure::config(read.found)),
        }
    }
}

type Run = dyn FnOnce(&Call<'_>) -> Result<(), Failure> + Send;

/// A [`Command`] of any type.
pub struct Extra {
    pub(super) name: &'static str,
    about: &'static str,
    run: Box<Run>,
}

impl Extra {
    pub(crate) fn new<C: Command>(command: C) -> Self {
        Self {
            name: C::NAME,
            about: C::ABOUT,
            run: Box::new(|call| command.run(call)),
        }
    }

    pub(super) fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        (self.run)(call)
    }

    /// As the command line has it: what follows its name is its own affair.
    pub(super) fn clap(&self) -> clap::Command {
        let arguments = Arg::new("arguments")
            .action(ArgAction::Append)
            .num_args(0..)
            .trailing_var_arg(true)
            .allow_hyphen_values(true)
            .value_parser(clap::value_parser!(OsString));
        clap::Command::new(self.name)
            .about(self.about)
            .disable_help_flag(true)
            .arg(arguments)
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Extra").field(&self.name).finish()
    }
}
