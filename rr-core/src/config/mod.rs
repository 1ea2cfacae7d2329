//! `.rr.yaml`: files, environment and overrides into one tree with positions; each service reads
//! its own section out of it. Knows no service.

pub(crate) mod catalogue;
mod diagnostic;
mod difference;
mod dotenv;
pub mod effective;
pub(crate) mod emit;
mod expand;
mod files;
mod kernel;
pub mod migrate;
mod nearest;
mod node;
mod overlay;
mod overrides;
mod place;
mod reader;
pub mod reference;
mod render;
pub mod schema;
mod secret;
mod values;
mod yaml;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    time,
};

use serde::de::DeserializeOwned;

pub(crate) use self::place::OriginKind;
pub use self::{
    diagnostic::{Diagnostic, Diagnostics, Severity},
    difference::Difference,
    expand::Lookup,
    kernel::UpgradeTimes,
    nearest::nearest,
    place::Place,
    values::{
        Address, AddressError, CommandLine, CommandLineError, Duration, DurationError, Megabytes,
    },
};
use self::{
    dotenv::Variables,
    node::{Node, ScalarKind, Value},
    overlay::Overlay,
    overrides::Override,
};

/// What a configuration is made of.
#[derive(Debug, Clone)]
pub struct Source {
    /// The root file, YAML or JSON.
    pub file: PathBuf,
    /// Where relative paths of `include` start: the working directory, where that is not the
    /// folder of the file.
    pub folder: Option<PathBuf>,
    /// `-o section.key=value` arguments, in their order; they beat all files.
    pub overrides: Vec<String>,
    /// Texts of JSON (`-j`), in their order: settings merged over all that, overrides included.
    pub json: Vec<String>,
    /// A file of variables, which those of the environment beat.
    pub env_file: Option<PathBuf>,
    /// What the program is called, in commands that messages advise.
    pub program: &'static str,
    /// Whether `version` must be there and fit: the server needs it, its clients do not.
    pub require_version: bool,
}

/// A loaded configuration: files, includes, environment and overrides in one.
///
/// Keys are compared without regard to case.
#[derive(Debug, Clone)]
pub struct Config {
    root: Node,
    variables: Variables,
}

impl Default for Source {
    /// `.rr.yaml` in the current folder, as the server reads it.
    fn default() -> Self {
        Self {
            file: PathBuf::from(".rr.yaml"),
            folder: None,
            overrides: Vec::new(),
            json: Vec::new(),
            env_file: None,
            program: "rr",
            require_version: true,
        }
    }
}

impl Config {
    /// Reads the files and puts the overrides over them. `env` looks variables up.
    ///
    /// Goes on after mistakes, so that one run reports as many as can be seen; what is returned
    /// must not be served if `found` [has errors](Diagnostics::has_errors). `None` if the root
    /// file cannot be read at all.
    pub fn load(source: &Source, env: &Lookup<'_>, found: &mut Diagnostics) -> Option<Self> {
        let beside = source.file.parent().unwrap_or(Path::new(""));
        let mut variables = Variables::of(source.env_file.as_deref(), found);
        let mut root = files::raw(&source.file, found)?;
        variables.add_named(&root, beside, found);
        let env = &|name: &str| variables.look_up(name, env);
        expand::tree(&mut root, env, found);
        let arguments = Arguments::parse(source, env, found);

        // Arguments may name files to include, and beat what those say: they are applied twice.
        let mut wanted = root.clone();
        arguments.apply(&mut wanted);
        if source.require_version {
            kernel::check_version(&wanted, source, found);
        }
        let included = kernel::included_files(&wanted);
        if !included.is_empty() {
            let folder = source.folder.as_deref().unwrap_or(beside);
            files::include(&mut root, &included, folder, env, found);
        }

        arguments.apply(&mut root);
        Some(Self { root, variables })
    }

    /// What the arguments alone say, for clients that are told all they need without a file.
    pub fn without_file(source: &Source, env: &Lookup<'_>, found: &mut Diagnostics) -> Self {
        let variables = Variables::of(source.env_file.as_deref(), found);
        let env = &|name: &str| variables.look_up(name, env);
        let mut root = yaml::parse("command line", "{}").expect("an empty map is YAML");
        Arguments::parse(source, env, found).apply(&mut root);
        Self { root, variables }
    }

