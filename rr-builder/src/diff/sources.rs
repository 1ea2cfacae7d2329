//! Where crates come from, in words that can be compared.

use std::{collections::BTreeMap, path::Path};

use crate::{manifest::Location, relative::relative, resolve::Plan};

/// The crates of the project by name: where each lies, and its features.
pub(super) fn crates(plan: &Plan) -> BTreeMap<String, String> {
    let crates = plan.dependencies.iter().map(|it| {
        let features = match it.features.as_slice() {
            [] => String::new(),
            features => format!(", features {}", features.join(" ")),
        };
        let text = place(&it.location, plan) + &features;
        (it.package.clone(), text)
    });
    crates.collect()
}

/// What takes the place of other crates, by their names.
pub(super) fn patches(plan: &Plan) -> BTreeMap<String, String> {
    let patches = plan.replacements.iter();
    patches
        .map(|it| (it.replaced.clone(), place(&it.location, plan)))
        .collect()
}

fn place(location: &Location, plan: &Plan) -> String {
    match location {
        Location::Path(path) | Location::Archive(path) => {
            let folder = plan.source.path.parent().unwrap_or(Path::new(""));
            let folder = Path::new(".").join(folder).canonicalize();
            let path = folder.map_or(path.clone(), |it| relative(&it, path));
            path.display().to_string()
        }
        Location::Git { url, kind, name } => format!("{url} {kind} {name}"),
        Location::Registry(version) => format!("version {version}"),
    }
}
