//! What can be typed. Every option stands before or after the command, as Laravel Octane needs it.

mod options;

use std::{ffi::OsString, path::PathBuf};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, builder::StyledStr};
use clap_complete::Shell;

use crate::rpc::COMPATIBLE_WITH;

pub(super) use options::{ConfigFormat, Format, Place, ServeFlags, StopFlags};

/// The command line as typed.
#[derive(Debug, Parser)]
#[command(
    about = "An application server for PHP",
    disable_version_flag = true,
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
    #[command(flatten)]
    pub(super) stop: StopFlags,
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
        /// Write the process id to this file
        #[arg(long, value_name = "FILE", help_heading = "Options of serve")]
        pid_file: Option<PathBuf>,
    },
    /// Stop a running server, and wait for its end
    Stop {
        #[command(flatten)]
        flags: StopFlags,
        /// The file that --pid-file of serve named [default: .pid]
        #[arg(long, value_name = "FILE", help_heading = "Options of stop")]
        pid_file: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// Show the workers of a running server
    Workers(WorkersArgs),
    /// Replace the workers of a running server, after the code has changed
    Reset {
        /// Services to reset; all by default
        services: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Apply what has changed in the configuration to a running server
    Reload(ReloadArgs),
    /// Check, show, explain, migrate or reload the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Write a .rr.yaml to start from
    Init {
        /// The file to write [default: .rr.yaml]
        #[arg(short, long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// The folder for it
        #[arg(short, long, value_name = "DIR", aliases = ["WorkDir", "workDir"])]
        work_dir: Option<PathBuf>,
        /// Print results and errors only
        #[arg(short, long)]
        silent: bool,
    },
    /// Print the JSON Schema of .rr.yaml, as this server reads it
    Schema,
    /// Print what a shell needs to complete these commands
    Completion {
        /// Which shell
        shell: Shell,
    },
    /// Print the version
    Version,
    /// Write manual pages, for packages
    #[command(hide = true)]
    Man {
        /// The folder to write them to
        folder: PathBuf,
    },
    /// `workers http`, as RoadRunner 1 had it
    #[command(name = "http:workers", hide = true)]
    HttpWorkers {
        #[arg(short, long)]
        interactive: bool,
        #[command(flatten)]
        place: Place,
    },
    /// `reset http`, as RoadRunner 1 had it
    #[command(name = "http:reset", hide = true)]
    HttpReset {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Default, clap::Args)]
pub(super) struct WorkersArgs {
    /// Stay on the screen; keys reset, add and remove workers
    #[arg(short, long)]
    pub(super) interactive: bool,
    /// How to print them
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|json",
        conflicts_with = "interactive"
    )]
    pub(super) format: Format,
    /// Services to show; all by default
    pub(super) services: Vec<String>,
    #[command(flatten)]
    pub(super) place: Place,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReloadArgs {
    /// Only tell what has changed, and what of it would be applied
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How to print it
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|json"
    )]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) place: Place,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true, subcommand_value_name = "COMMAND")]
pub(super) enum ConfigCommand {
    /// Look for mistakes, without starting anything
    Check {
        /// Refuse whatever is odd, not only what has no effect
        #[arg(long)]
        strict: bool,
        /// How to print what is found
        #[arg(
            long,
            value_enum,
            default_value_t,
            hide_possible_values = true,
            value_name = "text|json"
        )]
        format: Format,
        #[command(flatten)]
        place: Place,
    },
    /// Print what holds in the end, and where each value comes from
    Show {
        /// A section or a setting; all by default
        path: Option<String>,
        /// How to print it
        #[arg(
            long,
            value_enum,
            default_value_t,
            hide_possible_values = true,
            value_name = "yaml|json"
        )]
        format: ConfigFormat,
        /// Print secrets as well
        #[arg(long)]
        secrets: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Tell what can be set, and what it means
    Explain {
        /// A section or a setting, as http.pool.num_workers; all sections by default
        path: Option<String>,
        /// How to print it
        #[arg(
            long,
            value_enum,
            default_value_t,
            hide_possible_values = true,
            value_name = "text|json"
        )]
        format: Format,
    },
    /// Apply what has changed to a running server
    Reload(ReloadArgs),
    /// Write a file of RoadRunner 1 or 2 as one of version 3
    Migrate {
        /// The old file
        old: PathBuf,
        /// Put the new one in its place; the old one becomes OLD.bak
        #[arg(long)]
        write: bool,
    },
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

    /// What a command line without a command is answered. Old PHP packages look for `Version:` and
    /// three numbers in it.
    pub(super) fn help((program, version): (&'static str, &str), width: Option<u16>) -> StyledStr {
        let told = format!("Version: {program} {version}, as RoadRunner {COMPATIBLE_WITH}");
        Self::sized(program, width).after_help(told).render_help()
    }

    /// All commands, for what is generated of them.
    pub(super) fn commands(program: &'static str) -> clap::Command {
        Self::command().name(program).bin_name(program)
    }

    fn sized(program: &'static str, width: Option<u16>) -> clap::Command {
        let width = width.unwrap_or(WIDEST).min(WIDEST);
        Self::commands(program).term_width(usize::from(width))
    }
}
