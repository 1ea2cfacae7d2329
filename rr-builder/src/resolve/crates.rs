//! The crates of a manifest that are not rr's own: each known once, wherever it is named.

use std::{cell::OnceCell, collections::HashMap, path::Path};

use semver::{Version, VersionReq};
use toml::Spanned;

use crate::{
    archive,
    diagnostic::Diagnostic,
    krate::{Crate, Requirement, StockUse},
    manifest::{CrateRef, Location, Manifest, Own},
    nearest::{nearest, quoted},
    remote::Remote,
    source::Place,
    stock::{self, PACKAGES, Stock},
};

/// A crate that the server depends on.
#[derive(Debug)]
pub struct Dependency {
    /// The package's name.
    pub package: String,
    /// Where it lies; a path is absolute.
    pub location: Location,
    /// Features to turn on besides its default ones.
    pub features: Vec<String>,
    /// Where the manifest names it first.
    pub place: Place,
}

pub(super) struct Crates<'a> {
    manifest: &'a Manifest,
    stock: &'a Stock,
    remote: &'a Remote,
    known: Vec<Known>,
    /// Where in `known` the crate is that stands at this byte of the manifest.
    by_place: HashMap<usize, usize>,
    /// The features that the manifest asks for, each of which crate in `known`.
    asked: Vec<(usize, Spanned<String>)>,
}

struct Known {
    dependency: Dependency,
    /// A crate of git or of a registry is fetched only if something of it must be known.
    face: OnceCell<Result<Crate, Diagnostic>>,
    /// Its library's name: certain if it lies in a folder, else as cargo would call it.
    library: String,
}

impl<'a> Crates<'a> {
    pub(super) fn new(manifest: &'a Manifest, stock: &'a Stock, remote: &'a Remote) -> Self {
        Self {
            manifest,
            stock,
            remote,
            known: Vec::new(),
            by_place: HashMap::new(),
            asked: Vec::new(),
        }
    }

    /// Takes in the crate that `own` names, if it names one.
    pub(super) fn add(&mut self, name: Option<&str>, own: &Own) -> Result<(), Vec<Diagnostic>> {
        let Some(krate) = &own.krate else {
            return Ok(());
        };
        let place = self.manifest.place(krate.location.span());
        let known = match krate.location.get_ref() {
            Location::Path(path) => {
                let folder = self.manifest.folder().join(path);
                self.in_folder(&folder, krate, place.clone())
            }
            Location::Archive(file) => {
                let file = self.manifest.folder().join(file);
                let folder = archive::unpack(&file, self.remote.cache()).map_err(|it| vec![it]);
                folder.and_then(|it| self.in_folder(&it, krate, place.clone()))
            }
            _ => elsewhere(name, krate, own, place.clone()).map_err(|it| vec![it]),
        };
        let known = known.map_err(|mistakes| {
            let mistakes = mistakes.into_iter();
            mistakes
                .map(|it| it.or_at(place.clone()))
                .collect::<Vec<_>>()
        })?;
        let index = self.merge(known).map_err(|it| vec![it.at(place)])?;
        self.by_place.insert(krate.location.span().start, index);
        let features = krate.features.iter().cloned();
        self.asked.extend(features.map(|it| (index, it)));
        Ok(())
    }

    /// Whether the crate was taken in; if not, the reason was told.
    pub(super) fn has(&self, krate: &CrateRef) -> bool {
        self.known(krate).is_some()
    }

    /// The crate that `krate` stands for, read; `None` if it was never taken in.
    pub(super) fn read(&self, krate: &CrateRef) -> Option<Result<&Crate, Diagnostic>> {
        let known = self.known(krate)?;
        let read = || self.remote.read(&known.dependency, self.stock);
        Some(known.face.get_or_init(read).as_ref().map_err(Clone::clone))
    }

