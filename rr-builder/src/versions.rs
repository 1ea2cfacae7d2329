//! Two versions of one of rr's own crates in a server: cargo's refusal, in words about rr.
//!
//! What the crates of a manifest ask for themselves is compared before cargo is run. This is about
//! what *their* dependencies ask for. Cargo refuses it, since rr-core says `links`, but speaks of
//! native libraries.

use std::fmt;

use crate::stock::PACKAGES;

/// Who asks for what, and what there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Clash {
    /// `rr-core` or `rr-services`.
    pub package: &'static str,
    /// The crate that asks, with its version.
    pub by: String,
    /// The version that it asks for.
    pub asked: String,
    /// The version that the server has.
    pub present: String,
}

impl Clash {
    /// What cargo complains of, if it is a clash of versions of rr.
    pub(crate) fn find(complaint: &str) -> Option<Self> {
        let first = complaint.lines().next()?;
        let package = PACKAGES.into_iter().find(|it| {
            let named = first.strip_prefix("failed to select a version for ");
            let named = named.map(|it| it.trim_start_matches("the requirement "));
            let named = named.and_then(|it| it.strip_prefix('`'));
            named.is_some_and(|rest| {
                rest.starts_with(&format!("{it}`")) || rest.starts_with(&format!("{it} ="))
            })
        })?;
        let after = |start: &str| {
            let mut lines = complaint.lines();
            lines.find_map(|line| Some(line.split_once(start)?.1.trim()))
        };
        let quoted = |start: &str| Some(after(start)?.split('`').next()?.to_owned());
        let by = quoted("required by package `")?;
        let (asked, present) = match first.split_once(" = \"") {
            // Nothing that there is fits the requirement.
            Some((_, requirement)) => (
                requirement.split('"').next()?.to_owned(),
                after("candidate versions found which didn't match: ")?.to_owned(),
            ),
            // Both are there, and both say `links`.
            None => (
                after("` are: ")?.to_owned(),
                quoted(&format!("package `{package} v"))?,
            ),
        };
        let by = by.split(" (").next().unwrap_or(&by).to_owned();
        let present = present.split(" (").next().unwrap_or(&present).to_owned();
        Some(Self {
            package,
            by,
            asked,
            present,
        })
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            package,
            by,
            asked,
            present,
        } = self;
        write!(
            f,
            "two versions of {package} do not go into one server: it has {present}, `{by}` asks for {asked}\n\
             help: take a version of `{by}` that was made for {package} {present}, or the rr-builder of {package} {asked}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(complaint: &str, expected: Option<[&str; 3]>) {
        let found = Clash::find(complaint);
        let found = found.as_ref().map(|it| [&*it.by, &*it.asked, &*it.present]);
        assert_eq!(found, expected);
    }

    #[test]
    fn both_versions_and_who_asks_are_found() {
        check(
            "failed to select a version for `rr-core`.\n    \
             ... required by package `coupons v1.0.0 (/a/coupons)`\n    \
             ... which satisfies path dependency `coupons` of package `till v1.0.0 (/a/server)`\n\
             versions that meet the requirements `*` are: 0.2.0\n\n\
             package `rr-core` links to the native library `rr-core`, but it conflicts with a previous package which links to `rr-core` as well:\n\
             package `rr-core v0.1.0 (/a/rr-core)`\n",
            Some(["coupons v1.0.0", "0.2.0", "0.1.0"]),
        );
        check(
            "failed to select a version for the requirement `rr-core = \"^0.2\"`\n\
             candidate versions found which didn't match: 0.1.0\n\
             location searched: crates.io index\n\
             required by package `coupons v1.0.0 (/a/coupons)`\n",
            Some(["coupons v1.0.0", "^0.2", "0.1.0"]),
        );
        check(
            "failed to select a version for the requirement `rr-corelike = \"^0.2\"`\n\
             candidate versions found which didn't match: 0.1.0\n\
             required by package `coupons v1.0.0`\n",
            None,
        );
        check("no matching package named `coupons` found", None);
        check("", None);
    }
}
