//! Measures rr beside nginx + php-fpm and a bare loop, on this machine, in alternating runs.

mod builder;
mod case;
mod ceiling;
mod client;
mod connections;
mod contestant;
mod exec;
mod h2load;
mod handshakes;
mod http;
mod machine;
mod oha;
mod perf;
mod placement;
mod report;
mod rpc;
mod sample;
mod site;
mod table;
mod track;
mod uploads;
mod worker;
mod wrk;
mod zygote;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use xshell::{Shell, cmd};

use self::{
    case::Case,
    contestant::Contestant,
    machine::Machine,
    perf::Perf,
    report::{Report, Series},
    track::Track,
};
use crate::{
    certificate::Certificate,
    dist::{self, Named},
    interrupt::Interrupt,
    repo,
};

pub(crate) use self::worker::run as worker;

/// What to measure, and how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The cases; all of them where none is named
    cases: Vec<Case>,
    /// Length of one run under load
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Runs of each contestant, in turn; the table shows medians
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// Connections that `wrk` keeps busy
    #[arg(long, value_name = "N", default_value_t = 64)]
    connections: u32,
    /// Loads pages of HTTP/1 at N % of what the server can do, by `oha`, whether or not it keeps up
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    open: Option<u64>,
    #[command(flatten)]
    look: perf::Look,
    /// PHP processes of each server
    #[arg(long, value_name = "N", default_value_t = 4)]
    workers: usize,
    /// Measures these contestants alone
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<Contestant>,
    /// Measures this `rr` instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Prints every run as JSON instead of tables
    #[arg(long)]
    json: bool,
}

/// How `wrk` is run.
#[derive(Clone, Copy)]
struct Load {
    connections: u32,
    time: Duration,
}

/// Prints the tables on stdout, progress on stderr.
///
/// # Errors
/// When a tool is missing, a server fails or a request is answered badly. Nothing is left running.
pub(crate) fn run(args: &Args) -> Result<()> {
    let interrupt = Interrupt::catch()?;
    let sh = repo::shell()?;
    let mut report = Report {
        builds: wanted(args, Case::Builder, || builder::run(&sh, &interrupt))?,
        forks: wanted(args, Case::Zygote, || {
            zygote::run(&args.rr(&sh)?, &interrupt)
        })?,
        placements: wanted(args, Case::Placement, || {
            placement::run(&args.rr(&sh)?, &args.load(), args.runs, &interrupt)
        })?,
        ways: wanted(args, Case::Pool, || exec::run(&sh))?,
        series: Vec::new(),
        machine: Machine::look(args.binary.as_deref())?,
    };
    let cases = or_all(&args.cases).iter().copied();
    let beside: Vec<Case> = cases.filter(|it| !it.is_inside()).collect();
    if !beside.is_empty() {
        report.series = measure_all(args, &sh, &beside, interrupt)?;
    }
    match args.json {
        true => println!("{:#}", report.json(&args.command_line())),
        false => println!("{}", report.markdown(&args.command_line(), args.runs)),
    }
    Ok(())
}

/// What `measure` gives, if `case` is to be measured.
fn wanted<T>(args: &Args, case: Case, measure: impl FnOnce() -> Result<Vec<T>>) -> Result<Vec<T>> {
    let all = args.cases.is_empty() && !case.is_long();
    match all || args.cases.contains(&case) {
        true => measure(),
        false => Ok(Vec::new()),
    }
}

fn measure_all(
    args: &Args,
    sh: &Shell,
    cases: &[Case],
    interrupt: Interrupt,
) -> Result<Vec<Series>> {
    let contestants = or_all(&args.only);
    ensure_tools(sh, cases)?;
    if args.open.is_some() {
        oha::ensure(sh, cases)?;
    }
    let rr = contestants.contains(&Contestant::Rr).then(|| args.rr(sh));
    let rr = rr.transpose()?;
    let encrypted = cases.iter().any(|it| it.is_encrypted());
    let track = Track {
        perf: Perf::start(&args.look, sh, rr.as_deref())?,
        rr,
        certificate: encrypted.then(Certificate::make).transpose()?,
        workers: args.workers,
        open: args.open,
        load: args.load(),
        interrupt,
    };
    let mut series = Vec::new();
    for case in cases {
        series.extend(measure(&track, *case, contestants, args.runs)?);
    }
    Ok(series)
}