    /// The crate that `krate` stands for, if it has been read.
    pub(super) fn face(&self, krate: &CrateRef) -> Option<&Crate> {
        self.known(krate)?.face.get()?.as_ref().ok()
    }

    pub(super) fn need_feature(&mut self, krate: &CrateRef, feature: Option<&str>) {
        let index = self.by_place.get(&krate.location.span().start);
        if let (Some(index), Some(feature)) = (index, feature) {
            let features = &mut self.known[*index].dependency.features;
            add_features(features, &[feature.to_owned()]);
        }
    }

    /// The crates that a path in the manifest may begin with.
    pub(super) fn libraries(&self) -> Vec<String> {
        let rust = ["std", "core", "alloc"].map(str::to_owned);
        let stock = PACKAGES.map(|it| it.replace('-', "_"));
        let own = self.known.iter().map(|it| it.library.clone());
        rust.into_iter().chain(stock).chain(own).collect()
    }

    /// The crates that build against another rr than the server's.
    pub(super) fn disagreements(&self) -> Vec<Diagnostic> {
        let uses = self.faces().flat_map(|face| {
            let uses = face.stock_uses.iter();
            uses.filter_map(|it| disagreement(face, it, self.stock))
        });
        uses.collect()
    }

    /// The features that are asked for and that the crate, as far as it was read, lacks.
    pub(super) fn missing_features(&self) -> Vec<Diagnostic> {
        let missing = self.asked.iter().filter_map(|(index, feature)| {
            let face = self.known[*index].face.get()?.as_ref().ok()?;
            let mistake = missing_feature(face, feature.get_ref())?;
            Some(mistake.at(self.manifest.place(feature.span())))
        });
        missing.collect()
    }

    /// Those of rr's own crates that are asked for from a registry: a crate elsewhere cannot do
    /// otherwise.
    pub(super) fn patched(&self) -> Vec<&'static str> {
        let remote = |it: &Known| !matches!(it.dependency.location, Location::Path(_));
        let remote = self.known.iter().any(remote);
        let asked = |package: &str| {
            let uses = self.faces().flat_map(|face| &face.stock_uses);
            let mut uses = uses.filter(|it| it.package == package);
            uses.any(|it| !matches!(it.requirement, Requirement::Path(_)))
        };
        let packages = PACKAGES.into_iter();
        packages.filter(|it| remote || asked(it)).collect()
    }

    pub(super) fn into_dependencies(self) -> Vec<Dependency> {
        self.known.into_iter().map(|it| it.dependency).collect()
    }

    fn known(&self, krate: &CrateRef) -> Option<&Known> {
        let index = self.by_place.get(&krate.location.span().start)?;
        Some(&self.known[*index])
    }

    fn faces(&self) -> impl Iterator<Item = &Crate> {
        let read = self.known.iter().filter_map(|it| it.face.get());
        read.filter_map(|it| it.as_ref().ok())
    }

    fn in_folder(
        &self,
        folder: &Path,
        krate: &CrateRef,
        place: Place,
    ) -> Result<Known, Vec<Diagnostic>> {
        let face = Crate::read(folder)?;
        if let Some(package) = &krate.package
            && *package.get_ref() != face.package
        {
            let mistake = Diagnostic::new(format!("the crate there is called `{}`", face.package));
            return Err(vec![mistake.at(self.manifest.place(package.span()))]);
        }
        Ok(Known {
            dependency: Dependency {
                package: face.package.clone(),
                location: Location::Path(face.folder.clone()),
                features: names(&krate.features),
                place,
            },
            library: face.library.clone(),
            face: OnceCell::from(Ok(face)),
        })
    }

    /// The index of `new` among the known, with which it is united if it is one of them.
    fn merge(&mut self, new: Known) -> Result<usize, Diagnostic> {
        let package = &new.dependency.package;
        if PACKAGES.contains(&package.as_str()) {
            let message = format!("every server has `{package}` already");
            let help = "name a type of it without saying where the crate lies";
            return Err(Diagnostic::new(message).help(help));
        }
        if *package == self.manifest.name {
            let message = format!("the server is called `{package}` like this crate");
            return Err(Diagnostic::new(message).help("give the server another `name`"));
        }
        let there = self
            .known
            .iter()
            .position(|it| it.dependency.package == *package);
        let Some(index) = there else {
            self.known.push(new);
            return Ok(self.known.len() - 1);
        };
        let first = &mut self.known[index].dependency;
        if first.location != new.dependency.location {
            let message = format!("the crate `{package}` comes from two places");
            let note = format!("the first is named on line {}", first.place.line());
            return Err(Diagnostic::new(message).note(note));
        }
        add_features(&mut first.features, &new.dependency.features);
        Ok(index)
    }
}

