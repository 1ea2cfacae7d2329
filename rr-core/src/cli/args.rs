//! What can be typed. Every option stands before or after the command, as Laravel Octane needs it.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, builder::StyledStr,
};

/// The command line as typed.
#[derive(Debug, Parser)]
#[command(
    about = "An application server for PHP",
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_value_name = "COMMAND"
)]
pub(super) struct Line {
    /// Print the version
    #[arg(short = 'V', long)]
    pub(super) version: bool,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) serve: ServeFlags,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start the server
    Serve {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        flags: ServeFlags,
    },
    /// Show the workers of a running server
    Workers {
        /// Redraw each second, until q
        #[arg(short, long)]
        interactive: bool,
        /// Services to show; all by default
        services: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Replace the workers of a running server, after the code has changed
    Reset {
        /// Services to reset; all by default
        services: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Print the JSON Schema of .rr.yaml, as this server reads it
    Schema,
    /// Print the version
    Version,
}

/// Which configuration, and how talkative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct Place {
    /// Configuration file [default: .rr.yaml]
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Directory to work in [default: that of the configuration file]
    #[arg(short, long, value_name = "DIR", aliases = ["WorkDir", "workDir"])]
    pub(super) work_dir: Option<PathBuf>,
    /// A setting that beats the file: http.pool.num_workers=4; repeatable
    #[arg(short, long = "override", value_name = "KEY=VALUE")]
    pub(super) overrides: Vec<String>,
    /// Print results and errors only
    #[arg(short, long)]
    pub(super) silent: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Options of serve")]
pub(super) struct ServeFlags {
    /// Short for -o logs.mode=development -o logs.level=debug
    #[arg(short, long)]
    pub(super) debug: bool,
    /// Short for -o logs.level=debug
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Refuse settings that no service knows, instead of warning
    #[arg(long)]
    pub(super) strict: bool,
}

/// Help is not set wider than this.
const WIDEST: u16 = 100;

impl Line {
    /// Reads what was typed to `program`; `width` is that of the terminal, for the help.
    pub(super) fn read(
        arguments: impl IntoIterator<Item = OsString>,
        program: &'static str,
        width: Option<u16>,
    ) -> Result<Self, clap::Error> {
        let matches = Self::sized(program, width).try_get_matches_from(arguments)?;
        Self::from_arg_matches(&matches)
    }

    pub(super) fn help(program: &'static str, width: Option<u16>) -> StyledStr {
        Self::sized(program, width).render_help()
    }

    fn sized(program: &'static str, width: Option<u16>) -> clap::Command {
        let width = width.unwrap_or(WIDEST).min(WIDEST);
        let command = Self::command().name(program).bin_name(program);
        command.term_width(usize::from(width))
    }
}

impl Place {
    /// What stands before the command, then what stands after it: the later word counts,
    /// settings add up.
    pub(super) fn then(self, after: Self) -> Self {
        Self {
            config: after.config.or(self.config),
            work_dir: after.work_dir.or(self.work_dir),
            overrides: [self.overrides, after.overrides].concat(),
            silent: self.silent | after.silent,
        }
    }
}

impl ServeFlags {
    pub(super) const fn then(self, after: Self) -> Self {
        Self {
            debug: self.debug | after.debug,
            verbose: self.verbose | after.verbose,
            strict: self.strict | after.strict,
        }
    }

    /// The settings that the flags are short for.
    pub(super) fn overrides(self) -> impl Iterator<Item = String> {
        let mode = self.debug.then_some("logs.mode=development");
        let level = (self.debug | self.verbose).then_some("logs.level=debug");
        mode.into_iter().chain(level).map(str::to_owned)
    }
}
