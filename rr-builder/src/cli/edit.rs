//! `add` and `remove`: the manifest is changed, its comments stay.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;

use super::{
    arguments::StockArguments,
    voice::{say, shown},
};
use crate::{
    diagnostic::{Diagnostic, Rejected},
    edit::{Edit, Entry, Keys},
    manifest::{self, Manifest},
    project::Failure,
    remote::Remote,
    resolve,
    source::{Place, Source},
    stock::Stock,
    wanted::{Details, Sources},
    write,
};

#[derive(Debug, Args)]
pub(super) struct AddArguments {
    /// Services or middleware of rr, folders of crates, URLs of repositories, archives, or crates
    /// of a registry as NAME@VERSION
    #[arg(required = true, value_name = "NAME|PATH|GIT")]
    what: Vec<String>,
    #[command(flatten)]
    manifest: NamedManifest,
    /// The state of a repository
    #[arg(long, conflicts_with_all = ["rev", "branch"])]
    tag: Option<String>,
    /// The commit of a repository
    #[arg(long, conflicts_with = "branch")]
    rev: Option<String>,
    /// The branch of a repository; its head is pinned by the lock file
    #[arg(long)]
    branch: Option<String>,
    /// The package's name, if the address does not end with it
    #[arg(long = "crate", value_name = "NAME")]
    krate: Option<String>,
    /// The service to take of the crate, if it declares none
    #[arg(long = "type", value_name = "PATH", conflicts_with = "layer")]
    service: Option<String>,
    /// The middleware to take of the crate, as a Rust expression
    #[arg(long, value_name = "EXPR")]
    layer: Option<String>,
    /// Features of the crate besides its default ones
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    features: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct RemoveArguments {
    /// Services by name; middleware by the path, the crate or the layer in its entry
    #[arg(required = true, value_name = "NAME")]
    what: Vec<String>,
    #[command(flatten)]
    manifest: NamedManifest,
}

#[derive(Debug, Args)]
struct NamedManifest {
    /// The manifest
    #[arg(short, long, value_name = "FILE", default_value = "manifest.toml")]
    manifest: PathBuf,
    #[command(flatten)]
    stock: StockArguments,
}

/// A manifest that is being changed, and what it is judged by.
struct Open {
    source: Arc<Source>,
    edit: Edit,
    stock: Stock,
    remote: Remote,
}

pub(super) fn add(arguments: &AddArguments) -> Result<ExitCode, Failure> {
    let mut open = arguments.manifest.open()?;
    let state = [
        ("tag", &arguments.tag),
        ("rev", &arguments.rev),
        ("branch", &arguments.branch),
    ];
    let state = state
        .into_iter()
        .find_map(|(kind, it)| Some((kind, it.clone()?)));
    let details = Details {
        state,
        krate: arguments.krate.clone(),
        service: arguments.service.clone(),
        layer: arguments.layer.clone(),
        features: arguments.features.clone(),
    };
    let mut told = Vec::new();
    for what in &arguments.what {
        let entries = open
            .sources()
            .entries(what, &details)
            .map_err(Rejected::from)?;
        for entry in entries {
            open.add(entry, &mut told);
        }
    }
    open.place(&told)
}

pub(super) fn remove(arguments: &RemoveArguments) -> Result<ExitCode, Failure> {
    let mut open = arguments.manifest.open()?;
    let mut told = Vec::new();
    for what in &arguments.what {
        let is_it = |table: &toml_edit::Table| {
            let keys = ["path", "crate", "layer", "git", "archive"];
            let mut values = keys.iter().filter_map(|key| table.get(key)?.as_str());
            values.any(|it| it.trim_end_matches('/') == what.trim_end_matches('/'))
        };
        if !open.edit.remove_service(what) && open.edit.remove_middleware(is_it) == 0 {
            let manifest = open.source.path.display();
            let message = format!("`{manifest}` lists no `{what}`");
            let help = "`rr-builder list` shows what it lists";
            return Err(Rejected::from(Diagnostic::new(message).help(help)).into());
        }
        told.push(format!("removed {what}"));
    }
    open.place(&told)
}

impl NamedManifest {
    fn open(&self) -> Result<Open, Failure> {
        let source = manifest::source(&self.manifest)?;
        // The manifest's own reader says best what is wrong with its syntax.
        Manifest::parse(&source)?;
        let edit = Edit::of(&source.text).map_err(|error| {
            Rejected::from(Diagnostic::new(format!("this is not TOML: {error}")))
        })?;
        let folders = self.stock.folders(None)?;
        let folder = self.manifest.parent().unwrap_or(Path::new(""));
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        Ok(Open {
            stock: Stock::locate(folder, folders.stock.as_deref(), &folders.cache)?,
            remote: Remote::new(&folders.cache),
            source,
            edit,
        })
    }
}

impl Open {
    fn sources(&self) -> Sources<'_> {
        let folder = self
            .source
            .path
            .parent()
            .filter(|it| !it.as_os_str().is_empty());
        Sources {
            stock: &self.stock,
            remote: &self.remote,
            folder: folder.unwrap_or(Path::new(".")),
            place: Place {
                source: Arc::clone(&self.source),
                span: 0..0,
            },
        }
    }

    /// Adds `entry`, and what a service of rr needs with it.
    fn add(&mut self, entry: Entry, told: &mut Vec<String>) {
        let offers = &self.stock.services.services;
        let order: Vec<&str> = offers.iter().map(|it| it.name.as_str()).collect();
        let name = match &entry {
            Entry::Stock(name) => name,
            Entry::Service(name, _) => {
                told.push(format!("added the service {name}"));
                return self.edit.add(entry, &order);
            }
            Entry::Middleware(keys) => {
                told.push(format!("added the middleware of {}", origin(keys)));
                return self.edit.add(entry, &order);
            }
        };
        let mut wanted = vec![(name.clone(), None)];
        while let Some((name, by)) = wanted.pop() {
            if self.edit.has_service(&name) {
                if by.is_none() {
                    told.push(format!("{name} is listed already"));
                }
                continue;
            }
            let offer = offers.iter().find(|it| it.name == name);
            let needs = offer.into_iter().flat_map(|it| &it.needs);
            wanted.extend(needs.map(|it| (it.clone(), Some(name.clone()))));
            told.push(match by {
                None => format!("added {name}"),
                Some(by) => format!("added {name}, which {by} needs"),
            });
            self.edit.add(Entry::Stock(name), &order);
        }
    }

    /// Puts the changed manifest in place, if it is not worse than before.
    fn place(self, told: &[String]) -> Result<ExitCode, Failure> {
        let text = self.edit.text();
        let path = self.source.path.clone();
        let plan = |text: String| {
            let source = Source {
                path: path.clone(),
                text,
            };
            let manifest = Manifest::parse(&Arc::new(source))?;
            resolve::plan(manifest, &self.stock, &self.remote)
        };
        if let Err(rejected) = plan(text.clone())
            && plan(self.source.text.clone()).is_ok()
        {
            return Err(rejected.into());
        }
        write::if_changed(&path, text).map_err(|source| Failure::Write {
            path: path.clone(),
            source,
        })?;
        for line in told {
            say(line);
        }
        say(&format!("  in {}", shown(&path)));
        Ok(ExitCode::SUCCESS)
    }
}

/// The crate of a middleware: its name, else where it lies.
fn origin(keys: &Keys) -> &str {
    let name = keys.iter().find(|(key, _)| *key == "crate");
    let named = name.or(keys.first()).and_then(|(_, value)| value.as_str());
    named.unwrap_or_default()
}
