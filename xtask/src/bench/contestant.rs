//! Who is measured, and how one run of a case goes for each.

use std::{path::PathBuf, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use super::{
    Load,
    case::{Case, FirstAnswer, PSR7, Page, Work},
    ceiling, http, rpc,
    sample::Sample,
    site::{self, RrOptions, STATIC_FILE, Site, Workers},
    wrk,
};
use crate::interrupt::Interrupt;

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

/// One run of a case, to be called as often as wanted.
pub(super) type Run<'a> = Box<dyn FnMut() -> Result<Sample> + 'a>;

/// What every run needs.
pub(super) struct Track {
    /// The released `rr`; `None` where it does not take part.
    pub(super) rr: Option<PathBuf>,
    pub(super) workers: usize,
    pub(super) load: Load,
    pub(super) interrupt: Interrupt,
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

impl Track {
    /// Sets `who` up for `case` and warms it up; `None` where it has no part in it.
    pub(super) fn prepare(&self, who: Contestant, case: Case) -> Result<Option<Run<'_>>> {
        Ok(Some(match (who, case.work()) {
            (Contestant::Rr | Contestant::Peer, Work::Page(page)) => self.page(who, page)?,
            (Contestant::Ceiling, Work::Page(page)) => match page.script {
                Some(script) => self.ceiling(page, Workers::Php(script)),
                None => return Ok(None),
            },
            (Contestant::Rr, Work::Calls(connections)) => self.calls(connections)?,
            (Contestant::Rr | Contestant::Peer, Work::Start(first)) => self.start(who, first),
            (Contestant::Rr | Contestant::Peer, Work::Rest) => self.rest(who),
            (_, Work::Inside)
            | (Contestant::Peer, Work::Calls(_))
            | (Contestant::Ceiling, Work::Calls(_) | Work::Start(_) | Work::Rest) => {
                return Ok(None);
            }
        }))
    }

    fn page(&self, who: Contestant, page: Page) -> Result<Run<'_>> {
        let mut site = match who {
            Contestant::Peer => site::peer(self.workers)?,
            _ => self.rr(
                Workers::Php(page.script.unwrap_or(PSR7)),
                page.script.is_none(),
            )?,
        };
        site.await_answer("/", &self.interrupt)?;
        check(&site, page)?;
        let warm_up = Load {
            time: Duration::from_secs(1),
            ..self.load
        };
        wrk::run(site.port, page.path, page.post, &warm_up, &self.interrupt)?;
        Ok(Box::new(move || {
            let before = site.usage()?;
            let (mut sample, requests) =
                wrk::run(site.port, page.path, page.post, &self.load, &self.interrupt)?;
            before.until(&site.usage()?, requests, &mut sample)?;
            if page.script.is_none() {
                sample.php_cpu = None;
            }
            sample.server_rss = Some(site.server_rss()?);
            Ok(sample)
        }))
    }

    fn ceiling(&self, page: Page, workers: Workers) -> Run<'_> {
        let time = self.load.time;
        Box::new(move || {
            ceiling::run(
                workers,
                page.path,
                page.post,
                page.answer,
                time,
                &self.interrupt,
            )
        })
    }

    fn calls(&self, connections: usize) -> Result<Run<'_>> {
        let mut site = self.rr(Workers::Php(PSR7), false)?;
        site.await_answer("/", &self.interrupt)?;
        let port = site.rpc.context("rr answers RPC calls")?;
        Ok(Box::new(move || {
            let before = site.usage()?;
            let (mut sample, calls) = rpc::run(port, connections, self.load.time, &self.interrupt)?;
            before.until(&site.usage()?, calls, &mut sample)?;
            sample.php_cpu = None;
            sample.server_rss = Some(site.server_rss()?);
            Ok(sample)
        }))
    }

    fn start(&self, who: Contestant, first: FirstAnswer) -> Run<'_> {
        Box::new(move || {
            let (mut site, path) = match (who, first) {
                (Contestant::Peer, FirstAnswer::Server) => (site::peer(0)?, STATIC_FILE.0),
                (Contestant::Peer, FirstAnswer::Php) => (site::peer(self.workers)?, "/"),
                (_, FirstAnswer::Server) => (self.rr(Workers::Native, false)?, "/"),
                (_, FirstAnswer::Php) => (self.rr(Workers::Php(PSR7), false)?, "/"),
            };
            let took = site.await_answer(path, &self.interrupt)?;
            Ok(Sample {
                start: Some(took.as_secs_f64() * 1e3),
                ..Sample::default()
            })
        })
    }

    fn rest(&self, who: Contestant) -> Run<'_> {
        Box::new(move || {
            let mut site = match who {
                Contestant::Peer => site::peer(self.workers)?,
                _ => self.rr(Workers::Php(PSR7), false)?,
            };
            site.await_answer("/", &self.interrupt)?;
            thread::sleep(Duration::from_secs(1));
            Ok(Sample {
                server_rss: Some(site.server_rss()?),
                ..Sample::default()
            })
        })
    }

    fn rr(&self, workers: Workers, static_files: bool) -> Result<Site> {
        site::rr(&RrOptions {
            binary: self.rr.as_deref().context("`rr` was not built")?,
            workers,
            count: self.workers,
            static_files,
        })
    }
}

/// # Errors
/// When the server answers something else than what is to be measured.
fn check(site: &Site, page: Page) -> Result<()> {
    let answer = http::ask(site.port, page.path, &vec![b'x'; page.post])?;
    ensure!(
        answer.status == 200 && answer.body.len() == page.answer,
        "`{}` answers {} with {} bytes, expected 200 with {}",
        page.path,
        answer.status,
        answer.body.len(),
        page.answer,
    );
    Ok(())
}