/// Sets up every contestant of `case`, then lets them run in turn.
fn measure(track: &Track, case: Case, who: &[Contestant], runs: u64) -> Result<Vec<Series>> {
    let failed = |who: Contestant| format!("`{}` of {}", case.name(), who.title());
    let mut prepared = Vec::new();
    for who in who {
        if let Some(run) = track.prepare(*who, case).with_context(|| failed(*who))? {
            let series = Series {
                case,
                who: *who,
                runs: Vec::new(),
            };
            prepared.push((series, run));
        }
    }
    for number in 1..=runs {
        for (series, run) in &mut prepared {
            eprintln!("{}, {}, run {number}", case.title(), series.who.title());
            series.runs.push(run().with_context(|| failed(series.who))?);
            track.interrupt.check()?;
        }
    }
    Ok(prepared.into_iter().map(|(series, _)| series).collect())
}

fn ensure_tools(sh: &Shell, cases: &[Case]) -> Result<()> {
    let fpm = site::php_fpm()?;
    let mut tools = vec![
        ("wrk", "wrk", "-v"),
        ("/usr/sbin/nginx", "nginx-light", "-v"),
        (&*fpm, "php-fpm", "-v"),
    ];
    if cases.iter().any(|it| it.is_encrypted()) {
        tools.push(("h2load", "nghttp2-client", "--version"));
        tools.push(("openssl", "openssl", "version"));
    }
    for (program, package, version) in tools {
        let found = cmd!(sh, "{program} {version}")
            .quiet()
            .ignore_status()
            .output();
        found
            .with_context(|| format!("`{program}` is missing\nhelp: apt-get install {package}"))?;
    }
    let psr7 = cmd!(sh, "php -r")
        .arg("exit((int) !stream_resolve_include_path('Nyholm/Psr7/autoload.php'));")
        .quiet();
    let found = psr7.run().is_ok();
    ensure!(
        found,
        "PSR-7 for PHP is missing\nhelp: apt-get install php-nyholm-psr7"
    );
    Ok(())
}

fn or_all<T: ValueEnum>(named: &[T]) -> &[T] {
    if named.is_empty() {
        T::value_variants()
    } else {
        named
    }
}

impl Args {
    fn load(&self) -> Load {
        Load {
            connections: self.connections,
            time: Duration::from_secs(self.seconds),
        }
    }

    /// The binary to measure: as it is shipped, but with the names of its functions.
    fn rr(&self, sh: &Shell) -> Result<PathBuf> {
        if let Some(binary) = &self.binary {
            let found = binary.canonicalize();
            return found.with_context(|| format!("`--binary {}`", binary.display()));
        }
        dist::named_server(sh, &Named::Trained)
    }

    /// What repeats this measurement.
    fn command_line(&self) -> String {
        let mut line = "cargo xtask bench".to_owned();
        for case in &self.cases {
            line += &format!(" {}", case.name());
        }
        line += &format!(
            " --seconds {} --runs {} --connections {} --workers {}",
            self.seconds, self.runs, self.connections, self.workers,
        );
        if let Some(percent) = self.open {
            line += &format!(" --open {percent}");
        }
        if let Some(binary) = &self.binary {
            line += &format!(" --binary {}", binary.display());
        }
        if self.look.counts {
            line += " --counts";
        }
        if let Some(folder) = &self.look.flame {
            line += &format!(" --flame {}", folder.display());
        }
        for who in &self.only {
            line += &format!(" --only {}", who.name());
        }
        line
    }
}
