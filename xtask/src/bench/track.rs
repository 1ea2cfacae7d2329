//! How a case goes for each contestant: what is set up once, and what each run does.

use std::{path::PathBuf, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};

use super::{
    Load,
    case::{Calls, Case, FirstAnswer, Over, PSR7, Page, Socket, Work},
    ceiling, connections,
    contestant::Contestant,
    h2load, handshakes, http, oha,
    perf::Perf,
    rpc,
    sample::Sample,
    site::{self, RrOptions, STATIC_FILE, Site, Workers},
    uploads, wrk,
};
use crate::{certificate::Certificate, interrupt::Interrupt};

/// One run of a case, to be called as often as wanted.
pub(super) type Run<'a> = Box<dyn FnMut() -> Result<Sample> + 'a>;

/// What every run needs.
pub(super) struct Track {
    /// The released `rr`; `None` where it does not take part.
    pub(super) rr: Option<PathBuf>,
    /// What TLS is spoken with; `None` where no case asks for it.
    pub(super) certificate: Option<Certificate>,
    pub(super) workers: usize,
    pub(super) load: Load,
    /// The share of what a server can do that it is loaded with, in percent; all of it where that is not given.
    pub(super) open: Option<u64>,
    pub(super) perf: Perf,
    pub(super) interrupt: Interrupt,
}

/// What a site must be able to do.
#[derive(Clone, Copy)]
struct Needs {
    workers: Workers,
    static_files: bool,
    encrypted: bool,
    connections: usize,
    unix_rpc: bool,
}

