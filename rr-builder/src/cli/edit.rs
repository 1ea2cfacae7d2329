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
    edit::{Added, Edit, Entry, Keys},
    manifest::{self, Manifest},
    nearest::quoted,
    project::Failure,
    remote::Remote,
    resolve::{self, Plan},
    source::{Place, Source},
    stock::Stock,
    usage,
    wanted::{Details, Sources},
    write,
};

/// The configuration beside a manifest.
const CONFIG: &str = ".rr.yaml";

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
    /// Services by name; services and middleware by their crate, or by what else their entry says of
    /// where they are
    #[arg(required = true, value_name = "NAME|PATH|GIT")]
    what: Vec<String>,
    #[command(flatten)]
    manifest: NamedManifest,
}

#[derive(Debug, Args)]
struct NamedManifest {
    /// The manifest
    #[arg(short, long, value_name = "FILE", default_value = manifest::DEFAULT)]
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
    let (mut told, mut new) = (Vec::new(), Vec::new());
    for what in &arguments.what {
        let entries = open
            .sources()
            .entries(what, &details)
            .map_err(Rejected::from)?;
        for entry in entries {
            open.add(entry, &mut told, &mut new);
        }
    }
    open.place(&told, &new)
}

pub(super) fn remove(arguments: &RemoveArguments) -> Result<ExitCode, Failure> {
    let mut open = arguments.manifest.open()?;
    let mut told = Vec::new();
    for what in &arguments.what {
        if !open.edit.remove_service(what) && !open.remove_from(what) {
            let manifest = open.source.path.display();
            let message = format!("`{manifest}` lists no `{what}`");
            let help = "`rr-builder list` shows what it lists";
            return Err(Rejected::from(Diagnostic::new(message).help(help)).into());
        }
        told.push(format!("removed {what}"));
    }
    if let Some(refusal) = open.still_needed(&arguments.what) {
        return Err(Rejected::from(refusal).into());
    }
    open.place(&told, &[])
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

    /// Adds `entry`, and what a service of rr needs with it. Services of the project that were not
    /// there go to `new` by name.
    fn add(&mut self, entry: Entry, told: &mut Vec<String>, new: &mut Vec<String>) {
        let offers = &self.stock.services.services;
        let order: Vec<&str> = offers.iter().map(|it| it.name.as_str()).collect();
        let name = match &entry {
            Entry::Stock(name) => name,
            Entry::Service(name, _) => {
                let name = name.clone();
                let added = self.edit.add(entry, &order);
                told.push(said(&format!("the service {name}"), added));
                if added == Added::New {
                    new.push(name);
                }
                return;
            }
            Entry::Middleware(keys) => {
                let what = format!("the middleware of {}", origin(keys));
                told.push(said(&what, self.edit.add(entry, &order)));
                return;
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

    /// Takes out all that comes from the crate `what`; false if there is nothing.
    fn remove_from(&mut self, what: &str) -> bool {
        let wanted = plain(what);
        let is_it = |table: &dyn toml_edit::TableLike| {
            let keys = ["path", "crate", "layer", "git", "archive"];
            let mut values = keys.iter().filter_map(|key| table.get(key)?.as_str());
            values.any(|it| {
                let it = plain(it);
                it == wanted || it.ends_with(&format!("/{wanted}"))
            })
        };
        let services = self.edit.services_of(is_it);
        for name in &services {
            self.edit.remove_service(name);
        }
        self.edit.remove_middleware(is_it) > 0 || !services.is_empty()
    }

    /// Why services of rr among those `removed` must stay: others need them.
    fn still_needed(&self, removed: &[String]) -> Option<Diagnostic> {
        let offers = &self.stock.services.services;
        let mut gone: Vec<&str> = removed.iter().map(String::as_str).collect();
        let mut needing = Vec::new();
        loop {
            let listed = self.edit.services_listed();
            let next = offers.iter().find(|it| {
                let name = it.name.as_str();
                listed.contains(&name)
                    && !gone.contains(&name)
                    && it.needs.iter().any(|it| gone.contains(&it.as_str()))
            });
            let Some(next) = next else { break };
            gone.push(&next.name);
            needing.push(next.name.as_str());
        }
        let removed = quoted(removed.iter().map(String::as_str));
        (!needing.is_empty()).then(|| {
            let message = format!("without {removed} there cannot be {}", quoted(needing));
            let help = format!("remove all: `rr-builder remove {}`", gone.join(" "));
            Diagnostic::new(message).help(help)
        })
    }

    /// Puts the changed manifest in place, if it is not worse than before. `new` are services that
    /// may need a section.
    fn place(self, told: &[String], new: &[String]) -> Result<ExitCode, Failure> {
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
        let sections = match plan(text.clone()) {
            Ok(plan) => sections(&plan, new),
            Err(rejected) if plan(self.source.text.clone()).is_ok() => return Err(rejected.into()),
            Err(_) => Vec::new(),
        };
        write::if_changed(&path, text).map_err(|source| Failure::Write {
            path: path.clone(),
            source,
        })?;
        for line in told {
            say(line);
        }
        say(&format!("  in {}", shown(&path)));
        let config = path.with_file_name(CONFIG);
        for section in sections {
            if usage::lacks(&config, &section) {
                let config = shown(&config);
                say(&format!(
                    "  {config} has no section `{section}`: without one, most services are off"
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where the settings of the services `new` stand.
fn sections(plan: &Plan, new: &[String]) -> Vec<String> {
    let lines = plan.services.iter().filter_map(|line| {
        let name = line.name.as_ref().filter(|it| new.contains(it))?;
        Some(line.section.as_ref().unwrap_or(name).clone())
    });
    lines.collect()
}

fn said(what: &str, added: Added) -> String {
    match added {
        Added::New => format!("added {what}"),
        Added::Changed => format!("changed {what}"),
        Added::Listed => format!("{what} is listed already"),
    }
}

/// A path or a crate's name, whichever way it is typed.
fn plain(text: &str) -> String {
    let text = text.trim_start_matches("./").trim_end_matches('/');
    text.replace('_', "-")
}

/// The crate of a middleware: its name, else where it lies.
fn origin(keys: &Keys) -> &str {
    let name = keys.iter().find(|(key, _)| *key == "crate");
    let named = name.or(keys.first()).and_then(|(_, value)| value.as_str());
    named.unwrap_or_default()
}
