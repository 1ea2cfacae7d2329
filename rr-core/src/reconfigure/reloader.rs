//! Reloads, one after the other: read, check, compare, prepare, apply.

use std::{
    collections::{BTreeMap, HashSet},
    panic::AssertUnwindSafe,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::sync::{oneshot, watch};

use super::{
    Change, Changed, Failed, Finding, Orders, Outcome, Reading, Readings, Report,
    ask::{Order, STOPPING},
    decide::{By, Decided, decide, to_wire_anew},
    hook::Around,
};
use crate::{
    config::{Config, Diagnostics, Difference, Severity, reference::Setting, schema::Section},
    container::{Rewired, Standings, placed},
    lifecycle::Stop,
    systemd::Reloading,
};

const PANICKED: &str = "a service panicked at it: what it has applied until then holds";

/// Applies other configurations to a server that runs.
pub(crate) struct Reloader {
    /// What holds.
    config: Config,
    /// All that can be set. Describing it is a fifth of a start, and takes memory: who never reloads
    /// does without.
    sections: Vec<Section>,
    standings: Standings,
    /// Whether oddities are errors.
    strict: bool,
    /// What `rpc.Config` answers.
    effective: watch::Sender<Bytes>,
    orders: Orders,
    readings: Option<Readings>,
}

/// What services have agreed to, and what it is made of.
struct Prepared {
    decided: Vec<Decided>,
    /// By the position of the service.
    changes: BTreeMap<usize, Change>,
    rewired: Option<Rewired>,
    /// Services that apply what others contribute.
    followers: HashSet<usize>,
}

impl Reloader {
    pub(crate) fn new(
        config: Config,
        sections: Vec<Section>,
        standings: Standings,
        strict: bool,
        effective: watch::Sender<Bytes>,
        orders: Orders,
    ) -> Self {
        Self {
            config,
            sections,
            standings,
            strict,
            effective,
            orders,
            readings: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn asker(&self) -> super::Asker {
        self.orders.asker()
    }

    #[cfg(test)]
    pub(crate) fn effective(&self) -> crate::rpc::EffectiveConfig {
        crate::rpc::EffectiveConfig(self.effective.subscribe())
    }

    /// Where the configuration is read from.
    pub(crate) fn reads(&mut self, readings: Readings) {
        self.readings = Some(readings);
    }

    /// Obeys for ever; what is asked before the server is `up` or once it is to `stop` is refused.
    pub(crate) async fn run(mut self, up: Stop, stop: Stop) {
        loop {
            let hangups = async {
                let readings = self.readings.as_mut();
                match readings {
                    Some(it) if !it.hangups.is_closed() || !it.hangups.is_empty() => {
                        it.hangups.recv().await
                    }
                    _ => std::future::pending().await,
                }
            };
            let order = tokio::select! {
                order = self.orders.next() => Some(order),
                hangup = hangups => hangup.map(|()| Order {
                    dry_run: false,
                    reply: oneshot::channel().0,
                }),
            };
            let Some(Order { dry_run, reply }) = order else {
                continue;
            };
            let outcome = match (up.is_cancelled(), stop.is_cancelled()) {
                (_, true) => Err(STOPPING.to_owned()),
                (false, _) => Err("the server is starting: try again when it is up".to_owned()),
                (true, false) => tokio::select! {
                    // A service that panics at its new section is no reason to stop serving.
                    outcome = AssertUnwindSafe(self.reload(dry_run)).catch_unwind() => {
                        outcome.unwrap_or_else(|_| Err(PANICKED.to_owned()))
                    }
                    () = stop.cancelled() => Err(STOPPING.to_owned()),
                },
            };
            if let Err(why) = &outcome {
                tracing::warn!(target: "config", "the configuration is not reloaded: {why}");
            }
            reply.send(outcome).ok();
        }
    }

    async fn reload(&mut self, dry_run: bool) -> Result<Report, String> {
        let Some(readings) = &self.readings else {
            return Err("this server was not told where its configuration is written".to_owned());
        };
        let _reloading = (!dry_run).then(Reloading::begin);
        let (to, read) = oneshot::channel();
        readings.wanted.send(to).map_err(|_| STOPPING)?;
        let Reading {
            config,
            mut found,
            variables,
        } = read.await.map_err(|_| STOPPING)?;
        let mut report = Report {
            dry_run,
            ..Report::default()
        };
        let prepared = match &config {
            Some(config) => self.prepare(config, &mut found).await,
            None => None,
        };
        report.findings = found.iter().map(Finding::of).collect();
        if let (Some(config), Some(prepared)) = (&config, prepared) {
            self.apply(config, prepared, &mut report).await;
            report
                .changes
                .extend(variables.iter().map(|it| variable(it)));
        }
        if !dry_run {
            tell(&report, &found);
        }
        Ok(report)
    }

    /// `None` where the new configuration cannot be served: `found` says why.
    async fn prepare(&self, new: &Config, found: &mut Diagnostics) -> Option<Prepared> {
        if !found.has_errors() {
            self.standings.examine(new, found);
        }
        if self.strict {
            found.deny_warnings();
        }
        if found.has_errors() {
            return None;
        }
        let reference = Setting::of(self.sections.iter().cloned());
        let mut decided = decide(&self.config, new, &reference, &self.standings);
        let mut candidate = self.candidate(new, &decided);
        let mut anew = to_wire_anew(&decided, &self.standings);
        let mut rewired = None;
        if !anew.is_empty() {
            let mut mistakes = Diagnostics::default();
            rewired = self
                .standings
                .rewire(anew.clone(), &candidate, &mut mistakes);
            match &rewired {
                Some(_) => found.extend(mistakes),
                None => {
                    let again = decided
                        .iter_mut()
                        .filter(|it| matches!(it.by, By::Again(_)));
                    again.for_each(|it| it.by = By::Restart);
                    candidate = self.candidate(new, &decided);
                    anew.clear();
                }
            }
        }
        let contributions = match &rewired {
            Some(it) => it.contributions.clone(),
            None => {
                self.standings
                    .rewire(HashSet::new(), &candidate, found)?
                    .contributions
            }
        };
        let around = Around {
            contributions,
            off: self.standings.off(&candidate),
        };
        let sections = self.standings.sections();
        let (mut changes, mut followers) = (BTreeMap::new(), HashSet::new());
        for (at, service) in self.standings.services.iter().enumerate() {
            let Some(hook) = service.hook.as_ref() else {
                continue;
            };
            let follows = hook
                .followed()
                .any(|it| rewired.as_ref().is_some_and(|all| all.types.contains(&it)));
            if follows {
                followers.insert(at);
            }
            if !follows && !decided.iter().any(|it| it.by == By::Itself(at)) {
                continue;
            }
            let prepared = hook.prepare(&self.config, &candidate, &sections, around.clone());
            match prepared.await {
                Ok(mut change) => {
                    let findings = change.findings().into_iter();
                    found.extend(findings.map(|it| it.placed_in(new)));
                    changes.insert(at, change);
                }
                Err(error) => found.push(placed(&error.to_string(), service.section, new)),
            }
        }
        if self.strict {
            found.deny_warnings();
        }
        (!found.has_errors()).then_some(Prepared {
            decided,
            changes,
            rewired,
            followers,
        })
    }

    /// What would hold if all that can be applied were.
    fn candidate(&self, new: &Config, decided: &[Decided]) -> Config {
        self.merged(new, decided, |it| it.by != By::Restart)
    }

    fn merged(
        &self,
        new: &Config,
        decided: &[Decided],
        is_taken: impl Fn(&Decided) -> bool,
    ) -> Config {
        let (taken, kept): (Vec<_>, Vec<_>) = decided.iter().partition(|it| is_taken(it));
        let path = |it: &Decided| it.difference.path.clone();
        let (taken, kept): (Vec<_>, Vec<_>) = (
            taken.into_iter().map(path).collect(),
            kept.into_iter().map(path).collect(),
        );
        self.config.with_parts_of(new, &strs(&taken), &strs(&kept))
    }

    /// Has services do what they have agreed to; in a dry run only tells what they would.
    async fn apply(&mut self, new: &Config, prepared: Prepared, report: &mut Report) {
        let Prepared {
            decided,
            changes,
            rewired,
            followers,
        } = prepared;
        let mut failed = HashSet::new();
        for (at, change) in changes {
            if report.dry_run {
                continue;
            }
            if let Err(error) = change.carry_out().await {
                failed.insert(at);
                report.failures.push(Failed {
                    service: self.standings.services[at].name.to_owned(),
                    error: error.to_string(),
                });
            }
        }
        // What services contribute holds where those who use it have taken it over.
        let is_followed = followers.is_disjoint(&failed);
        let outcome = |it: &Decided| match it.by {
            By::Itself(at) if failed.contains(&at) => Outcome::Failed,
            By::Again(_) if !is_followed => Outcome::Failed,
            By::Itself(_) | By::Again(_) | By::Reading => Outcome::Applied,
            By::Restart => Outcome::NeedsRestart,
            By::Nobody => Outcome::WithoutEffect,
        };
        let changed = |it: &Decided| Changed::new(&it.difference, outcome(it));
        report.changes = decided.iter().map(changed).collect();
        if report.dry_run {
            return;
        }
        let holds = |it: &Decided| matches!(outcome(it), Outcome::Applied | Outcome::WithoutEffect);
        self.config = self.merged(new, &decided, holds);
        if let Some(rewired) = rewired.filter(|_| is_followed) {
            self.standings.adopt(rewired, &self.config);
        }
        let effective = serde_json::to_vec(&self.config.to_json()).expect("a tree of JSON is JSON");
        self.effective.send_replace(effective.into());
    }
}

fn strs(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// Processes inherit it, which cannot be changed from outside.
fn variable(name: &str) -> Changed {
    let difference = Difference {
        path: format!("${name}"),
        from: Some("***".into()),
        to: Some("***".into()),
        source: None,
    };
    Changed::new(&difference, Outcome::NeedsRestart)
}

/// One record for each change, and for each mistake where there are any.
fn tell(report: &Report, found: &Diagnostics) {
    for it in found.iter() {
        let text = it.unlabelled().to_string();
        match it.severity {
            Severity::Error => tracing::error!(target: "config", "{}", text.trim_end()),
            Severity::Warning => tracing::warn!(target: "config", "{}", text.trim_end()),
        }
    }
    if report.is_refused() {
        tracing::error!(target: "config", "the configuration is not reloaded: what held before holds");
        return;
    }
    for Failed { service, error } in &report.failures {
        tracing::error!(target: "config", service, "the configuration cannot be applied: {error}");
    }
    for it in &report.changes {
        let key = &*it.path;
        match it.outcome {
            Outcome::Applied => tracing::info!(target: "config", key, "applied: {it}"),
            Outcome::NeedsRestart => tracing::warn!(target: "config", key, "needs a restart: {it}"),
            Outcome::Failed => tracing::error!(target: "config", key, "not applied: {it}"),
            Outcome::WithoutEffect => {
                tracing::info!(target: "config", key, "without effect: {it}");
            }
        }
    }
    if report.changes.is_empty() {
        tracing::info!(target: "config", "the configuration was read again: nothing has changed");
    }
}
