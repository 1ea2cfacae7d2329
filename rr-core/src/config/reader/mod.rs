//! A section of the tree into a service's own type: weak typing, unknown keys, all mistakes in
//! one run. Knows serde, no service.

mod access;
mod de;
mod fault;
mod mask;
mod stand_in;
mod unknown;
pub(super) mod weak;

use std::cell::RefCell;

use serde::de::DeserializeOwned;

use self::{
    de::NodeDeserializer,
    fault::Fault,
    mask::{Mask, Masks, parent},
};
use super::{Diagnostics, node::Node};

pub(super) use self::{access::items, unknown::unknown_sections};

/// Mistakes after which a section is given up: nobody reads more, and each costs a reading.
const MAX_ATTEMPTS: usize = 100;

/// Reads `node`, the section at `path`. `None` if anything in it is faulty: each fault is in
/// `diagnostics` then.
///
/// `claimed` are paths of other services' sections: those below this one are left to them.
pub(super) fn read<T: DeserializeOwned>(
    node: &Node,
    path: &str,
    claimed: &[&str],
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let mut session = Session {
        claimed,
        masks: Masks::of_faulty(node, path),
        warnings: RefCell::default(),
    };
    let mut faulty = session.masks.covers(path);
    let mut value = None;
    for _ in 0..MAX_ATTEMPTS {
        match T::deserialize(NodeDeserializer::new(node, path.to_owned(), &session)) {
            Ok(read) => {
                value = (!faulty).then_some(read);
                break;
            }
            Err(fault) => {
                faulty = true;
                let fault = fault.at(path, Some(node));
                if !session.learn(fault, path, diagnostics) {
                    break;
                }
            }
        }
    }
    diagnostics.extend(session.warnings.into_inner());
    value
}

/// What lasts from one attempt at a section to the next.
struct Session<'a> {
    claimed: &'a [&'a str],
    masks: Masks,
    warnings: RefCell<Diagnostics>,
}

impl Session<'_> {
    /// Reports the fault unless it only follows from an earlier one, and masks its cause.
    /// False if nothing is left to try.
    fn learn(&mut self, fault: Fault, section: &str, diagnostics: &mut Diagnostics) -> bool {
        let at = fault.path().to_owned();
        let (cause, follows) = match fault.missing {
            Some(field) => {
                let cause = format!("{at}.{field}");
                let follows = self.masks.get(&cause).is_some();
                (cause, follows)
            }
            None => (at.clone(), self.masks.covers(&at)),
        };
        let mask = match fault.missing {
            Some(_) => Mask::StandIn,
            None => Mask::Absent,
        };
        if !follows {
            diagnostics.push(fault.into_diagnostic());
        }
        self.mask(&cause, mask, section)
    }

    /// Masks `cause`, or what contains it if it is masked so already.
    fn mask(&mut self, cause: &str, mask: Mask, section: &str) -> bool {
        let mut cause = cause;
        let mut mask = mask;
        while self
            .masks
            .get(cause)
            .is_some_and(|old| old == mask || old == Mask::StandIn)
        {
            let Some(outer) = parent(cause) else {
                return false;
            };
            cause = outer;
            mask = Mask::Absent;
        }
        if !mask::is_within(cause, section) || cause == section {
            return false;
        }
        self.masks.set(cause, mask);
        true
    }
}