impl Track {
    /// Sets `who` up for `case` and warms it up; `None` where it has no part in it.
    pub(super) fn prepare(&self, who: Contestant, case: Case) -> Result<Option<Run<'_>>> {
        if who == Contestant::Ceiling {
            return Ok(self.ceiling(case));
        }
        let title = format!("{} {}", case.name(), who.name());
        Ok(Some(match case.work() {
            Work::Page(page) => self.page(who, page, title)?,
            Work::Uploads(size) => self.uploads(who, size),
            Work::Handshakes(page) => self.handshakes(who, page, title)?,
            Work::Connections(count) => self.connections(who, count)?,
            Work::Calls(calls) if who == Contestant::Rr => self.calls(calls, title)?,
            Work::Start(first) => self.start(who, first),
            Work::Rest => self.rest(who),
            Work::Calls(_) | Work::Inside => return Ok(None),
        }))
    }

    fn page(&self, who: Contestant, page: Page, title: String) -> Result<Run<'_>> {
        let site = self.answering(who, Needs::of(page))?;
        check(&site, page)?;
        self.load_page(&site, page, Duration::from_secs(1))?;
        if let Some(percent) = self.open {
            return self.open_page(site, page, percent, title);
        }
        Ok(Box::new(move || {
            self.loaded(&title, &site, page, || {
                self.load_page(&site, page, self.load.time)
            })
        }))
    }

    /// Requests come when they come, not when the ones before are answered.
    fn open_page(&self, site: Site, page: Page, percent: u64, title: String) -> Result<Run<'_>> {
        let (most, _) = self.load_page(&site, page, self.load.time)?;
        let rate = most.rate.context("a load has a rate")? * percent as f64 / 100.0;
        Ok(Box::new(move || {
            let load = || {
                oha::run(
                    site.port,
                    page.path,
                    page.post,
                    rate,
                    &self.load,
                    &self.interrupt,
                )
            };
            self.loaded(&title, &site, page, load)
        }))
    }

    fn load_page(&self, site: &Site, page: Page, time: Duration) -> Result<(Sample, u64)> {
        let load = Load { time, ..self.load };
        match page.over {
            Over::Http1 => wrk::run(site.port, page.path, page.post, &load, &self.interrupt),
            Over::Http2 => h2load::run(site.tls, page.path, time, &self.interrupt),
        }
    }

    fn handshakes(&self, who: Contestant, page: Page, title: String) -> Result<Run<'_>> {
        let needs = Needs {
            encrypted: true,
            ..Needs::of(page)
        };
        let site = self.answering(who, needs)?;
        check(&site, page)?;
        let load = move |site: &Site, time| handshakes::run(site.tls, page, time, &self.interrupt);
        load(&site, Duration::from_secs(1))?;
        Ok(Box::new(move || {
            self.loaded(&title, &site, page, || load(&site, self.load.time))
        }))
    }

    /// Memory is told of a site that has done nothing else.
    fn uploads(&self, who: Contestant, size: usize) -> Run<'_> {
        Box::new(move || {
            let site = self.answering(who, Needs::PHP)?;
            uploads::run(&site, size, self.load.time, &self.interrupt)
        })
    }

    fn connections(&self, who: Contestant, count: usize) -> Result<Run<'_>> {
        connections::allow(count)?;
        let needs = Needs {
            // nginx counts those to PHP as well.
            connections: count + 1024,
            ..Needs::PHP
        };
        Ok(Box::new(move || {
            let site = self.answering(who, needs)?;
            connections::run(&site, count, &self.interrupt)
        }))
    }

    /// What `load` measures, with what `site` used meanwhile.
    fn loaded(
        &self,
        title: &str,
        site: &Site,
        page: Page,
        load: impl Fn() -> Result<(Sample, u64)>,
    ) -> Result<Sample> {
        let before = site.usage()?;
        let (mut sample, requests) = load()?;
        before.until(&site.usage()?, requests, &mut sample)?;
        if page.script.is_none() {
            sample.php_cpu = None;
            sample.php_switches = None;
        }
        sample.server_rss = Some(site.server_rss()?);
        sample.observed = self
            .perf
            .observe(title, site, &self.interrupt, || Ok(load()?.1))?;
        Ok(sample)
    }

    fn ceiling(&self, case: Case) -> Option<Run<'_>> {
        let Work::Page(page) = case.work() else {
            return None;
        };
        let workers = Workers::Php(page.script?);
        let time = self.load.time;
        let run = move || {
            ceiling::run(
                workers,
                page.path,
                page.post,
                page.answer,
                time,
                &self.interrupt,
            )
        };
        // It knows neither of HTTP's versions, and stands once in the table; nor load that does not wait.
        (page.over == Over::Http1 && self.open.is_none()).then(|| Box::new(run) as Run<'_>)
    }

    fn calls(&self, calls: Calls, title: String) -> Result<Run<'_>> {
        let needs = Needs {
            unix_rpc: calls.over == Socket::Unix,
            ..Needs::PHP
        };
        let site = self.answering(Contestant::Rr, needs)?;
        Ok(Box::new(move || {
            let place = site.rpc.as_ref().context("rr answers RPC calls")?;
            let before = site.usage()?;
            let load = || rpc::run(place, calls, self.load.time, &self.interrupt);
            let (mut sample, done) = load()?;
            before.until(&site.usage()?, done, &mut sample)?;
            sample.php_cpu = None;
            sample.php_switches = None;
            sample.server_rss = Some(site.server_rss()?);
            sample.observed =
                self.perf
                    .observe(&title, &site, &self.interrupt, || Ok(load()?.1))?;
            Ok(sample)
        }))
    }

    fn start(&self, who: Contestant, first: FirstAnswer) -> Run<'_> {
        Box::new(move || {
            let (workers, path) = match (who, first) {
                (_, FirstAnswer::Php) => (Needs::PHP.workers, "/"),
                // nginx is there before php-fpm.
                (Contestant::Peer, FirstAnswer::Server) => (Workers::Native, STATIC_FILE.0),
                (_, FirstAnswer::Server) => (Workers::Native, "/"),
            };
            let mut site = self.site(
                who,
                Needs {
                    workers,
                    ..Needs::PHP
                },
            )?;
            let took = site.await_answer(path, &self.interrupt)?;
            Ok(Sample {
                start: Some(took.as_secs_f64() * 1e3),
                ..Sample::default()
            })
        })
    }

    fn rest(&self, who: Contestant) -> Run<'_> {
        Box::new(move || {
            let site = self.answering(who, Needs::PHP)?;
            thread::sleep(Duration::from_secs(1));
            Ok(Sample {
                server_rss: Some(site.server_rss()?),
                ..Sample::default()
            })
        })
    }

    /// A site whose PHP has answered.
    fn answering(&self, who: Contestant, needs: Needs) -> Result<Site> {
        let mut site = self.site(who, needs)?;
        site.await_answer("/", &self.interrupt)?;
        Ok(site)
    }

    fn site(&self, who: Contestant, needs: Needs) -> Result<Site> {
        let certificate = self.certificate.as_ref().filter(|_| needs.encrypted);
        if who == Contestant::Peer {
            let native = matches!(needs.workers, Workers::Native);
            let workers = if native { 0 } else { self.workers };
            return site::peer(workers, needs.connections, certificate);
        }
        let rr = self.rr.as_deref().context("`rr` was not built")?;
        site::rr(&RrOptions {
            count: self.workers,
            static_files: needs.static_files,
            unix_rpc: needs.unix_rpc,
            certificate,
            ..RrOptions::new(rr, needs.workers)
        })
    }
}

impl Needs {
    /// The PSR-7 application, and nothing beside it.
    const PHP: Self = Self {
        workers: Workers::Php(PSR7),
        static_files: false,
        encrypted: false,
        connections: 0,
        unix_rpc: false,
    };

    fn of(page: Page) -> Self {
        Self {
            workers: Workers::Php(page.script.unwrap_or(PSR7)),
            static_files: page.script.is_none(),
            encrypted: page.over == Over::Http2,
            ..Self::PHP
        }
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
