//! What a `.rr.yaml` uses, held against what a server would have.

mod yaml;

use std::{path::Path, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Rejected},
    krate::Offer,
    nearest::nearest,
    resolve::Plan,
    source::{Place, Source},
    stock::Stock,
};

/// Keys that belong to no service.
const KERNEL: [&str; 4] = ["version", "include", "envfile", "endure"];

/// Where middleware is switched on by name: the section of the service it wraps, and this key.
const MIDDLEWARE: &str = "middleware";

/// Something in a configuration that the server would not have.
#[derive(Debug)]
pub struct Gap {
    /// Where the configuration uses it.
    pub place: Place,
    /// The section, or the name of a middleware.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// Whether the server is wrong for it, rather than it being of no use.
    pub is_mistake: bool,
    /// The line of `[services]` that adds it; `None` if rr has nothing of the kind.
    pub line: Option<String>,
    help: String,
}

/// What the configuration in `file` and the files it includes use, and the server of `plan` would
/// lack. Fails if one of the files cannot be read.
pub fn gaps(file: &Path, plan: &Plan, stock: &Stock) -> Result<Vec<Gap>, Rejected> {
    let mut found = Vec::new();
    let mut files = vec![file.to_owned()];
    let mut next = 0;
    while let Some(path) = files.get(next).cloned() {
        let source = read(&path)?;
        let root = yaml::parse(&source)?;
        let view = View {
            source: &source,
            plan,
            stock,
        };
        view.sections(&root.value, &mut found);
        // Only the first file's `include` is followed, as the server does.
        if next == 0 {
            let included = root.value.get("include");
            let included = included.map_or(Vec::new(), |(_, it)| it.value.texts(it.defined));
            let folder = path.parent().unwrap_or(Path::new(""));
            files.extend(included.iter().map(|(name, _)| folder.join(name)));
        }
        next += 1;
    }
    Ok(found)
}

/// Whether there is a configuration in `file`, and no section at the dotted path `name` in it.
pub(crate) fn lacks(file: &Path, name: &str) -> bool {
    let source = file.is_file().then(|| read(file).ok()).flatten();
    let root = source.and_then(|it| yaml::parse(&it).ok());
    root.is_some_and(|it| section(&it.value, name).is_none())
}

/// The addresses that the configuration in `file` says to listen on, without their variables.
pub(crate) fn addresses(file: &Path) -> Result<Vec<String>, Rejected> {
    let source = read(file)?;
    let root = yaml::parse(&source)?;
    let mut found = Vec::new();
    collect_addresses(&root.value, &mut found);
    Ok(found)
}

fn collect_addresses(tree: &yaml::Tree, found: &mut Vec<String>) {
    for (key, value) in tree.entries() {
        let is_address = ["address", "addresses", "listen"].contains(&key.value.as_str());
        let texts = value.value.texts(value.defined);
        for (text, _) in texts.into_iter().filter(|_| is_address) {
            let port = text.rsplit_once(':').map(|(_, it)| it);
            if port.is_some_and(|it| it.parse::<u16>().is_ok()) && !text.contains('$') {
                found.push(text.to_owned());
            }
        }
        collect_addresses(&value.value, found);
    }
}

fn read(path: &Path) -> Result<Arc<Source>, Rejected> {
    Source::read(path).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        let help = "name the configuration of the server: `--config .rr.yaml`";
        Diagnostic::new(message).help(help).into()
    })
}

struct View<'a> {
    source: &'a Arc<Source>,
    plan: &'a Plan,
    stock: &'a Stock,
}

/// Middleware of RoadRunner that rr has not: the server warns of it, and starts.
const PASSED_OVER: [&str; 4] = ["cache", "circuitbreaker", "new_relic", "sendremotefile"];

