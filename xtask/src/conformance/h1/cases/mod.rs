//! The cases, by topic.

mod chunks;
mod conditional;
mod connections;
mod cookies;
mod expectations;
mod fields;
mod hosts;
mod lengths;
mod limits;
mod methods;
mod ranges;
mod responses;
mod slow;
mod smuggling;
mod targets;
mod timeouts;
mod trailers;
mod transfer;

use super::case::Case;

const TOPICS: &[&[Case]] = &[
    lengths::CASES,
    transfer::CASES,
    chunks::CASES,
    trailers::CASES,
    smuggling::CASES,
    fields::CASES,
    cookies::CASES,
    targets::CASES,
    hosts::CASES,
    methods::CASES,
    expectations::CASES,
    connections::CASES,
    responses::CASES,
    conditional::CASES,
    ranges::CASES,
    limits::CASES,
    slow::CASES,
    timeouts::CASES,
];

pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    TOPICS.iter().copied().flatten()
}

/// Those about where a request ends, to be sent through other servers as well.
pub(in crate::conformance) fn smuggling_variants() -> impl Iterator<Item = &'static Case> {
    let topics = [
        lengths::CASES,
        transfer::CASES,
        chunks::CASES,
        trailers::CASES,
        smuggling::CASES,
    ];
    topics.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn cases_are_well_formed() {
        let mut names = HashSet::new();
        for case in all() {
            let name = case.name;
            assert!(names.insert(name), "`{name}` is there twice");
            assert!(case.outcomes().next().is_some(), "`{name}` expects nothing");
            let (rfc, section) = case.section.split_once(' ').unwrap();
            assert!(["9110", "9111", "9112", "6585"].contains(&rfc), "{name}");
            assert!(
                section.split('.').all(|it| it.parse::<u8>().is_ok()),
                "{name}"
            );
        }
        assert!(names.len() >= 150, "{} cases", names.len());
    }
}
