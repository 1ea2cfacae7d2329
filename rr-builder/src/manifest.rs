//! The manifest as it was written, every word with its place; it knows no crate and no service.

mod build;
mod embed;
mod entry;
mod name;
mod patch;
mod table;
mod variables;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use semver::Version;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub use build::{Allocator, Build, Profile};
pub use embed::Embed;
pub use entry::{CrateRef, Location, Own};
pub(crate) use name::refuse as refuse_name;
pub use patch::{Patch, PatchPlace};
pub(crate) use table::{Noted, TableReader};

use crate::{
    diagnostic::{Diagnostic, Rejected},
    relative::relative,
    source::{Place, Source},
};

/// What a manifest is called, unless one is named.
pub(crate) const DEFAULT: &str = "manifest.toml";

/// The keys of the manifest itself.
const KEYS: [&str; 10] = [
    "name",
    "version",
    "config",
    "embed",
    "build",
    "services",
    "middleware",
    "command",
    "patch",
    "replace",
];

/// What a server is made of.
#[derive(Debug)]
pub struct Manifest {
    /// The file it was read from.
    pub source: Arc<Source>,
    /// The server's name: its binary is called so.
    pub name: String,
    /// The server's version, `0.1.0` if the manifest is silent.
    pub version: Version,
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// The middleware, in the order of the file: the first sees a request first.
    pub middleware: Vec<Own>,
    /// Commands of the server besides rr's own.
    pub commands: Vec<Own>,
    /// How it is compiled.
    pub build: Build,
    /// A configuration that the binary carries, relative to the manifest's folder.
    pub config: Option<Spanned<PathBuf>>,
    /// Files of the project that the binary carries.
    pub embed: Option<Embed>,
    /// Crates that take the place of others.
    pub patches: Vec<Patch>,
    /// What is wrong with it so far; [`crate::resolve`] adds its own and reports them together.
    pub(crate) mistakes: Vec<Diagnostic>,
}

/// One line of `[services]` that is switched on.
#[derive(Debug)]
pub struct Service {
    /// The key.
    pub name: Spanned<String>,
    /// The crate it comes from; `None` for one of the services of rr.
    pub own: Option<Own>,
}

impl Manifest {
    /// Reads the manifest at `path`. Fails only if it cannot be read or is no TOML; other
    /// mistakes are kept for [`plan`](crate::resolve::plan), which tells all at once.
    pub fn read(path: &Path) -> Result<Self, Rejected> {
        Self::parse(&source(path)?)
    }

    /// Reads the manifest in `source`, like [`Self::read`]. Variables are those of this process.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Rejected> {
        Self::parse_with(source, variables::of_process)
    }

    /// The same with variables of `lookup`.
    pub fn parse_with(
        source: &Arc<Source>,
        lookup: fn(&str) -> Option<String>,
    ) -> Result<Self, Rejected> {
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        if !errors.is_empty() {
            let mistakes = errors.iter().map(|error| syntax(source, error));
            return Err(mistakes.collect());
        }
        let reader = TableReader::new(Arc::clone(source), "the manifest", 0..0, root.get_ref());
        let mut reader = reader.with_variables(lookup);
        reader.only(&KEYS);
        let name = server_name(&mut reader);
        let version = version(&mut reader);
        let services = services(&mut reader);
        let middleware = middleware(&mut reader);
        let commands = reader.tables("command", "[[command]]");
        let commands = commands.iter();
        let commands = commands.filter_map(|it| entry::command(&mut reader, it).ok());
        let commands = commands.collect();
        let build = build::read(&mut reader);
        let config = embed::file(&mut reader, "config").ok().flatten();
        let embed = embed::embed(&mut reader).ok().flatten();
        let mut patches = patch::patches(&mut reader);
        patches.extend(patch::replaces(&mut reader));
        let mistakes = reader.into_mistakes();
        Ok(Self {
            name: name.unwrap_or_default(),
            source: Arc::clone(source),
            version,
            services,
            middleware,
            commands,
            build,
            config,
            embed,
            patches,
            mistakes,
        })
    }

    /// What is wrong with it, as far as it tells by itself.
    pub fn mistakes(&self) -> &[Diagnostic] {
        &self.mistakes
    }

    /// The place of `span` in the manifest.
    pub fn place(&self, span: Range<usize>) -> Place {
        Place {
            source: Arc::clone(&self.source),
            span,
        }
    }

    /// The folder the manifest lies in: paths in it start there.
    pub fn folder(&self) -> &Path {
        match self.source.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }
}

