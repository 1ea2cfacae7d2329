//! The order of start: each service after what it needs.

use std::{any::TypeId, collections::HashMap};

use super::{Entry, WireError};

/// Positions of `entries` in an order in which each comes after those whose offers it
/// needs; among those free to go, in the order of registration.
pub(super) fn order(entries: &[Entry]) -> Result<Vec<usize>, WireError> {
    let mut by: HashMap<TypeId, usize> = HashMap::new();
    for (i, entry) in entries.iter().enumerate() {
        if entries[..i].iter().any(|other| other.name == entry.name) {
            return Err(WireError::Twice(entry.name));
        }
        for &(id, offer) in &entry.offers {
            if let Some(first) = by.insert(id, i) {
                return Err(WireError::TwoOffer(entries[first].name, entry.name, offer));
            }
        }
    }

    let mut placed: Vec<usize> = Vec::new();
    while placed.len() < entries.len() {
        let is_free = |i: &usize| {
            !placed.contains(i)
                && entries[*i]
                    .needs
                    .iter()
                    .all(|need| by.get(&need.id).is_none_or(|from| placed.contains(from)))
        };
        match (0..entries.len()).find(is_free) {
            Some(i) => placed.push(i),
            None => {
                let circle = (0..entries.len()).filter(|i| !placed.contains(i));
                return Err(WireError::Circle(circle.map(|i| entries[i].name).collect()));
            }
        }
    }
    Ok(placed)
}
