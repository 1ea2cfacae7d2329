//! What `rr-builder add` is told to add: a name, a folder, a repository, an archive or a version,
//! and which lines of a manifest that makes.

use std::path::{Path, PathBuf};

use crate::{
    diagnostic::Diagnostic,
    edit::{Entry, Keys},
    krate::{Crate, Offer},
    manifest::Location,
    nearest::nearest,
    relative::relative,
    remote::Remote,
    resolve::Dependency,
    source::Place,
    stock::Stock,
};

/// What can be said besides the name.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// `tag`, `rev` or `branch` of a repository, and which.
    pub(crate) state: Option<(&'static str, String)>,
    /// The package's name.
    pub(crate) krate: Option<String>,
    /// The service's type.
    pub(crate) service: Option<String>,
    /// The middleware's layer.
    pub(crate) layer: Option<String>,
    /// Features of the crate.
    pub(crate) features: Vec<String>,
}

/// Where additions are looked for.
pub(crate) struct Sources<'a> {
    pub(crate) stock: &'a Stock,
    pub(crate) remote: &'a Remote,
    /// The manifest's folder: paths are written as seen from there.
    pub(crate) folder: &'a Path,
    /// What to point at when something cannot be fetched.
    pub(crate) place: Place,
}

impl Sources<'_> {
    /// The entries that `text` stands for: never none.
    pub(crate) fn entries(&self, text: &str, details: &Details) -> Result<Vec<Entry>, Diagnostic> {
        if self
            .stock
            .services
            .services
            .iter()
            .any(|it| it.name == text)
        {
            return Ok(vec![Entry::Stock(text.to_owned())]);
        }
        let (keys, face) = match self.location(text, details)? {
            Location::Path(folder) => self.in_folder(&folder)?,
            location => self.elsewhere(text, location, details)?,
        };
        let keys = with_features(keys, details);
        if let Some(layer) = &details.layer {
            let keys = with(keys, "layer", layer.as_str());
            return Ok(vec![Entry::Middleware(keys)]);
        }
        let library = face.library.clone();
        if let Some(service) = &details.service {
            let keys = with(keys, "type", service.as_str());
            return Ok(vec![Entry::Service(library, keys)]);
        }
        let services = face.services.iter();
        let services = services.map(|it| Entry::Service(it.name.clone(), keys.clone()));
        let single = face.middleware.len() == 1;
        let layers = face.middleware.iter();
        let layers = layers.map(|it| Entry::Middleware(layer(keys.clone(), it, single)));
        let entries: Vec<Entry> = services.chain(layers).collect();
        match entries.is_empty() {
            false => Ok(entries),
            true => Err(Diagnostic::new(format!(
                "the crate `{}` declares neither a service nor a middleware",
                face.package
            ))
            .help(format!(
                "say what to take of it: `--type {library}::TheService`, or \
                 `--layer '{library}::TheLayer::new()'`"
            ))),
        }
    }

    fn location(&self, text: &str, details: &Details) -> Result<Location, Diagnostic> {
        let path = Path::new(text);
        if text.contains("://") || text.starts_with("git@") {
            let Some((kind, name)) = details.state.clone() else {
                let message = format!("which state of the repository `{text}`?");
                return Err(Diagnostic::new(message).help("add `--tag`, `--rev` or `--branch`"));
            };
            let url = text.to_owned();
            return Ok(Location::Git { url, kind, name });
        }
        if path.is_dir() {
            return Ok(Location::Path(path.to_owned()));
        }
        if path.is_file() {
            return Ok(Location::Archive(path.to_owned()));
        }
        match text.split_once('@') {
            Some((_, version)) => Ok(Location::Registry(version.to_owned())),
            None => Err(self.unknown(text)),
        }
    }

    fn in_folder(&self, folder: &Path) -> Result<(Keys, Crate), Diagnostic> {
        let face = Crate::read(folder).map_err(first)?;
        let path = self.seen(&face.folder);
        Ok((vec![("path", path.into())], face))
    }

    fn elsewhere(
        &self,
        text: &str,
        location: Location,
        details: &Details,
    ) -> Result<(Keys, Crate), Diagnostic> {
        let mut keys: Keys = match &location {
            Location::Git { url, kind, name } => {
                vec![("git", url.into()), (*kind, name.into())]
            }
            Location::Registry(version) => vec![("version", version.into())],
            Location::Archive(file) | Location::Path(file) => {
                let file = file.canonicalize().unwrap_or(file.clone());
                vec![("archive", self.seen(&file).into())]
            }
        };
        if let Location::Archive(file) = &location {
            let folder = crate::archive::unpack(file, self.remote.cache())?;
            let face = Crate::read(&folder).map_err(first)?;
            return Ok((keys, face));
        }
        let package = details.krate.as_deref().unwrap_or_else(|| {
            let name = text.split_once('@').filter(|_| !text.contains('/'));
            let name = name.map_or(text, |(name, _)| name).trim_end_matches('/');
            let name = name.rsplit(['/', ':']).next().unwrap_or(name);
            name.trim_end_matches(".git")
        });
        let wanted = Dependency {
            package: package.to_owned(),
            location,
            features: Vec::new(),
            place: self.place.clone(),
        };
        let face = self.remote.read(&wanted, self.stock);
        // What was typed is wrong, not what stands in the manifest.
        let face = face.map_err(Diagnostic::nowhere)?;
        keys.push(("crate", package.into()));
        Ok((keys, face))
    }

    /// A path as the manifest names it.
    fn seen(&self, path: &Path) -> String {
        let folder = self.folder.canonicalize();
        let folder: PathBuf = folder.unwrap_or_else(|_| self.folder.to_owned());
        relative(&folder, path).to_string_lossy().into_owned()
    }

    fn unknown(&self, text: &str) -> Diagnostic {
        let names = || {
            self.stock
                .services
                .services
                .iter()
                .map(|it| it.name.as_str())
        };
        let it = Diagnostic::new(format!("there is nothing called `{text}`"));
        match nearest(text, names()) {
            Some(near) => it.help(format!("did you mean `{near}`?")),
            None => it.help(
                "name a service of rr (`rr-builder list` shows them), the folder of a crate, \
                 the URL of a repository, an archive, or a crate with its version: `name@1.2`",
            ),
        }
    }
}

/// If the crate declares several, the entry must say which it is.
fn layer(keys: Keys, offer: &Offer, single: bool) -> Keys {
    match single {
        true => keys,
        false => with(keys, "layer", offer.code.text()),
    }
}

fn with(mut keys: Keys, key: &'static str, value: &str) -> Keys {
    keys.push((key, value.into()));
    keys
}

fn with_features(mut keys: Keys, details: &Details) -> Keys {
    if !details.features.is_empty() {
        let features: toml_edit::Array = details.features.iter().map(String::as_str).collect();
        keys.push(("features", features.into()));
    }
    keys
}

fn first(mistakes: Vec<Diagnostic>) -> Diagnostic {
    let first = mistakes.into_iter().next();
    first.expect("a crate is refused for a reason")
}
