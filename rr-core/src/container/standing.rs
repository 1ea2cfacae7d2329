//! The services of a server that runs, as a reload of the configuration finds them: who is on, who
//! can be wired anew, who applies what by itself.

use std::{any::TypeId, collections::HashSet};

use super::{
    Entry, WireError,
    entry::{Again, Examine},
    plan::placed,
};
use crate::{
    check::Said,
    config::{Config, Diagnostics},
    contributions::Contributions,
    needs::{Need, Offered},
    reconfigure::Hook,
    service::{Init, Off},
};

/// One service.
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    pub(crate) is_on: bool,
    /// Whether it is on without a section.
    is_implied: bool,
    needs: Vec<Need>,
    offers: Vec<TypeId>,
    examine: Examine,
    again: Option<Again>,
    pub(crate) hook: Option<Hook>,
}

/// All of them, in the order of their start.
pub(crate) struct Standings {
    pub(crate) services: Vec<Standing>,
    offered: Offered,
    contributions: Contributions,
}

/// Services that were wired anew, and that nobody knows of yet.
pub(crate) struct Rewired {
    pub(crate) services: HashSet<usize>,
    offered: Offered,
    /// What all contribute then.
    pub(crate) contributions: Contributions,
    /// The types of which there are others then.
    pub(crate) types: HashSet<TypeId>,
}

impl Standing {
    pub(super) fn of(entry: &Entry, config: &Config) -> Self {
        let is_implied = entry.schema.is_implied();
        Self {
            name: entry.name,
            section: entry.section,
            is_on: is_implied || config.has(entry.section),
            is_implied,
            needs: entry.needs.clone(),
            offers: entry.offers.iter().map(|it| it.0).collect(),
            examine: entry.examine,
            again: entry.again,
            hook: None,
        }
    }

    pub(crate) fn would_be_on(&self, config: &Config) -> bool {
        self.is_implied || config.has(self.section)
    }
}

impl Standings {
    pub(super) fn new(
        services: Vec<Standing>,
        offered: Offered,
        contributions: Contributions,
    ) -> Self {
        Self {
            services,
            offered,
            contributions,
        }
    }

    pub(crate) fn sections(&self) -> Vec<&'static str> {
        self.services.iter().map(|it| it.section).collect()
    }

    /// Reads all sections of another configuration, and looks whether services would go together.
    pub(crate) fn examine(&self, config: &Config, found: &mut Diagnostics) {
        let sections = self.sections();
        config.grace_period(found);
        config.unknown_sections(&sections, found);
        let mut said = Said::default();
        for it in &self.services {
            (it.examine)(config, &sections, found, &mut said);
        }
        said.judge(config, found);
        let on = || self.services.iter().filter(|it| it.would_be_on(config));
        for service in on() {
            let offers = |it: &Standing, need: &Need| it.offers.contains(&need.id);
            let mut needs = service.needs.iter().filter(|it| !it.optional);
            let unmet = needs.find(|need| !on().any(|it| offers(it, need)));
            let by = unmet.and_then(|need| self.services.iter().find(|it| offers(it, need)));
            if let Some(by) = by {
                let error = WireError::Disabled {
                    service: service.name,
                    by: by.name,
                    section: by.section,
                };
                found.push(placed(&error.to_string(), service.section, config));
            }
        }
    }

    /// The service whose section a setting lies in.
    pub(crate) fn owner(&self, path: &str) -> Option<usize> {
        let all = self.services.iter().enumerate();
        let around = all.filter(|it| is_within(path, it.1.section));
        around.max_by_key(|it| it.1.section.len()).map(|it| it.0)
    }

    /// All that are to be wired anew where one of these is: whoever needs what it offers as well.
    /// `None` where one of them cannot.
    pub(crate) fn wired_with(&self, service: usize) -> Option<HashSet<usize>> {
        let mut all = HashSet::from([service]);
        let mut offers = self.services[service].offers.clone();
        self.services[service].again?;
        for (at, it) in self.services.iter().enumerate().skip(service + 1) {
            if !it.needs.iter().any(|need| offers.contains(&need.id)) {
                continue;
            }
            it.again?;
            offers.extend(&it.offers);
            all.insert(at);
        }
        Some(all)
    }

    /// Wires services anew by another configuration. Mistakes are in `found`. `None` where one of
    /// them turns out to do more than to contribute what others follow.
    pub(crate) fn rewire(
        &self,
        services: HashSet<usize>,
        config: &Config,
        found: &mut Diagnostics,
    ) -> Option<Rewired> {
        let sections = self.sections();
        let mut offered = self.offered.clone();
        let anew = Contributions::default();
        let mut checks = Vec::new();
        for (at, it) in self.services.iter().enumerate() {
            let again = it.again.filter(|_| services.contains(&at));
            let Some(again) = again else { continue };
            offered.withdraw(&it.offers);
            let Some(configured) = again(config, &sections, found) else {
                continue;
            };
            let mut cx = Init::anew(&self.contributions, &anew, at);
            if let Err(error) = configured.init(&mut offered, &mut cx) {
                found.push(placed(&error.to_string(), it.section, config));
            }
            if cx.task.is_some() || !cx.farewells.is_empty() || cx.hook.is_some() {
                return None;
            }
            checks.append(&mut cx.checks);
        }
        let off: Vec<Off> = self.off(config);
        let findings = checks.into_iter().flat_map(|check| check(&off));
        found.extend(findings.map(|it| it.placed_in(config)));
        let mut types = self.contributions.types_of(&services);
        types.extend(anew.types_of(&services));
        let followed = self.services.iter().filter_map(|it| it.hook.as_ref());
        let followed: HashSet<TypeId> = followed.flat_map(Hook::followed).collect();
        let contributions = self.contributions.with_anew(&services, &anew);
        types.is_subset(&followed).then_some(Rewired {
            services,
            offered,
            contributions,
            types,
        })
    }

    /// Those that the configuration turns off.
    pub(crate) fn off(&self, config: &Config) -> Vec<Off> {
        let off = self.services.iter().filter(|it| !it.would_be_on(config));
        off.map(|it| Off {
            name: it.name,
            section: it.section,
        })
        .collect()
    }

    /// From now on these are the services.
    pub(crate) fn adopt(&mut self, rewired: Rewired, config: &Config) {
        self.offered = rewired.offered;
        self.contributions.become_those_of(&rewired.contributions);
        for at in rewired.services {
            let it = &mut self.services[at];
            it.is_on = it.would_be_on(config);
        }
    }
}

/// Whether a setting is a section, or in it.
pub(crate) fn is_within(path: &str, section: &str) -> bool {
    let rest = path.strip_prefix(section);
    rest.is_some_and(|it| section.is_empty() || it.is_empty() || it.starts_with('.'))
}
