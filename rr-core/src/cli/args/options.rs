//! Options that several commands take, before or after their name.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{NonEmptyStringValueParser, TypedValueParser},
};

/// Which configuration, and how talkative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(in crate::cli) struct Place {
    /// Configuration file [default: .rr.yaml]
    #[arg(short, long, value_name = "FILE", value_parser = not_empty())]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Directory to work in [default: that of the configuration file]
    #[arg(short, long, value_name = "DIR", aliases = ["WorkDir", "workDir"])]
    pub(in crate::cli) work_dir: Option<PathBuf>,
    /// File of variables; those of the environment win
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) dotenv: Option<PathBuf>,
    /// A setting that beats the file: http.pool.num_workers=4; repeatable
    #[arg(short, long = "override", value_name = "KEY=VALUE")]
    pub(in crate::cli) overrides: Vec<String>,
    /// Settings as JSON, merged over the file and -o: '{"http": {"address": ":8080"}}'
    #[arg(short, long = "json-config", value_name = "JSON", alias = "jsonConfig", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) json: Vec<String>,
    /// Print results and errors only
    #[arg(short, long)]
    pub(in crate::cli) silent: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Options of serve")]
pub(in crate::cli) struct ServeFlags {
    /// Short for -o logs.mode=development -o logs.level=debug
    #[arg(short, long)]
    pub(in crate::cli) debug: bool,
    /// Short for -o logs.level=debug
    #[arg(short, long)]
    pub(in crate::cli) verbose: bool,
    /// Short for -o logs.encoding=json or console
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        alias = "logFormat",
        hide_possible_values = true
    )]
    pub(in crate::cli) log_format: Option<LogFormat>,
    /// Refuse settings that have no effect, instead of warning
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Write the process id to .pid, for `stop`
    #[arg(short, long)]
    pub(in crate::cli) pid: bool,
    /// For command lines of RoadRunner; nothing here is experimental
    #[arg(short, long, hide = true)]
    pub(in crate::cli) enable_experimental: bool,
}

/// The words of RoadRunner 1, and those of `logs.encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    /// Readable lines
    #[value(aliases = ["color", "default", "plain"])]
    Console,
    /// One object a line
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Options of stop")]
pub(in crate::cli) struct StopFlags {
    /// Cut off what is still running after a second
    #[arg(short, long)]
    pub(in crate::cli) force: bool,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How a configuration is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ConfigFormat {
    /// As a file, with a comment that says where each value comes from
    #[default]
    Yaml,
    /// A list of settings, for programs
    Json,
}

/// `-c ''` is a variable that a script forgot to set.
fn not_empty() -> impl TypedValueParser<Value = PathBuf> {
    NonEmptyStringValueParser::new().map(PathBuf::from)
}

impl Place {
    /// What stands before the command, then what stands after it: the later word counts,
    /// settings add up.
    pub(in crate::cli) fn then(self, after: Self) -> Self {
        Self {
            config: after.config.or(self.config),
            work_dir: after.work_dir.or(self.work_dir),
            dotenv: after.dotenv.or(self.dotenv),
            overrides: [self.overrides, after.overrides].concat(),
            json: [self.json, after.json].concat(),
            silent: self.silent | after.silent,
        }
    }
}

impl ServeFlags {
    pub(in crate::cli) fn then(self, after: Self) -> Self {
        Self {
            debug: self.debug | after.debug,
            verbose: self.verbose | after.verbose,
            log_format: after.log_format.or(self.log_format),
            strict: self.strict | after.strict,
            pid: self.pid | after.pid,
            enable_experimental: self.enable_experimental | after.enable_experimental,
        }
    }

    /// The settings that the flags are short for.
    pub(in crate::cli) fn overrides(self) -> impl Iterator<Item = String> {
        let mode = self.debug.then_some("logs.mode=development");
        let level = (self.debug | self.verbose).then_some("logs.level=debug");
        let encoding = self.log_format.map(|it| match it {
            LogFormat::Console => "logs.encoding=console",
            LogFormat::Json => "logs.encoding=json",
        });
        let all = [mode, level, encoding];
        all.into_iter().flatten().map(str::to_owned)
    }
}
