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
use serde_json::{Value, json};
use xshell::{Shell, cmd};

use self::{
    builder::Figure, case::Case, contestant::Contestant, exec::Way, machine::Machine, perf::Perf,
    sample::Sample, table::Row, track::Track,
};
use crate::{certificate::Certificate, interrupt::Interrupt, repo};

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

/// All runs of one contestant in one case.
struct Series {
    case: Case,
    who: Contestant,
    runs: Vec<Sample>,
}

/// Prints the tables on stdout, progress on stderr.
///
/// # Errors
/// When a tool is missing, a server fails or a request is answered badly. Nothing is left running.
pub(crate) fn run(args: &Args) -> Result<()> {
    let interrupt = Interrupt::catch()?;
    let sh = repo::shell()?;
    let contestants = or_all(&args.only);
    let cases = or_all(&args.cases).iter().copied();
    let (inside, beside): (Vec<Case>, Vec<Case>) = cases.partition(|it| *it == Case::Pool);
    let (building, beside): (Vec<Case>, Vec<Case>) =
        beside.into_iter().partition(|it| *it == Case::Builder);
    // It compiles for many minutes: only who asks for it has it.
    let building = !building.is_empty() && !args.cases.is_empty();
    let builds = building
        .then(|| builder::run(&sh, &interrupt))
        .transpose()?;
    let builds = builds.unwrap_or_default();
    let (forking, beside): (Vec<Case>, Vec<Case>) =
        beside.into_iter().partition(|it| *it == Case::Zygote);
    let forks = (!forking.is_empty()).then(|| zygote::run(&build(&sh)?, &interrupt));
    let forks = forks.transpose()?.unwrap_or_default();
    let ways = (!inside.is_empty()).then(|| exec::run(&sh)).transpose()?;
    let ways = ways.unwrap_or_default();
    let mut series = Vec::new();
    if !beside.is_empty() {
        ensure_tools(&sh, &beside)?;
        if args.open.is_some() {
            oha::ensure(&sh, &beside)?;
        }
        let rr = contestants.contains(&Contestant::Rr).then(|| build(&sh));
        let encrypted = beside.iter().any(|it| it.is_encrypted());
        let encrypted = encrypted.then(Certificate::make);
        let rr = rr.transpose()?;
        let track = Track {
            perf: Perf::start(&args.look, &sh, rr.as_deref())?,
            rr,
            certificate: encrypted.transpose()?,
            workers: args.workers,
            open: args.open,
            load: Load {
                connections: args.connections,
                time: Duration::from_secs(args.seconds),
            },
            interrupt,
        };
        for case in beside {
            series.extend(measure(&track, case, contestants, args.runs)?);
        }
    }
    let machine = Machine::look()?;
    if args.json {
        println!(
            "{:#}",
            as_json(args, &machine, &series, &ways, &forks, &builds)
        );
        return Ok(());
    }
    println!("{}", machine.markdown());
    if !series.is_empty() {
        let rows = medians(&series);
        println!("{}", table::markdown(&rows));
        if let Some(counts) = perf::markdown(&rows) {
            println!("{counts}");
        }
    }
    if !ways.is_empty() {
        println!("{}", exec::markdown(&ways));
    }
    if !forks.is_empty() {
        println!("{}", zygote::markdown(&forks));
    }
    if !builds.is_empty() {
        println!("{}", builder::markdown(&builds));
    }
    if !series.is_empty() {
        println!("Medians of {} runs:\n", args.runs);
    }
    println!("    {}", args.command_line());
    Ok(())
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

fn medians(series: &[Series]) -> Vec<Row> {
    let of_one_case = series.chunk_by(|one, next| one.case == next.case);
    let rows = of_one_case.map(|series| Row {
        case: series[0].case,
        lines: series
            .iter()
            .map(|it| (it.who, Sample::median(&it.runs)))
            .collect(),
    });
    rows.collect()
}

fn as_json(
    args: &Args,
    machine: &Machine,
    series: &[Series],
    ways: &[Way],
    forks: &[zygote::Way],
    builds: &[Figure],
) -> Value {
    let series: Vec<_> = series
        .iter()
        .map(|it| {
            json!({
                "case": it.case.name(),
                "server": it.who.title(),
                "median": Sample::median(&it.runs),
                "runs": it.runs,
            })
        })
        .collect();
    json!({ "command": args.command_line(), "machine": machine, "series": series, "pool": ways, "zygote": forks, "builder": builds })
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

/// As it is shipped, but with the names of its functions.
fn build(sh: &Shell) -> Result<PathBuf> {
    let names = "profile.dist.strip='debuginfo'";
    cmd!(
        sh,
        "cargo build --profile dist --config {names} --package rr-services --bin rr"
    )
    .run()?;
    Ok(repo::target_dir()?.join("dist/rr"))
}

fn or_all<T: ValueEnum>(named: &[T]) -> &[T] {
    if named.is_empty() {
        T::value_variants()
    } else {
        named
    }
}

impl Args {
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
