//! What a crate says of itself in its `Cargo.toml`: its library, the services and middleware it
//! offers, and the rr it builds against. Rr's own crates are read no other way.

mod features;
mod stock_use;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::de::{DeTable, DeValue};

pub(crate) use stock_use::{Requirement, StockUse};

use crate::{
    diagnostic::Diagnostic,
    manifest::{Noted, TableReader, syntax},
    rust::Code,
    source::Source,
};

/// A crate that can be part of a server.
#[derive(Debug)]
pub struct Crate {
    /// Its folder, absolute and free of links.
    pub folder: PathBuf,
    /// The package's name.
    pub package: String,
    /// The library's name in Rust.
    pub library: String,
    /// What `[package.metadata.rr.services]` declares.
    pub services: Vec<Offer>,
    /// What `[package.metadata.rr.middleware]` declares.
    pub middleware: Vec<Offer>,
    /// What its features are called.
    pub features: BTreeSet<String>,
    pub(crate) stock_uses: Vec<StockUse>,
}

/// A service or middleware that a crate declares.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its short name.
    pub name: String,
    /// The service's type or the middleware's layer, as seen from outside of the crate.
    pub code: Code,
    /// The crate's feature that brings it in.
    pub feature: Option<String>,
    /// What it is for, in a few words.
    pub about: Option<String>,
    /// Whether it is the service that the middleware of a server wraps.
    pub layers: bool,
    /// Services of rr without which it cannot start, or has nothing to do.
    pub needs: Vec<String>,
    /// Where its section stands in `.rr.yaml`, if not under its name.
    pub section: Option<String>,
}

impl Offer {
    /// The dotted path of its section in `.rr.yaml`.
    pub fn section(&self) -> &str {
        self.section.as_deref().unwrap_or(&self.name)
    }
}

impl Crate {
    /// Reads the `Cargo.toml` in `folder`. A mistake without a place is one of whoever named the
    /// folder.
    pub fn read(folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let source = cargo_toml(folder).map_err(|it| vec![it])?;
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        if !errors.is_empty() {
            return Err(errors.iter().map(|it| syntax(&source, it)).collect());
        }
        let root = root.get_ref();
        let Some(package) = table(root, "package") else {
            let message = format!("`{}` is no crate", folder.display());
            let note = "its Cargo.toml has no `[package]`: it is a workspace of crates";
            return Err(vec![Diagnostic::new(message).note(note)]);
        };
        let name = text(package, "name").unwrap_or_default().to_owned();
        let library = table(root, "lib");
        if library.is_none() && !folder.join("src/lib.rs").is_file() {
            let message = format!("the crate `{name}` has no library");
            let help = "a service is a public type of a library: make `src/lib.rs`";
            return Err(vec![Diagnostic::new(message).help(help)]);
        }
        let library = library
            .and_then(|it| text(it, "name"))
            .map_or_else(|| name.replace('-', "_"), str::to_owned);

        let mut offers = Offers {
            reader: TableReader::new(Arc::clone(&source), "the crate", 0..0, root),
            library: &library,
        };
        let services = offers.declared(package, "services", "type", Code::path);
        let middleware = offers.declared(package, "middleware", "layer", Code::expression);
        let mistakes = offers.reader.into_mistakes();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self {
            folder: folder.canonicalize().unwrap_or(folder.to_owned()),
            features: features::read(root),
            stock_uses: stock_use::read(&source, root),
            package: name,
            library,
            services,
            middleware,
        })
    }
}

/// The `Cargo.toml` in `folder`, with an error for each thing that can be in its way.
fn cargo_toml(folder: &Path) -> Result<Arc<Source>, Diagnostic> {
    let shown = folder.display();
    if !folder.exists() {
        let help = "a `path` starts at the manifest's folder";
        return Err(Diagnostic::new(format!("there is no folder `{shown}`")).help(help));
    }
    if !folder.is_dir() {
        return Err(Diagnostic::new(format!("`{shown}` is no folder"))
            .help("a `path` names the folder of a crate, where its Cargo.toml lies"));
    }
    let file = folder.join("Cargo.toml");
    if !file.exists() {
        return Err(Diagnostic::new(format!("there is no crate in `{shown}`"))
            .note("the folder has no Cargo.toml"));
    }
    Source::read(&file)
        .map_err(|error| Diagnostic::new(format!("cannot read `{}`: {error}", file.display())))
}

struct Offers<'a> {
    reader: TableReader<'a>,
    library: &'a str,
}

impl Offers<'_> {
    /// Keys this version does not know are left to later ones.
    fn declared(
        &mut self,
        package: &DeTable<'_>,
        kind: &str,
        key: &str,
        parse: fn(&str) -> Result<Code, String>,
    ) -> Vec<Offer> {
        let rr = table(package, "metadata").and_then(|it| table(it, "rr"));
        let Some(declared) = rr.and_then(|it| table(it, kind)) else {
            return Vec::new();
        };
        let mut lines: Vec<_> = declared.iter().collect();
        lines.sort_by_key(|(name, _)| name.span().start);
        let offers = lines.into_iter().filter_map(|(name, value)| {
            let DeValue::Table(table) = value.get_ref() else {
                let help = format!("write `{} = {{ {key} = \"..\" }}`", name.get_ref());
                self.reader
                    .expected(name.get_ref(), "a table", value, Some(help));
                return None;
            };
            let owner = format!("`{}` in [package.metadata.rr.{kind}]", name.get_ref());
            let mut inner = self.reader.within(owner, name.span(), table);
            let offer = offer(&mut inner, name.get_ref(), key, parse, self.library).ok();
            self.reader.absorb(inner.into_mistakes());
            offer
        });
        offers.collect()
    }
}

fn offer(
    reader: &mut TableReader<'_>,
    name: &str,
    key: &str,
    parse: fn(&str) -> Result<Code, String>,
    library: &str,
) -> Result<Offer, Noted> {
    let code = reader.required_string(key, "it is a path inside of the crate")?;
    let parsed = match parse(code.get_ref()) {
        Ok(code) if code.krate().is_none() => Err("begin it with a name of the crate".to_owned()),
        Ok(code) => Ok(code.of_crate(library)),
        Err(reason) => Err(reason),
    };
    let code = parsed.map_err(|reason| {
        let message = format!("`{key}` of `{name}` cannot be used");
        reader.mistake(code.span(), |it| {
            Diagnostic::new(message).at(it).label(reason)
        })
    })?;
    let needs = reader.strings("needs");
    Ok(Offer {
        name: name.to_owned(),
        code,
        feature: reader.string("feature")?.map(|it| it.into_inner()),
        about: reader.string("about")?.map(|it| it.into_inner()),
        layers: reader.flag("layers")?,
        needs: needs.into_iter().map(|it| it.into_inner()).collect(),
        section: reader.string("section")?.map(|it| it.into_inner()),
    })
}

fn table<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a DeTable<'a>> {
    table.get(key)?.get_ref().as_table()
}

fn text<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a str> {
    table.get(key)?.get_ref().as_str()
}
