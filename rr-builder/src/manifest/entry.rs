//! One entry of the manifest whose code is not rr's own: which crate, and what of it.

use std::{ops::Range, path::PathBuf};

use semver::VersionReq;
use toml::{Spanned, de::DeTable};

use super::table::{Noted, TableReader};
use crate::{diagnostic::Diagnostic, rust::Code};

/// The keys of an entry that say where its crate lies, and which it is.
const KEYS: [&str; 8] = [
    "path", "git", "rev", "tag", "branch", "version", "archive", "crate",
];

/// A service or middleware of the project or of a third party.
#[derive(Debug)]
pub struct Own {
    /// The crate it lies in; `None` if another entry of the manifest brings that in.
    pub krate: Option<CrateRef>,
    /// The service's type or the middleware's layer; `None` if the crate's own metadata says.
    pub code: Option<Spanned<Code>>,
    /// What to point at when nothing in the entry is better.
    pub span: Range<usize>,
}

/// A crate and where to find it.
#[derive(Debug)]
pub struct CrateRef {
    /// The package's name, if the entry names it.
    pub package: Option<Spanned<String>>,
    /// Where it lies.
    pub location: Spanned<Location>,
    /// Features to turn on besides its default ones.
    pub features: Vec<Spanned<String>>,
}

impl CrateRef {
    /// What to call it: the package's name, else where it lies.
    pub(crate) fn shown(&self) -> String {
        match (&self.package, self.location.get_ref()) {
            (Some(package), _) => package.get_ref().clone(),
            (None, Location::Path(path) | Location::Archive(path)) => path.display().to_string(),
            (None, Location::Git { url, .. }) => url.clone(),
            (None, Location::Registry(version)) => version.clone(),
        }
    }
}

/// Where a crate lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder, relative to the manifest's.
    Path(PathBuf),
    /// A git repository.
    Git {
        /// Its address, as git takes it.
        url: String,
        /// `rev`, `tag` or `branch`.
        kind: &'static str,
        /// Which of them.
        name: String,
    },
    /// A registry, with a version requirement in cargo's form.
    Registry(String),
    /// A `.tar.gz` with a crate in it, relative to the manifest's folder.
    Archive(PathBuf),
}

/// Reads the table of the service `name`.
pub(super) fn service(
    reader: &mut TableReader<'_>,
    name: &Spanned<String>,
    table: &DeTable<'_>,
) -> Result<Own, Noted> {
    let owner = format!("the service `{}`", name.get_ref());
    let mut inner = reader.within(owner, name.span(), table);
    let own = entry(&mut inner, "type", Code::path, name.span());
    reader.absorb(inner.into_mistakes());
    own
}

/// Reads a table of `[[middleware]]`.
pub(super) fn middleware(
    reader: &mut TableReader<'_>,
    table: &Spanned<&DeTable<'_>>,
) -> Result<Own, Noted> {
    let mut inner = reader.within("a middleware", table.span(), table.get_ref());
    let own = entry(&mut inner, "layer", Code::expression, table.span()).map(|own| Own {
        // The table begins at its `[[..]]`: where its crate lies says more.
        span: match (&own.code, &own.krate) {
            (None, Some(krate)) => krate.location.span(),
            _ => own.span,
        },
        ..own
    });
    reader.absorb(inner.into_mistakes());
    own
}

/// Reads a table of `[[command]]`.
pub(super) fn command(
    reader: &mut TableReader<'_>,
    table: &Spanned<&DeTable<'_>>,
) -> Result<Own, Noted> {
    coded(reader, "a command", table.span(), table.get_ref())
}

/// Reads an `allocator` that is a table.
pub(super) fn allocator(
    reader: &mut TableReader<'_>,
    span: Range<usize>,
    table: &DeTable<'_>,
) -> Result<Own, Noted> {
    coded(reader, "the allocator", span, table)
}

/// Reads where the crate of a patch lies.
pub(super) fn patch(
    reader: &mut TableReader<'_>,
    span: Range<usize>,
) -> Result<Spanned<Location>, Noted> {
    let clean = reader.only(&["path", "git", "rev", "tag", "branch", "archive"]);
    match location(reader)? {
        Some(location) => Ok(location),
        // The key that is unknown is most likely the one that is missing.
        None if !clean => Err(Noted),
        None => Err(reader.mistake(span, |it| {
            Diagnostic::new("this patch has no crate")
                .at(it)
                .help("say where it lies: `path = \"..\"`, `archive = \"..\"`, or `git` with `tag`")
        })),
    }
}

/// An entry whose code the manifest itself must name.
fn coded(
    reader: &mut TableReader<'_>,
    owner: &str,
    span: Range<usize>,
    table: &DeTable<'_>,
) -> Result<Own, Noted> {
    let mut inner = reader.within(owner, span.clone(), table);
    let own = entry(&mut inner, "type", Code::path, span.clone());
    let own = own.and_then(|own| match own.code {
        Some(_) => Ok(own),
        None => {
            let message = format!("{owner} has no `type`");
            let help = "name it by its path in Rust: `type = \"the_crate::TheType\"`";
            Err(inner.mistake(span, |it| Diagnostic::new(message).at(it).help(help)))
        }
    });
    reader.absorb(inner.into_mistakes());
    own
}

