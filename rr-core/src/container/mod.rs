//! Orders the services by what they need, wires them and runs them.
//!
//! Knows no concrete service, and not that PHP exists.

mod entry;
mod order;
mod plan;
mod run;
mod standing;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::{
    config::{Config, Diagnostics},
    contributions::Contributions,
    needs::Offered,
    service::{BoxError, Farewell, Init, Off, Task},
};

use plan::{Member, Plan};

pub(crate) use entry::{Entry, section};
pub(crate) use plan::placed;
pub use run::{RunError, StopSignals};
pub(crate) use standing::{Rewired, Standings, is_within};

/// Why services cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Mistakes in `.rr.yaml`, all of them.
    #[error("{0}")]
    Config(Diagnostics),
    /// Two services of one name.
    #[error(
        "the service `{0}` is registered twice\nhelp: remove one from the manifest or from `main.rs`"
    )]
    Twice(&'static str),
    /// Nobody can give it what it needs.
    #[error(
        "`{service}` needs `{}`, which no service of this server offers\nhelp: add the service that offers it to the manifest or to `main.rs`",
        short(needs)
    )]
    Missing {
        /// Who needs.
        service: &'static str,
        /// The type it needs.
        needs: &'static str,
    },
    /// The one who could is off.
    #[error(
        "`{service}` needs `{by}`, which is off\nhelp: give `{by}` a section `{section}:` in .rr.yaml"
    )]
    Disabled {
        /// Who needs.
        service: &'static str,
        /// Who would offer.
        by: &'static str,
        /// What would turn it on.
        section: &'static str,
    },
    /// None can go first.
    #[error("services need one another in a circle: {}", .0.join(" -> "))]
    Circle(Vec<&'static str>),
    /// Which one is meant is open.
    #[error("both `{0}` and `{1}` offer `{2}`\nhelp: register one of them only")]
    TwoOffer(&'static str, &'static str, &'static str),
    /// A service cannot do what its config asks for.
    #[error("`{service}` cannot start: {source}")]
    Init {
        /// Which one.
        service: &'static str,
        /// Its own words.
        source: BoxError,
    },
}

/// One service that is on, wired and ready to run.
pub(crate) struct Wired {
    name: &'static str,
    /// Positions of those whose offers it took.
    after: Vec<usize>,
    task: Option<Task>,
}

/// The services that are on, in the order of their start.
pub(crate) struct Container {
    wired: Vec<Wired>,
    off: Vec<Off>,
    farewells: Vec<Farewell>,
}

impl Container {
    /// Reads all sections, then wires the services that are on.
    ///
    /// Warnings are left in `diagnostics`; with errors among them nothing is wired. Findings of
    /// the services themselves are added, for the caller to judge.
    pub(crate) fn wire(
        entries: Vec<Entry>,
        config: &Config,
        contributions: &Contributions,
        mut diagnostics: Diagnostics,
        check: impl FnOnce(&mut Diagnostics),
    ) -> Result<(Self, Standings, Diagnostics), WireError> {
        let plan = Plan::read(entries, config, &mut diagnostics)?;
        check(&mut diagnostics);
        if diagnostics.has_errors() {
            return Err(WireError::Config(diagnostics));
        }
        if let Some((_, error)) = plan.unmet().next() {
            return Err(error);
        }
        let mut found = Diagnostics::default();
        let (container, standings) = Self::of(plan, config, contributions, false, &mut found)?;
        diagnostics.extend(found);
        Ok((container, standings, diagnostics))
    }

    /// Reads all sections and looks whether the services go together. Nothing that is wired for
    /// that is ever run.
    pub(crate) fn check(
        entries: Vec<Entry>,
        config: &Config,
        contributions: &Contributions,
        found: &mut Diagnostics,
    ) -> Result<(), WireError> {
        let plan = Plan::read(entries, config, found)?;
        plan.tell_unmet(config, found);
        if found.has_errors() {
            return Ok(());
        }
        let sections = plan.services.iter().map(|it| it.member);
        let sections: Vec<Member> = sections.collect();
        match Self::of(plan, config, contributions, true, found) {
            Err(WireError::Init { service, source }) => {
                let section = sections.iter().find(|it| it.name == service);
                let section = section.map_or(service, |it| it.section);
                found.push(plan::placed(&source.to_string(), section, config));
            }
            Err(other) => return Err(other),
            Ok(_) => {}
        }
        Ok(())
    }

    /// Wires what is on; what each finds then is in `found`.
    fn of(
        Plan {
            services,
            offered_by,
        }: Plan,
        config: &Config,
        contributions: &Contributions,
        is_trial: bool,
        found: &mut Diagnostics,
    ) -> Result<(Self, Standings), WireError> {
        let mut offered = Offered::default();
        let mut wired: Vec<Wired> = Vec::new();
        let mut off = Vec::new();
        let (mut checks, mut farewells) = (Vec::new(), Vec::new());
        // Where each that is on stands in `wired`.
        let mut at: HashMap<usize, usize> = HashMap::new();
        let mut standings = Vec::new();
        for (i, planned) in services.into_iter().enumerate() {
            let mut standing = planned.standing;
            let Member { name, section, .. } = planned.member;
            let Some(service) = planned.configured else {
                off.push(Off { name, section });
                standings.push(standing);
                continue;
            };
            let mut cx = Init::new(contributions, i, is_trial);
            service
                .init(&mut offered, &mut cx)
                .map_err(|source| WireError::Init {
                    service: name,
                    source,
                })?;
            let after = planned
                .needs
                .iter()
                .filter_map(|need| offered_by.get(&need.id))
                .filter_map(|by| at.get(by))
                .copied()
                .collect();
            at.insert(i, wired.len());
            checks.append(&mut cx.checks);
            farewells.append(&mut cx.farewells);
            standing.hook = cx.hook.take().map(|it| it.following(&cx.follows));
            standings.push(standing);
            wired.push(Wired {
                name,
                after,
                task: cx.task,
            });
        }
        let findings = checks.into_iter().flat_map(|check| check(&off));
        found.extend(findings.map(|it| it.placed_in(config)));
        let container = Self {
            wired,
            off,
            farewells,
        };
        Ok((
            container,
            Standings::new(standings, offered, contributions.clone()),
        ))
    }
}

/// `rr_services::server::Workers` as `server::Workers`: its module is mostly called as its service.
fn short(path: &str) -> &str {
    let plain = !path.contains('<');
    let cut = path.rmatch_indices("::").nth(1).filter(|_| plain);
    cut.map_or(path, |(at, separator)| &path[at + separator.len()..])
}