impl View<'_> {
    fn sections(&self, root: &yaml::Tree, found: &mut Vec<Gap>) {
        for offer in &self.stock.services.services {
            if let Some(location) = section(root, offer.section())
                && !self.has(offer)
            {
                found.push(self.missing(offer.section(), offer, location));
            }
        }
        for offer in &self.stock.services.services {
            if offer.layers
                && let Some((_, wrapped)) = root.get(offer.section())
                && let Some((_, names)) = wrapped.value.get(MIDDLEWARE)
            {
                self.middleware(&names.value.texts(names.defined), found);
            }
        }
        for (key, value) in root.entries() {
            if !matches!(value.value, yaml::Tree::Nothing) && !self.is_known(&key.value) {
                found.push(self.unknown(&key.value, key.defined));
            }
        }
        found.sort_by_key(|it| it.place.span.start);
    }

    fn middleware(&self, names: &[(&str, serde_yaml::Location)], found: &mut Vec<Gap>) {
        for (name, location) in names {
            let offer = self
                .stock
                .services
                .services
                .iter()
                .find(|it| it.name == *name);
            let Some(offer) = offer else {
                if !self.is_own(name) {
                    found.push(self.no_middleware(name, *location));
                }
                continue;
            };
            // Its section may have told it already.
            let told = |it: &Gap| it.line.as_ref() == Some(&line(offer));
            if !self.has(offer) && !found.iter().any(told) {
                found.push(self.missing(name, offer, *location));
            }
        }
    }

    /// Whether a service of the project may be meant: its crate may call it otherwise in Rust.
    fn is_own(&self, name: &str) -> bool {
        self.plan.services.iter().any(|it| {
            let section = it.section.as_deref().and_then(|it| it.rsplit('.').next());
            it.name.as_deref() == Some(name) || section == Some(name)
        })
    }

    /// Whether the server has the service, or one of the manifest that is called like it.
    fn has(&self, offer: &Offer) -> bool {
        let mut services = self.plan.services.iter();
        services.any(|it| it.code == offer.code || it.name.as_ref() == Some(&offer.name))
    }

    fn is_known(&self, key: &str) -> bool {
        let is = |it: &str| it.split('.').next().unwrap_or(it).eq_ignore_ascii_case(key);
        KERNEL.into_iter().any(is)
            || self
                .stock
                .services
                .services
                .iter()
                .any(|it| is(it.section()))
            || self.plan.services.iter().any(|it| {
                it.name.as_deref().is_some_and(is) || it.section.as_deref().is_some_and(is)
            })
    }

    fn missing(&self, key: &str, offer: &Offer, location: serde_yaml::Location) -> Gap {
        let about = offer.about.as_deref().unwrap_or("a service of rr");
        let line = line(offer);
        Gap {
            place: yaml::place(self.source, location),
            key: key.to_owned(),
            is_mistake: true,
            message: format!("the server has no `{}`: {about}", offer.name),
            help: format!("add `{line}` to `[services]`"),
            line: Some(line),
        }
    }

    fn no_middleware(&self, name: &str, location: serde_yaml::Location) -> Gap {
        let stock = self.stock.services.services.iter();
        let stock = stock.filter(|it| self.stock.wraps(it));
        let own = self
            .plan
            .services
            .iter()
            .filter_map(|it| it.name.as_deref());
        let near = nearest(name, stock.map(|it| it.name.as_str()).chain(own));
        let passed_over = PASSED_OVER.contains(&name);
        let help = match near {
            _ if passed_over => {
                "it is one of RoadRunner's, which the server passes over: take it out of the list"
                    .to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => "a `[[middleware]]` of the manifest is always on and not named here".to_owned(),
        };
        Gap {
            place: yaml::place(self.source, location),
            key: name.to_owned(),
            // The server does not start, unless one of the project's calls its middleware so.
            is_mistake: !passed_over && self.plan.services.iter().all(|it| it.krate.is_none()),
            message: format!("there is no middleware `{name}`"),
            line: None,
            help,
        }
    }

    fn unknown(&self, key: &str, location: serde_yaml::Location) -> Gap {
        let stock = self.stock.services.services.iter();
        let known = stock.map(Offer::section).chain(KERNEL);
        let own = self.plan.services.iter();
        let own = own.filter_map(|it| it.section.as_deref().or(it.name.as_deref()));
        let near = nearest(key, known.chain(own));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("for a service of your own add `{key} = {{ path = \"..\" }}`"),
        };
        Gap {
            place: yaml::place(self.source, location),
            key: key.to_owned(),
            is_mistake: false,
            message: format!("nothing reads the section `{key}`"),
            line: None,
            help,
        }
    }
}

impl Gap {
    /// The gap with the line it points at; with colours if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let it = match self.is_mistake {
            true => Diagnostic::new(&self.message),
            false => Diagnostic::warning(&self.message),
        };
        it.at(self.place.clone()).help(&self.help).render(colour)
    }
}

fn line(offer: &Offer) -> String {
    format!("{} = true", offer.name)
}

/// Where the section at a dotted path begins, if it is there and not empty.
fn section(root: &yaml::Tree, path: &str) -> Option<serde_yaml::Location> {
    let mut tree = root;
    let mut found = None;
    for key in path.split('.') {
        let (key, value) = tree.get(key)?;
        found = Some(key.defined);
        tree = &value.value;
    }
    match tree {
        yaml::Tree::Nothing => None,
        _ => found,
    }
}
