//! Rule for what is linked into a binary that we ship: its licence lets users do with it as they like.

use anyhow::Result;
use spdx::{Expression, LicenseReq, ParseMode};

use super::{Finding, law};
use crate::{
    dist::parts::{Part, Parts},
    repo::{self, File},
};

/// Checks the crates of each binary against [`law::LICENCES`].
pub(super) fn check() -> Result<Vec<Finding>> {
    let sh = repo::shell()?;
    let mut findings = Vec::new();
    for package in law::SHIPPED {
        let Parts(parts) = Parts::of(&sh, package, "all")?;
        let file = File::new(&format!("{package}/Cargo.toml"), "");
        for part in &parts {
            if let Some(message) = refusal(part) {
                findings.push(Finding::error(&file, 1, message));
            }
        }
    }
    Ok(findings)
}

/// What is wrong with the licence of a crate. Of several to choose from, one is enough.
fn refusal(part: &Part) -> Option<String> {
    let Part {
        name,
        version,
        licence,
        ..
    } = part;
    let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
        return Some(format!(
            "`{licence}`, the licence of {name} {version}, is no SPDX expression"
        ));
    };
    let allowed = expression.evaluate(|it: &LicenseReq| {
        let id = it.license.id().map(|it| it.name);
        id.is_some_and(|it| law::LICENCES.contains(&it))
    });
    (!allowed).then(|| {
        format!(
            "{name} {version} is under {licence}: law.rs lists what is linked into binaries that are passed on"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(licence: &str) -> bool {
        let part = Part {
            licence: licence.into(),
            ..Part::default()
        };
        refusal(&part).is_some()
    }

    #[test]
    fn one_of_several_is_enough_and_all_of_all() {
        for fine in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "(Apache-2.0 OR MIT) AND BSD-3-Clause",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(!refused(fine), "{fine}");
        }
        for not in [
            "GPL-3.0-only",
            "LGPL-2.1-or-later",
            "MPL-2.0",
            "MIT AND AGPL-3.0-only",
            "whatever",
        ] {
            assert!(refused(not), "{not}");
        }
    }
}