    /// Reads a text as if it were the file `name`; no variable is set, no `version` needed.
    ///
    /// # Errors
    /// If the text has a mistake; warnings are dropped.
    pub fn from_text(name: &str, text: &str) -> Result<Self, Diagnostics> {
        let mut found = Diagnostics::default();
        match files::parse(name, text, &|_| None, &mut found) {
            Some(root) if !found.has_errors() => Ok(Self {
                root,
                variables: Variables::default(),
            }),
            _ => Err(found),
        }
    }

    /// Whether there is a section at the dotted path; one with nothing in it (`http:`) counts as
    /// absent, an empty map (`http: {}`) as present.
    pub fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Where the setting at a dotted path is written, for findings made later than at reading.
    /// An item of a list has its number behind it: `http.middleware[0]`.
    pub fn place(&self, path: &str) -> Option<Place> {
        let Some((path, index)) = path.strip_suffix(']').and_then(|it| it.split_once('[')) else {
            return Some(self.find(path)?.place);
        };
        let items = reader::items(&self.find(path)?);
        Some(items.get(index.parse::<usize>().ok()?)?.place.clone())
    }

    /// Reads the section at a dotted path into its type.
    ///
    /// `None` if it is absent, or if it has an error; each error is in `found` then. Keys that
    /// the type does not know are warnings, except those that lead to a `claimed` path: the
    /// sections of other services.
    pub fn section<T: DeserializeOwned>(
        &self,
        path: &str,
        claimed: &[&str],
        found: &mut Diagnostics,
    ) -> Option<T> {
        let node = self.root.find(&path.to_lowercase())?;
        if node.is_null() {
            found.push(
                Diagnostic::warning("nothing is set here, so it counts as absent")
                    .at(&node.place)
                    .path(path)
                    .help("remove it, or write `{}` behind it to have its defaults"),
            );
            return None;
        }
        reader::read(&node, path, claimed, found)
    }

    /// Warns of sections that no service reads; `known` are the dotted paths that are read.
    pub fn unknown_sections(&self, known: &[&str], found: &mut Diagnostics) {
        let known: Vec<&str> = known.iter().copied().chain(kernel::NAMES).collect();
        let root = self.root.as_map().unwrap_or_default();
        reader::unknown_sections(&root, "", &known, found);
    }

    /// How long a whole stop may take: `endure.grace_period`, 30 seconds by default.
    pub fn grace_period(&self, found: &mut Diagnostics) -> time::Duration {
        kernel::grace_period(&self.root, found)
    }

    /// How often the server tells the system's manager of services that it is alive, where that is
    /// set: `endure.watchdog_sec`.
    pub fn watchdog(&self) -> Option<time::Duration> {
        kernel::watchdog(&self.root)
    }

    /// How long an upgrade may take: `endure.upgrade_timeout`, `endure.drain_timeout`.
    pub fn upgrade_times(&self) -> UpgradeTimes {
        kernel::upgrade_times(&self.root)
    }

    /// The variables that files set (`--dotenv`, `envfile`), whether or not the environment sets
    /// them as well.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables.0
    }

    /// The effective settings, keys in lower case. Secrets are in it.
    pub fn to_json(&self) -> serde_json::Value {
        json(&self.root)
    }

    fn find(&self, path: &str) -> Option<Node> {
        self.root
            .find(&path.to_lowercase())
            .filter(|node| !node.is_null())
    }
}

/// Settings of the command line.
struct Arguments {
    overrides: Vec<Override>,
    overlays: Vec<Overlay>,
}

impl Arguments {
    fn parse(source: &Source, env: &Lookup<'_>, found: &mut Diagnostics) -> Self {
        Self {
            overrides: overrides::parse(&source.overrides, env, found),
            overlays: overlay::parse(&source.json, env, found),
        }
    }

    fn apply(&self, root: &mut Node) {
        self.overrides.iter().for_each(|it| it.apply(root));
        self.overlays.iter().for_each(|it| it.apply(root));
    }
}

fn json(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.value {
        Value::Faulty | Value::Null => Json::Null,
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(map) => map
            .nested()
            .0
            .iter()
            .map(|entry| (entry.key.name.clone(), json(&entry.value)))
            .collect(),
        Value::Scalar(scalar) => match scalar.kind {
            ScalarKind::Text => scalar.text.as_str().into(),
            ScalarKind::Bool(value) => value.into(),
            ScalarKind::Float(value) => value.into(),
            ScalarKind::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => value.into(),
                (_, Ok(value)) => value.into(),
                _ => scalar.text.as_str().into(),
            },
        },
    }
}
