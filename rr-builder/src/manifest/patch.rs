//! `[patch]` and `[replace]`: other crates in the place of those that some crate asks for.

use semver::Version;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    entry::{self, Location},
    table::{Noted, TableReader},
};
use crate::diagnostic::Diagnostic;

/// The registry that is meant if none is named.
const CRATES_IO: &str = "crates-io";

/// A crate that takes the place of another.
#[derive(Debug)]
pub struct Patch {
    /// Which crates it replaces.
    pub place: PatchPlace,
    /// The package's name.
    pub package: Spanned<String>,
    /// Where the other one lies; never a registry.
    pub location: Spanned<Location>,
}

/// Which crates a patch replaces.
#[derive(Debug, PartialEq, Eq)]
pub enum PatchPlace {
    /// Those of a registry or repository, by cargo's name or address of it.
    From(String),
    /// That of one version.
    Version(Version),
}

/// Reads `[patch]`.
pub(super) fn patches(reader: &mut TableReader<'_>) -> Vec<Patch> {
    let Some(table) = reader.table("patch") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, value) in in_order(table) {
        let name = key.get_ref().as_ref();
        if name != CRATES_IO && !name.contains("://") {
            let place = PatchPlace::From(CRATES_IO.to_owned());
            found.extend(patch(reader, place, named(key), value).ok());
            continue;
        }
        let DeValue::Table(inner) = value.get_ref() else {
            let help = Some(format!("begin it with `[patch.\"{name}\"]`"));
            reader.expected(name, "a table", value, help);
            continue;
        };
        for (key, value) in in_order(inner) {
            let place = PatchPlace::From(name.to_owned());
            found.extend(patch(reader, place, named(key), value).ok());
        }
    }
    found
}

/// Reads `[replace]`.
pub(super) fn replaces(reader: &mut TableReader<'_>) -> Vec<Patch> {
    let Some(table) = reader.table("replace") else {
        return Vec::new();
    };
    let entries = in_order(table).into_iter();
    let found = entries.filter_map(|(key, value)| {
        let parts = key.get_ref().split_once('@');
        let version = parts.and_then(|(_, it)| Version::parse(it).ok());
        let (Some((package, _)), Some(version)) = (parts, version) else {
            reader.mistake(key.span(), |it| {
                Diagnostic::new("`replace` needs a crate with its exact version")
                    .at(it)
                    .help("write `\"hyper@1.6.0\" = { path = \"..\" }`, or use `[patch]` for every version")
            });
            return None;
        };
        let package = Spanned::new(key.span(), package.to_owned());
        patch(reader, PatchPlace::Version(version), package, value).ok()
    });
    found.collect()
}

type Pair<'a, 'b> = (
    &'a Spanned<std::borrow::Cow<'b, str>>,
    &'a Spanned<DeValue<'b>>,
);

fn in_order<'a, 'b>(table: &'a DeTable<'b>) -> Vec<Pair<'a, 'b>> {
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs
}

fn named(key: &Spanned<std::borrow::Cow<'_, str>>) -> Spanned<String> {
    Spanned::new(key.span(), key.get_ref().to_string())
}

fn patch(
    reader: &mut TableReader<'_>,
    place: PatchPlace,
    package: Spanned<String>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Patch, Noted> {
    let name = package.get_ref();
    let DeValue::Table(table) = value.get_ref() else {
        let help = Some(format!("write `{name} = {{ path = \"..\" }}`"));
        return Err(reader.expected(name, "a table", value, help));
    };
    let mut inner = reader.within(format!("the patch of `{name}`"), package.span(), table);
    let location = entry::patch(&mut inner, package.span());
    reader.absorb(inner.into_mistakes());
    Ok(Patch {
        place,
        package,
        location: location?,
    })
}
