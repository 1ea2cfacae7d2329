//! `[build]`: how the server is compiled.

use toml::{Spanned, de::DeValue};

use super::{
    entry::{self, Own},
    table::{Noted, TableReader},
};
use crate::diagnostic::Diagnostic;

/// The keys of `[build]`.
const KEYS: [&str; 3] = ["profile", "target", "allocator"];

/// How the server is compiled.
#[derive(Debug, Default)]
pub struct Build {
    /// What the compiler aims at.
    pub profile: Profile,
    /// The platform, as a target triple of Rust; the one that compiles if `None`.
    pub target: Option<Spanned<String>>,
    /// Who hands out memory.
    pub allocator: Allocator,
}

/// What the compiler aims at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// A fast server that is soon built again.
    #[default]
    Release,
    /// The fastest server; each build takes minutes.
    Speed,
    /// The smallest server; each build takes minutes.
    Size,
    /// Built at once, for the debugger; slow to serve.
    Debug,
}

/// Who hands out memory.
#[derive(Debug, Default)]
pub enum Allocator {
    /// mimalloc, as in the stock server.
    #[default]
    Mimalloc,
    /// That of the system's C library.
    System,
    /// One of a crate: a path to its unit struct.
    Own(Box<Own>),
}

impl Profile {
    /// As the manifest says it.
    pub(crate) const NAMES: [(&str, Self); 4] = [
        ("release", Self::Release),
        ("speed", Self::Speed),
        ("size", Self::Size),
        ("debug", Self::Debug),
    ];

    /// As cargo calls it.
    pub(crate) fn cargo(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Speed => "speed",
            Self::Size => "size",
            Self::Debug => "dev",
        }
    }
}

impl Profile {
    /// The profile's own table, if cargo or rr do not have it already.
    pub(crate) fn table(self) -> Option<(String, toml::Value)> {
        let keys: &[(&str, toml::Value)] = match self {
            Self::Release | Self::Debug => return None,
            Self::Speed => &[("lto", "fat".into())],
            Self::Size => &[("lto", "fat".into()), ("opt-level", "z".into())],
        };
        let common = [
            ("inherits", toml::Value::from("release")),
            ("codegen-units", 1.into()),
            ("strip", "symbols".into()),
        ];
        let table = common.iter().chain(keys);
        let table: toml::Table = table
            .map(|(key, it)| ((*key).to_owned(), it.clone()))
            .collect();
        Some((self.cargo().to_owned(), table.into()))
    }
}

/// Reads `[build]`; all by default if there is none.
pub(super) fn read(reader: &mut TableReader<'_>) -> Build {
    let Some(table) = reader.table("build") else {
        return Build::default();
    };
    let mut inner = reader.within("`[build]`", 0..0, table);
    inner.only(&KEYS);
    let build = Build {
        profile: profile(&mut inner).unwrap_or_default(),
        target: target(&mut inner).unwrap_or_default(),
        allocator: allocator(&mut inner).unwrap_or_default(),
    };
    reader.absorb(inner.into_mistakes());
    build
}

fn profile(reader: &mut TableReader<'_>) -> Result<Profile, Noted> {
    let Some(text) = reader.string("profile")? else {
        return Ok(Profile::default());
    };
    let found = Profile::NAMES
        .iter()
        .find(|(name, _)| name == text.get_ref());
    found.map(|(_, profile)| *profile).ok_or_else(|| {
        let names = Profile::NAMES.map(|(name, _)| name);
        reader.no_such("profile", &text, &names)
    })
}

fn target(reader: &mut TableReader<'_>) -> Result<Option<Spanned<String>>, Noted> {
    let Some(text) = reader.string("target")? else {
        return Ok(None);
    };
    let is_triple = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    if text.get_ref().contains('-') && text.get_ref().chars().all(is_triple) {
        return Ok(Some(text));
    }
    Err(reader.mistake(text.span(), |it| {
        Diagnostic::new("`target` is no target triple").at(it).help(
            "write one that `rustc --print target-list` shows, as `x86_64-unknown-linux-musl`",
        )
    }))
}

fn allocator(reader: &mut TableReader<'_>) -> Result<Allocator, Noted> {
    const NAMES: [&str; 2] = ["mimalloc", "system"];
    if let Some(DeValue::Table(table)) = reader.value("allocator").map(Spanned::get_ref) {
        let span = reader.value("allocator").map(Spanned::span);
        let own = entry::allocator(reader, span.unwrap_or_default(), table)?;
        return Ok(Allocator::Own(Box::new(own)));
    }
    let Some(text) = reader.string("allocator")? else {
        return Ok(Allocator::default());
    };
    match text.get_ref().as_str() {
        "mimalloc" => Ok(Allocator::Mimalloc),
        "system" => Ok(Allocator::System),
        _ => Err(reader.no_such("allocator", &text, &NAMES)),
    }
}
