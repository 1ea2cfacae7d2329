//! Which type or layer an entry of the manifest means.

use super::Resolver;
use crate::{
    diagnostic::Diagnostic,
    krate::{Crate, Offer},
    manifest::Own,
    nearest::{nearest, quoted},
    rust::Code,
};

/// What can be chosen of a crate.
pub(super) struct Kind {
    noun: &'static str,
    /// The manifest's key that chooses.
    key: &'static str,
    /// The table of a crate's metadata that declares them.
    table: &'static str,
    example: &'static str,
    offers: fn(&Crate) -> &[Offer],
}

pub(super) const SERVICE: Kind = Kind {
    noun: "service",
    key: "type",
    table: "[package.metadata.rr.services]",
    example: "TheService",
    offers: |krate| &krate.services,
};

pub(super) const MIDDLEWARE: Kind = Kind {
    noun: "middleware",
    key: "layer",
    table: "[package.metadata.rr.middleware]",
    example: "TheLayer::new()",
    offers: |krate| &krate.middleware,
};

pub(super) const COMMAND: Kind = Kind {
    noun: "command",
    key: "type",
    table: "[package.metadata.rr.commands]",
    example: "TheCommand",
    offers: |_| &[],
};

pub(super) const ALLOCATOR: Kind = Kind {
    noun: "allocator",
    key: "type",
    table: "[package.metadata.rr.allocators]",
    example: "TheAllocator",
    offers: |_| &[],
};

impl Resolver<'_> {
    /// What `own` means; `None` if that cannot be told, and a mistake was noted.
    pub(super) fn own(&mut self, kind: &Kind, name: Option<&str>, own: &Own) -> Option<Offer> {
        if own.krate.as_ref().is_some_and(|it| !self.crates.has(it)) {
            return None;
        }
        let found = match (&own.code, &own.krate) {
            (Some(code), _) => self.given(kind, code.get_ref(), own),
            (None, Some(krate)) => match self.crates.read(krate)? {
                Ok(face) => declared(kind, name, face),
                Err(mistake) => Err(mistake),
            },
            (None, None) => Err(self.without_crate(kind, name)),
        };
        match found {
            Ok(offer) => {
                match &own.krate {
                    Some(krate) => self.crates.need_feature(krate, offer.feature.as_deref()),
                    None => self.need_feature(offer.feature.as_deref()),
                }
                Some(offer)
            }
            Err(mistake) => {
                let place = self.manifest.place(own.span.clone());
                self.mistakes.push(mistake.or_at(place));
                None
            }
        }
    }

    /// The manifest itself names it; if its crate declares the same, that says more.
    fn given(&self, kind: &Kind, code: &Code, own: &Own) -> Result<Offer, Diagnostic> {
        let face = match &own.krate {
            Some(krate) => self.crates.face(krate),
            None => Some(&self.stock.services),
        };
        let declared = face.map_or(&[] as &[Offer], kind.offers);
        if let Some(offer) = declared.iter().find(|it| it.code == *code) {
            return Ok(offer.clone());
        }
        if let Some(krate) = code.krate() {
            self.check_known(krate, own)?;
        }
        Ok(Offer {
            name: String::new(),
            code: code.clone(),
            feature: None,
            about: None,
            layers: true,
            needs: Vec::new(),
            section: None,
        })
    }

    fn check_known(&self, krate: &str, own: &Own) -> Result<(), Diagnostic> {
        let known = self.crates.libraries();
        if known.iter().any(|it| it == krate) {
            return Ok(());
        }
        let mistake = Diagnostic::new(format!("there is no crate `{krate}` in this server"));
        let of_entry = own.krate.as_ref().and_then(|it| self.crates.face(it));
        Err(
            match (of_entry, nearest(krate, known.iter().map(String::as_str))) {
                (Some(face), _) => {
                    mistake.help(format!("the crate of this line is `{}`", face.library))
                }
                (None, Some(near)) => mistake.help(format!("did you mean `{near}`?")),
                (None, None) => mistake.help("say where it lies: `path = \"..\"`"),
            },
        )
    }

    fn without_crate(&self, kind: &Kind, name: Option<&str>) -> Diagnostic {
        let stock = &self.stock.services.services;
        match name {
            Some(name) if stock.iter().any(|it| it.name == name) => Diagnostic::new(format!(
                "`{name}` is a service of rr and takes nothing here"
            ))
            .help(format!(
                "write `{name} = true`; its settings are in `.rr.yaml`"
            )),
            _ => Diagnostic::new(format!("this {} has no crate", kind.noun))
                .help("say where it lies: `path = \"..\"`, or `git` with `tag`, or `version`"),
        }
    }
}

/// The crate's own metadata decides: the offer of the entry's name, or the only one.
fn declared(kind: &Kind, name: Option<&str>, face: &Crate) -> Result<Offer, Diagnostic> {
    let Kind { noun, key, .. } = kind;
    let offers = (kind.offers)(face);
    let named = offers.iter().find(|it| Some(it.name.as_str()) == name);
    match (named, offers) {
        (Some(offer), _) | (None, [offer]) => Ok(offer.clone()),
        (None, []) => {
            let message = format!("the crate `{}` declares no {noun}", face.package);
            let example = format!("`{key} = \"{}::{}\"`", face.library, kind.example);
            Err(Diagnostic::new(message).help(format!(
                "say which it is: {example} here, or once for all under `{}` in its Cargo.toml",
                kind.table
            )))
        }
        (None, several) => {
            let message = format!("the crate `{}` declares more than one {noun}", face.package);
            let codes = several
                .iter()
                .map(|it| format!("{key} = \"{}\"", it.code.text()));
            let codes: Vec<String> = codes.collect();
            let choices = quoted(codes.iter().map(String::as_str));
            Err(Diagnostic::new(message).help(format!("choose one: {choices}")))
        }
    }
}
