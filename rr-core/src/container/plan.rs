//! Services with their sections read: which are on, whether each gets what it needs.

use std::{any::TypeId, collections::HashMap};

use super::{Entry, WireError, entry::Configured, order, standing::Standing};
use crate::{
    check::Said,
    config::{Config, Diagnostic, Diagnostics},
    needs::Need,
};

/// All services of a server, before they are wired.
pub(super) struct Plan {
    /// In the order of their start.
    pub(super) services: Vec<Planned>,
    /// Who offers what: positions in `services`.
    pub(super) offered_by: HashMap<TypeId, usize>,
}

/// A service that is in this server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) section: &'static str,
    /// Whether it has its section, or does without.
    pub(super) is_on: bool,
}

/// One of them.
pub(super) struct Planned {
    pub(super) member: Member,
    pub(super) needs: Vec<Need>,
    /// What stays of it for a reload of the configuration.
    pub(super) standing: Standing,
    /// `None` where the service is off or its section is wrong.
    pub(super) configured: Option<Box<dyn Configured>>,
}

impl Plan {
    /// Reads all sections and has each service say what it thinks of its own.
    pub(super) fn read(
        entries: Vec<Entry>,
        config: &Config,
        found: &mut Diagnostics,
    ) -> Result<Self, WireError> {
        let order = order::order(&entries)?;
        let sections: Vec<&str> = entries.iter().map(|it| it.section).collect();
        let mut offers: Vec<_> = entries.iter().map(|it| it.offers.clone()).collect();
        // Read in the order of registration, so that findings come in that.
        let mut read: Vec<_> = entries
            .into_iter()
            .map(|entry| Some(Planned::read(entry, config, &sections, found)))
            .collect();

        let mut said = Said::default();
        for it in read.iter().flatten() {
            if let Some(configured) = &it.configured {
                configured.check(&mut said.of(it.member.section, config));
            }
        }
        said.judge(config, found);

        let mut plan = Self {
            services: Vec::new(),
            offered_by: HashMap::new(),
        };
        for i in order {
            let at = plan.services.len();
            let offers = std::mem::take(&mut offers[i]);
            plan.offered_by
                .extend(offers.into_iter().map(|(id, _)| (id, at)));
            plan.services.extend(read[i].take());
        }
        Ok(plan)
    }

    /// The services that are on and do not get what they need.
    pub(super) fn unmet(&self) -> impl Iterator<Item = (Member, WireError)> {
        self.services.iter().filter_map(|it| {
            let by = |need: &Need| self.offered_by.get(&need.id).map(|at| &self.services[*at]);
            let is_met = |need: &Need| by(need).is_some_and(|by| by.member.is_on);
            let mut needs = it.needs.iter().filter(|need| !need.optional);
            let need = needs.find(|need| !is_met(need))?;
            let error = match by(need) {
                Some(by) => WireError::Disabled {
                    service: it.member.name,
                    by: by.member.name,
                    section: by.member.section,
                },
                None => WireError::Missing {
                    service: it.member.name,
                    needs: need.name,
                },
            };
            it.member.is_on.then_some((it.member, error))
        })
    }

    /// The same as findings, where the sections of those services stand.
    pub(super) fn tell_unmet(&self, config: &Config, found: &mut Diagnostics) {
        for (member, error) in self.unmet() {
            found.push(placed(&error.to_string(), member.section, config));
        }
    }
}

/// An error's own words, its help apart, at the section that it is about.
pub(crate) fn placed(text: &str, section: &str, config: &Config) -> Diagnostic {
    let (message, help) = match text.split_once("\nhelp: ") {
        Some((message, help)) => (message, Some(help.to_owned())),
        None => (text, None),
    };
    let mut finding = Diagnostic::error(message).path(section);
    finding.help = help;
    finding.place = config.place(section);
    finding
}

impl Planned {
    fn read(entry: Entry, config: &Config, sections: &[&str], found: &mut Diagnostics) -> Self {
        let standing = Standing::of(&entry, config);
        Self {
            member: Member {
                name: entry.name,
                section: entry.section,
                is_on: standing.is_on,
            },
            standing,
            needs: entry.needs.clone(),
            configured: entry.read(config, sections, found),
        }
    }
}