/// The text of the manifest at `path`.
pub(crate) fn source(path: &Path) -> Result<Arc<Source>, Rejected> {
    Source::read(path).map_err(|error| {
        let help = match near(path) {
            Some(manifest) => format!("there is one: `{}`", manifest.display()),
            None => "name a manifest, or make a project with `rr-builder new DIR`".to_owned(),
        };
        let message = format!("cannot read `{}`: {error}", path.display());
        Diagnostic::new(message).help(help).into()
    })
}

/// A manifest in the folder `path`, or above the one where a file `path` should be.
fn near(path: &Path) -> Option<PathBuf> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    let folder = std::path::absolute(Path::new(".").join(folder)).ok()?;
    let mut above = folder.ancestors().map(|it| it.join(DEFAULT));
    let found = above.find(|it| it.is_file())?;
    let here = std::env::current_dir().and_then(|it| it.canonicalize());
    Some(match (here, found.canonicalize()) {
        (Ok(here), Ok(real)) => relative(&here, &real),
        _ => found,
    })
}

/// A syntax error of the TOML reader, in our form.
pub(crate) fn syntax(source: &Arc<Source>, error: &toml::de::Error) -> Diagnostic {
    let end = source.text.len();
    let span = error.span().unwrap_or(end..end);
    let place = Place {
        source: Arc::clone(source),
        span,
    };
    let message = error.message().replace('\n', "; ");
    Diagnostic::new(format!("this is not TOML: {message}")).at(place)
}

fn server_name(reader: &mut TableReader<'_>) -> Result<String, Noted> {
    let help = "add `name = \"shop\"`: the server's binary is called so";
    let name = reader.required_string("name", help)?;
    if let Some(reason) = name::refuse(name.get_ref()) {
        let message = format!("`{}` cannot be the name of a server", name.get_ref());
        reader.mistake(name.span(), |it| {
            Diagnostic::new(message).at(it).label(reason)
        });
    }
    Ok(name.into_inner())
}

fn version(reader: &mut TableReader<'_>) -> Version {
    let fallback = Version::new(0, 1, 0);
    let Ok(Some(text)) = reader.string("version") else {
        return fallback;
    };
    Version::parse(text.get_ref()).unwrap_or_else(|error| {
        reader.mistake(text.span(), |it| {
            Diagnostic::new("`version` is no semantic version")
                .at(it)
                .label(error.to_string())
                .help("write three numbers: `version = \"1.0.0\"`")
        });
        fallback
    })
}

fn services(reader: &mut TableReader<'_>) -> Vec<Service> {
    let Some(table) = reader.table("services") else {
        return Vec::new();
    };
    let mut lines: Vec<_> = table.iter().collect();
    lines.sort_by_key(|(key, _)| key.span().start);
    lines
        .into_iter()
        .filter_map(|(key, value)| {
            let name = Spanned::new(key.span(), key.get_ref().to_string());
            service(reader, name, value).ok()?
        })
        .collect()
}

/// `None` for a service that is switched off.
fn service(
    reader: &mut TableReader<'_>,
    name: Spanned<String>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Option<Service>, Noted> {
    match value.get_ref() {
        DeValue::Boolean(false) => Ok(None),
        DeValue::Boolean(true) => Ok(Some(Service { name, own: None })),
        DeValue::Table(table) => {
            let own = Some(entry::service(reader, &name, table)?);
            Ok(Some(Service { name, own }))
        }
        _ => {
            let name = name.get_ref();
            let help = format!(
                "write `{name} = true` for a service of rr, \
                 `{name} = {{ path = \"..\" }}` for one of your own",
            );
            Err(reader.expected(name, "`true` or a table", value, Some(help)))
        }
    }
}

fn middleware(reader: &mut TableReader<'_>) -> Vec<Own> {
    let tables = reader.tables("middleware", "[[middleware]]");
    tables
        .iter()
        .filter_map(|table| entry::middleware(reader, table).ok())
        .collect()
}
