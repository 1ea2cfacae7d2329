//! Whether rr does what the RFCs want: raw sockets, frames, other servers in front, a browser.

mod browser;
mod fronts;
mod h1;
mod h2;
mod report;
mod site;
mod tls;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use xshell::cmd;

use self::{
    fronts::Kind,
    report::{Outcome, Score},
};
use crate::{interrupt::Interrupt, repo};

/// The page that `--write` keeps.
const PAGE: &str = "docs/conformance.md";

/// What stands around the table of [`PAGE`].
const MARKS: (&str, &str) = ("<!-- score -->\n", "<!-- end of score -->\n");

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The suites; all of them where none is named
    suites: Vec<Suite>,
    /// Runs only cases whose name contains this
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        conflicts_with = "write"
    )]
    case: String,
    /// Checks this server instead of building the stock one
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    rr: Option<PathBuf>,
    /// Writes the score into docs/conformance.md
    #[arg(long, conflicts_with = "suites")]
    write: bool,
}

/// A group of cases.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Suite {
    /// HTTP/1 by raw sockets
    H1,
    /// HTTP/2 frame by frame, and by curl, nghttp and h2load
    H2,
    /// The same over TLS
    H2Tls,
    /// What nginx in front makes of smuggling
    Nginx,
    /// What haproxy in front makes of it
    Haproxy,
    /// A page with assets in a browser
    Browser,
}

/// Builds rr, runs the suites and prints what came out.
///
/// # Errors
/// When a case fails that is not known to, or passes that is; or when a suite cannot run.
pub(crate) fn run(args: &Args) -> Result<()> {
    let suites = match args.suites.as_slice() {
        [] => Suite::value_variants(),
        suites => suites,
    };
    let binary = match &args.rr {
        Some(binary) => binary
            .canonicalize()
            .with_context(|| binary.display().to_string())?,
        None => build()?,
    };
    let ran = check(&binary, suites, &args.case)?;
    if args.write {
        let page = repo::root().join(PAGE);
        write(&page, &report::markdown(&ran)).with_context(|| page.display().to_string())?;
    }
    Ok(())
}

/// Checks the stock server by what needs nothing but Python, and that for HTTP/2 alone.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_short() -> Result<()> {
    check(&build()?, &[Suite::H1, Suite::H2], "").map(drop)
}

fn build() -> Result<PathBuf> {
    let sh = repo::shell()?;
    cmd!(sh, "cargo build --workspace --bin rr").run()?;
    Ok(repo::target_dir()?.join("debug/rr"))
}

/// Runs `suites`, of each the cases whose name contains `case`; what came out, by their titles.
fn check(binary: &Path, suites: &[Suite], case: &str) -> Result<Vec<(&'static str, Outcome)>> {
    let interrupt = Interrupt::catch()?;
    let (mut outcomes, mut surprises) = (Vec::new(), Vec::new());
    for suite in suites {
        println!("\n── {} ──", suite.name());
        let outcome = suite.run(binary, case, &interrupt)?;
        print!("{}", report::plain(&outcome));
        if let Outcome::Ran(verdicts) = &outcome
            && !Score::of(verdicts).is_as_expected()
        {
            surprises.push(suite.name());
        }
        outcomes.push((suite.title(), outcome));
    }
    if !surprises.is_empty() {
        bail!("not as expected: {}", surprises.join(", "));
    }
    Ok(outcomes)
}

impl Suite {
    fn name(self) -> String {
        let value = self.to_possible_value().expect("no suite is hidden");
        value.get_name().to_owned()
    }

    /// As the documentation names it.
    fn title(self) -> &'static str {
        match self {
            Self::H1 => "HTTP/1, raw sockets",
            Self::H2 => "HTTP/2, frames",
            Self::H2Tls => "HTTP/2 over TLS, frames",
            Self::Nginx => "nginx in front",
            Self::Haproxy => "haproxy in front",
            Self::Browser => "browser, TLS and HTTP/2",
        }
    }

    fn run(self, binary: &Path, case: &str, interrupt: &Interrupt) -> Result<Outcome> {
        match self {
            Self::H1 => h1::run(binary, case, interrupt),
            Self::H2 => h2::run(binary, case, interrupt),
            Self::H2Tls => h2::run_by_tls(binary, case, interrupt),
            Self::Nginx => fronts::run(Kind::Nginx, binary, case, interrupt),
            Self::Haproxy => fronts::run(Kind::Haproxy, binary, case, interrupt),
            Self::Browser => browser::run(binary, case, interrupt),
        }
    }
}

/// Puts `table` between the marks of the page.
fn write(page: &Path, table: &str) -> Result<()> {
    let text = fs::read_to_string(page)?;
    let with_table = put(&text, table).context("it has lost the marks around its table")?;
    fs::write(page, with_table)?;
    Ok(())
}

fn put(text: &str, table: &str) -> Option<String> {
    let (start, end) = MARKS;
    let (before, rest) = text.split_once(start)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{start}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_goes_between_its_marks() {
        let (start, end) = MARKS;
        let page = format!("before\n{start}old\n{end}after\n");
        let expected = format!("before\n{start}new\n{end}after\n");
        assert_eq!(put(&page, "new\n").as_deref(), Some(&*expected));
        assert_eq!(put("no marks", "new\n"), None);
    }
}
