//! The features of a crate, as its `Cargo.toml` has them.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::table;

/// Each feature by its name. An optional dependency is one, unless a feature of another name turns
/// it on by `dep:`: <https://doc.rust-lang.org/cargo/reference/features.html#optional-dependencies>.
pub(super) fn read(root: &DeTable<'_>) -> BTreeSet<String> {
    let declared = table(root, "features");
    let turned_on: BTreeSet<&str> = declared
        .iter()
        .flat_map(|it| it.values())
        .filter_map(|it| it.get_ref().as_array())
        .flat_map(|it| it.iter())
        .filter_map(|it| it.get_ref().as_str()?.strip_prefix("dep:"))
        .collect();
    let platforms = table(root, "target").into_iter().flat_map(|it| it.values());
    let platforms = platforms.filter_map(|it| it.get_ref().as_table());
    let optional = platforms
        .chain([root])
        .flat_map(|it| {
            ["dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(move |kind| table(it, kind))
        })
        .flat_map(|it| it.iter())
        .filter(|(_, value)| is_optional(value.get_ref()))
        .map(|(name, _)| name.get_ref().as_ref())
        .filter(|it| !turned_on.contains(it));
    let declared = declared.iter().flat_map(|it| it.keys());
    let declared = declared.map(|it| it.get_ref().as_ref());
    declared.chain(optional).map(str::to_owned).collect()
}

fn is_optional(dependency: &DeValue<'_>) -> bool {
    let optional = dependency.as_table().and_then(|it| it.get("optional"));
    optional.is_some_and(|it| it.get_ref().as_bool() == Some(true))
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    #[test]
    fn features_and_optional_dependencies_are_found() {
        let text = "[features]\ndefault = [\"gold\"]\ngold = [\"dep:metal\"]\n\n\
                    [dependencies]\nmetal = { version = \"1\", optional = true }\n\
                    stone = { version = \"1\", optional = true }\nwood = \"1\"\n\n\
                    [target.'cfg(unix)'.dependencies]\nclay = { path = \"c\", optional = true }\n";
        let root = DeTable::parse(text).unwrap();
        let found = super::read(root.get_ref());
        assert_eq!(Vec::from_iter(found), ["clay", "default", "gold", "stone"]);
    }
}
