//! Who applies which difference: a service by itself, one that is wired anew, or nobody.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::{
    config::{Config, Difference, effective::Source, reference::Setting},
    container::{Standings, is_within},
};

/// A difference and who is to apply it.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) difference: Difference,
    pub(super) by: By,
}

/// Who applies a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The service at this position, while it runs.
    Itself(usize),
    /// The same, by being wired anew.
    Again(usize),
    /// The reading itself: where the settings are written.
    Reading,
    /// The next start.
    Restart,
    /// Nobody reads it.
    Nobody,
}

/// What the reading of the configuration goes by, and nothing else.
const OF_READING: [&str; 3] = ["version", "include", "envfile"];

pub(super) fn decide(
    before: &Config,
    after: &Config,
    reference: &Setting,
    standings: &Standings,
) -> Vec<Decided> {
    let differences = before.differences(after, reference);
    let mut all = Vec::new();
    let mut switched = BTreeSet::new();
    for it in differences {
        let owner = standings.owner(&it.path);
        match owner {
            // One line for a service that goes on or off, not one for each of its defaults.
            Some(at) if is_switched(standings, at, after) => {
                if switched.insert(at) {
                    all.push(switch(standings, at, after));
                }
            }
            _ => all.push(Decided {
                by: by(&it, owner, reference, standings),
                difference: it,
            }),
        }
    }
    // A section with nothing in it turns its service on, and differs in no setting.
    for at in 0..standings.services.len() {
        if is_switched(standings, at, after) && switched.insert(at) {
            all.push(switch(standings, at, after));
        }
    }
    all
}

fn is_switched(standings: &Standings, at: usize, after: &Config) -> bool {
    let it = &standings.services[at];
    it.is_on != it.would_be_on(after)
}

fn switch(standings: &Standings, at: usize, after: &Config) -> Decided {
    let it = &standings.services[at];
    let word = |on| Some(Value::from(if on { "on" } else { "off" }));
    let difference = Difference {
        path: it.section.to_owned(),
        from: word(it.is_on),
        to: word(!it.is_on),
        source: after.place(it.section).map(Source::File),
    };
    Decided {
        by: match standings.wired_with(at) {
            Some(_) => By::Again(at),
            None => By::Restart,
        },
        difference,
    }
}

fn by(it: &Difference, owner: Option<usize>, reference: &Setting, standings: &Standings) -> By {
    let path = &*it.path;
    if OF_READING.iter().any(|it| is_within(path, it)) {
        return By::Reading;
    }
    if !is_read(path, reference) {
        return By::Nobody;
    }
    let Some(at) = owner else {
        return By::Restart;
    };
    let service = &standings.services[at];
    let claims = service.hook.as_ref().is_some_and(|it| it.claims(path));
    match (service.is_on, standings.wired_with(at)) {
        // It has no section, before and after: what is there is nobody's.
        (false, _) => By::Nobody,
        (true, Some(_)) => By::Again(at),
        (true, None) if claims => By::Itself(at),
        (true, None) => By::Restart,
    }
}

/// Whether somebody reads the setting. Names of the user's choice may have dots in them, so that
/// below these every path is taken for one.
fn is_read(path: &str, reference: &Setting) -> bool {
    if let Ok(setting) = reference.find(path) {
        return !setting.is_useless;
    }
    let ends = path.match_indices('.').map(|it| it.0);
    let mut around = ends.filter_map(|end| reference.find(&path[..end]).ok());
    around.any(|it| it.named.is_some())
}

/// All services that are to be wired anew, those that need one of them included.
pub(super) fn to_wire_anew(decided: &[Decided], standings: &Standings) -> HashSet<usize> {
    let changed = decided.iter().filter_map(|it| match it.by {
        By::Again(at) => standings.wired_with(at),
        _ => None,
    });
    changed.flatten().collect()
}