fn entry(
    reader: &mut TableReader<'_>,
    code_key: &'static str,
    parse: fn(&str) -> Result<Code, String>,
    span: Range<usize>,
) -> Result<Own, Noted> {
    let known: Vec<&str> = KEYS.into_iter().chain(["features", code_key]).collect();
    let clean = reader.only(&known);
    // Each is read before any is missed, so that all mistakes are told.
    let code = code(reader, code_key, parse);
    let package = reader.string("crate");
    let features = reader.strings("features");
    let location = location(reader);
    let (code, package, location) = (code?, package?, location?);
    // A key that is unknown is most likely the one that is missing.
    if !clean && (code.is_none() || location.is_none()) {
        return Err(Noted);
    }
    let krate = match location {
        Some(location) => Some(CrateRef {
            package,
            location,
            features,
        }),
        None => {
            nothing_of_a_crate(reader, package.as_ref(), &features)?;
            None
        }
    };
    let span = code.as_ref().map_or(span, Spanned::span);
    Ok(Own { krate, code, span })
}

fn code(
    reader: &mut TableReader<'_>,
    key: &'static str,
    parse: fn(&str) -> Result<Code, String>,
) -> Result<Option<Spanned<Code>>, Noted> {
    // Rust is left as it is: a variable must not become code.
    let Some(text) = reader.verbatim(key)? else {
        return Ok(None);
    };
    let code = parse(text.get_ref()).and_then(|code| match code.krate() {
        Some("") => Err(format!(
            "begin it with its crate: `the_crate::{}`",
            code.text()
        )),
        _ => Ok(code),
    });
    match code {
        Ok(code) => Ok(Some(Spanned::new(text.span(), code))),
        Err(reason) => {
            let message = format!("`{key}` cannot be used");
            Err(reader.mistake(text.span(), |it| {
                Diagnostic::new(message).at(it).label(reason)
            }))
        }
    }
}

fn location(reader: &mut TableReader<'_>) -> Result<Option<Spanned<Location>>, Noted> {
    let found = reader.strings_at(&["path", "git", "version", "archive"])?;
    let references = reader.strings_at(&["rev", "tag", "branch"])?;
    exclusive(reader, &found)?;
    exclusive(reader, &references)?;
    let Some((kind, value)) = found.into_iter().next() else {
        return Ok(None);
    };
    let reference = references.into_iter().next();
    if let ("path" | "version" | "archive", Some((reference, at))) = (kind, &reference) {
        let message = format!("`{reference}` says nothing beside `{kind}`");
        let help = "it chooses a state of a `git` repository";
        reader.mistake(at.span(), |it| Diagnostic::new(message).at(it).help(help));
    }
    let span = value.span();
    let location = match kind {
        "path" => Location::Path(value.into_inner().into()),
        "git" => git(reader, value, reference)?,
        "archive" => Location::Archive(value.into_inner().into()),
        _ => registry(reader, value)?,
    };
    Ok(Some(Spanned::new(span, location)))
}

/// `crate` and `features` are of no use to an entry that does not say where its crate lies.
fn nothing_of_a_crate(
    reader: &mut TableReader<'_>,
    package: Option<&Spanned<String>>,
    features: &[Spanned<String>],
) -> Result<(), Noted> {
    let (key, stray) = match (package, features) {
        (Some(package), _) => ("crate", package),
        (None, [feature, ..]) => ("features", feature),
        (None, []) => return Ok(()),
    };
    let message = format!("`{key}` without a place to take the crate from");
    Err(reader.mistake(stray.span(), |it| {
        Diagnostic::new(message)
            .at(it)
            .help("add `path = \"..\"`, or `git` with `tag`, or `version`")
    }))
}

fn exclusive(
    reader: &mut TableReader<'_>,
    found: &[(&'static str, Spanned<String>)],
) -> Result<(), Noted> {
    let [(first, _), (second, at), ..] = found else {
        return Ok(());
    };
    let message = format!("`{first}` and `{second}` exclude each other");
    Err(reader.mistake(at.span(), |it| Diagnostic::new(message).at(it)))
}

fn git(
    reader: &mut TableReader<'_>,
    url: Spanned<String>,
    reference: Option<(&'static str, Spanned<String>)>,
) -> Result<Location, Noted> {
    let Some((kind, name)) = reference else {
        return Err(reader.mistake(url.span(), |it| {
            Diagnostic::new("`git` without `tag`, `rev` or `branch`")
                .at(it)
                .help("add one: a server is built from a known state, not from the latest")
        }));
    };
    Ok(Location::Git {
        url: url.into_inner(),
        kind,
        name: name.into_inner(),
    })
}

fn registry(reader: &mut TableReader<'_>, version: Spanned<String>) -> Result<Location, Noted> {
    match VersionReq::parse(version.get_ref()) {
        Ok(_) => Ok(Location::Registry(version.into_inner())),
        Err(error) => Err(reader.mistake(version.span(), |it| {
            Diagnostic::new("`version` is no version of a crate")
                .at(it)
                .label(error.to_string())
                .help("write it as in a Cargo.toml: `version = \"1.2\"`")
        })),
    }
}