/// A crate of git or of a registry: what it is called must be in the manifest.
fn elsewhere(
    name: Option<&str>,
    krate: &CrateRef,
    own: &Own,
    place: Place,
) -> Result<Known, Diagnostic> {
    let given = krate.package.as_ref().map(|it| it.get_ref().as_str());
    let head = own.code.as_ref().and_then(|it| it.get_ref().krate());
    let Some(package) = given.or(name).or(head) else {
        return Err(Diagnostic::new("which crate is it?").help("add `crate = \"..\"`"));
    };
    let library = head.map_or_else(|| package.replace('-', "_"), str::to_owned);
    Ok(Known {
        dependency: Dependency {
            package: package.to_owned(),
            location: krate.location.get_ref().clone(),
            features: names(&krate.features),
            place,
        },
        library,
        face: OnceCell::new(),
    })
}

fn missing_feature(face: &Crate, feature: &str) -> Option<Diagnostic> {
    if face.features.contains(feature) {
        return None;
    }
    let message = format!("the crate `{}` has no feature `{feature}`", face.package);
    let names = face.features.iter().map(String::as_str);
    let mistake = Diagnostic::new(message);
    Some(match nearest(feature, names.clone()) {
        Some(name) => mistake.help(format!("did you mean `{name}`?")),
        None if face.features.is_empty() => mistake.help("take it out: the crate has none"),
        None => mistake.help(format!("its features are {}", quoted(names))),
    })
}

fn names(features: &[Spanned<String>]) -> Vec<String> {
    features.iter().map(|it| it.get_ref().clone()).collect()
}

fn add_features(features: &mut Vec<String>, more: &[String]) {
    let new = more.iter().filter(|it| !features.contains(it));
    let new: Vec<String> = new.cloned().collect();
    features.extend(new);
}

fn disagreement(face: &Crate, it: &StockUse, stock: &Stock) -> Option<Diagnostic> {
    let StockUse {
        package,
        requirement,
        place,
    } = it;
    let theirs = match requirement {
        Requirement::Version(text) => {
            // A requirement cargo cannot read is cargo's to refuse.
            let requirement = VersionReq::parse(text).ok()?;
            let release = Version {
                pre: semver::Prerelease::EMPTY,
                ..stock.version.clone()
            };
            if requirement.matches(&stock.version) || requirement.matches(&release) {
                return None;
            }
            format!("`{text}`")
        }
        Requirement::Path(folder) => {
            let ours = stock.folder(package).canonicalize().ok();
            if folder.canonicalize().ok() == ours && ours.is_some() {
                return None;
            }
            "one in another folder".to_owned()
        }
        Requirement::Git => "one of a git repository".to_owned(),
    };
    let message = format!(
        "the crate `{}` builds against another {package}",
        face.package
    );
    Some(
        Diagnostic::new(message)
            .at(place.clone())
            .note(format!(
                "it asks for {theirs}, the server has {} from `{}`",
                stock.version,
                stock.folder(package).display()
            ))
            .help(format!(
                "write `{package} = \"{}\"`: the server's own takes its place",
                stock::requirement(&stock.version)
            )),
    )
}
