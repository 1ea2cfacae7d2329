//! From the manifest to the plan of a server: every crate read, every name found, every mistake
//! told. Nothing of Rust is compiled for it.

mod choose;
mod crates;
mod extras;

use std::{ops::Range, sync::Arc};

use semver::Version;

use choose::{MIDDLEWARE, SERVICE};
use crates::Crates;
pub use crates::Dependency;
pub use extras::{Allocator, DefaultConfig, Replacement};

use crate::{
    diagnostic::{Diagnostic, Rejected},
    embed::{self, Embedded},
    krate::Offer,
    manifest::{self, CrateRef, Manifest, Own, Profile},
    nearest::quoted,
    remote::Remote,
    rust::Code,
    source::{Place, Source},
    stock::Stock,
};

/// A server that can be generated.
#[derive(Debug)]
pub struct Plan {
    /// The manifest it was made from.
    pub source: Arc<Source>,
    /// The server's name.
    pub name: String,
    /// The server's version.
    pub version: Version,
    /// The services, in the order of the manifest.
    pub services: Vec<Line>,
    /// The middleware, in the order of the manifest.
    pub middleware: Vec<Line>,
    /// The features of rr-services that are needed.
    pub features: Vec<String>,
    /// The crates that are not rr's own.
    pub dependencies: Vec<Dependency>,
    /// Commands besides rr's own.
    pub commands: Vec<Line>,
    /// Who hands out memory.
    pub allocator: Allocator,
    /// What the compiler aims at.
    pub profile: Profile,
    /// The platform, if not the one that compiles.
    pub target: Option<String>,
    /// A configuration that the binary carries.
    pub config: Option<DefaultConfig>,
    /// Files of the project that the binary carries.
    pub embed: Option<Embedded>,
    /// Crates that take the place of others.
    pub replacements: Vec<Replacement>,
    /// Those of rr's own crates that some of them ask a registry for, and get from here.
    pub patched: Vec<&'static str>,
}

/// One line of the generated program.
#[derive(Debug)]
pub struct Line {
    /// The short name, if it has one.
    pub name: Option<String>,
    /// The crate it lies in, as the manifest names it; `None` for rr's own.
    pub krate: Option<String>,
    /// The service's value or the middleware's layer.
    pub code: Code,
    /// What it is for, if its crate says.
    pub about: Option<String>,
    /// Where its section stands in `.rr.yaml`, if its crate says.
    pub section: Option<String>,
    /// Where the manifest asks for it: mistakes in it are shown there.
    pub place: Place,
}

/// Makes the plan for `manifest`. Crates of git and of a registry are read through `remote`, and
/// only if the manifest does not itself name what to take of them.
pub fn plan(manifest: Manifest, stock: &Stock, remote: &Remote) -> Result<Plan, Rejected> {
    let mut resolver = Resolver {
        crates: Crates::new(&manifest, stock, remote),
        manifest: &manifest,
        stock,
        remote,
        features: Vec::new(),
        wrapped: false,
        mistakes: Vec::new(),
    };
    resolver.add_crates();
    let services = resolver.services();
    let middleware = resolver.middleware();
    resolver.check_whole(&services);
    let commands = resolver.commands();
    let allocator = resolver.allocator();
    let config = resolver.default_config();
    let replacements = resolver.replacements();
    let embed = embed::find(&manifest).map_err(|it| resolver.mistakes.push(it));
    let Resolver {
        crates,
        features,
        mut mistakes,
        ..
    } = resolver;
    mistakes.extend(crates.disagreements());
    mistakes.extend(crates.missing_features());
    let patched = crates.patched();
    let dependencies = crates.into_dependencies();
    mistakes.extend(manifest.mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes.into_iter().collect());
    }
    Ok(Plan {
        source: manifest.source,
        name: manifest.name,
        version: manifest.version,
        services,
        middleware,
        features,
        dependencies,
        commands,
        allocator,
        profile: manifest.build.profile,
        target: manifest.build.target.map(toml::Spanned::into_inner),
        config,
        embed: embed.ok().flatten(),
        replacements,
        patched,
    })
}

struct Resolver<'a> {
    manifest: &'a Manifest,
    stock: &'a Stock,
    remote: &'a Remote,
    crates: Crates<'a>,
    features: Vec<String>,
    /// Whether a service is listed that middleware can wrap, as far as one can know.
    wrapped: bool,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    /// All crates are known before the first type is looked for: an entry may use another's.
    fn add_crates(&mut self) {
        let services = self.manifest.services.iter();
        let named = services.filter_map(|service| {
            let name = service.name.get_ref().as_str();
            Some((Some(name), service.own.as_ref()?))
        });
        let nameless = self.manifest.middleware.iter().map(|own| (None, own));
        let commands = self.manifest.commands.iter().map(|own| (None, own));
        let allocator = match &self.manifest.build.allocator {
            manifest::Allocator::Own(own) => Some((None, own.as_ref())),
            _ => None,
        };
        for (name, own) in named.chain(nameless).chain(commands).chain(allocator) {
            let added = self.crates.add(name, own);
            self.mistakes.extend(added.err().into_iter().flatten());
        }
    }

    fn services(&mut self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut needs = Vec::new();
        for service in &self.manifest.services {
            let name = service.name.get_ref();
            let key = service.name.span();
            let (offer, span) = match &service.own {
                None => (self.stock_service(name, key.clone()), key),
                Some(own) => (self.own(&SERVICE, Some(name), own), own.span.clone()),
            };
            let Some(offer) = offer else { continue };
            self.wrapped |= offer.layers;
            needs.extend(
                offer
                    .needs
                    .iter()
                    .map(|it| (name, it.clone(), span.clone())),
            );
            let line = self.line(Some(name), service.own.as_ref(), offer, span);
            match lines.iter().find(|it| it.code == line.code) {
                None => lines.push(line),
                Some(first) => self.mistakes.push(
                    Diagnostic::new(format!("`{}` is listed twice", line.code.text()))
                        .at(line.place)
                        .note(format!("the first stands on line {}", first.place.line()))
                        .help("take one of them out"),
                ),
            }
        }
        for (name, needed, span) in needs {
            if !self.has_service(&needed, &lines) {
                self.mistakes.push(
                    Diagnostic::new(format!("`{name}` needs the service `{needed}`"))
                        .at(self.manifest.place(span))
                        .help(format!("add `{needed} = true` to `[services]`")),
                );
            }
        }
        lines
    }

    /// Whether the manifest lists rr's service `name`, under that name or by its type. One that rr
    /// does not have is not for us to judge.
    fn has_service(&self, name: &str, lines: &[Line]) -> bool {
        let stock = &self.stock.services.services;
        let Some(offer) = stock.iter().find(|it| it.name == name) else {
            return true;
        };
        let listed = &self.manifest.services;
        listed.iter().any(|it| it.name.get_ref() == name)
            || lines.iter().any(|it| it.code == offer.code)
    }

    fn middleware(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        for own in &self.manifest.middleware {
            if let Some(offer) = self.own(&MIDDLEWARE, None, own) {
                lines.push(self.line(None, Some(own), offer, own.span.clone()));
            }
        }
        lines
    }

    fn line(
        &self,
        name: Option<&str>,
        own: Option<&Own>,
        offer: Offer,
        span: Range<usize>,
    ) -> Line {
        let krate = own.and_then(|it| it.krate.as_ref());
        Line {
            name: name.map(str::to_owned),
            krate: krate.map(CrateRef::shown),
            code: offer.code,
            about: offer.about,
            section: offer.section,
            place: self.manifest.place(span),
        }
    }

    fn stock_service(&mut self, name: &str, span: Range<usize>) -> Option<Offer> {
        let offers = &self.stock.services.services;
        if let Some(offer) = offers.iter().find(|it| it.name == name) {
            self.need_feature(offer.feature.as_deref());
            return Some(offer.clone());
        }
        let names = || offers.iter().map(|it| it.name.as_str());
        let mistake =
            Diagnostic::new(format!("rr has no service `{name}`")).at(self.manifest.place(span));
        let mistake = match crate::nearest::nearest(name, names()) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help(format!(
                "for a service of your own write `{name} = {{ path = \"..\" }}`"
            )),
        };
        let mistake = mistake.note(format!("its services are {}", quoted(names())));
        self.mistakes.push(mistake);
        None
    }

    fn need_feature(&mut self, feature: Option<&str>) {
        let new = feature.filter(|it| !self.features.iter().any(|there| there == it));
        self.features.extend(new.map(str::to_owned));
    }

    /// What is wrong with the manifest as a whole.
    fn check_whole(&mut self, services: &[Line]) {
        let stock = &self.stock.services.services;
        let start = || self.manifest.place(0..0);
        if services.is_empty() && self.mistakes.is_empty() && self.manifest.mistakes.is_empty() {
            let names = quoted(stock.iter().map(|it| it.name.as_str()));
            self.mistakes.push(
                Diagnostic::new("the manifest lists no service")
                    .at(start())
                    .note(format!("rr has {names}"))
                    .help("add them below a line `[services]`, each as `name = true`"),
            );
        }
        let takers = stock.iter().filter(|it| it.layers);
        let takers: Vec<&str> = takers.map(|it| it.name.as_str()).collect();
        if let ([first, ..], [taker, ..], false) = (
            self.manifest.middleware.as_slice(),
            takers.as_slice(),
            self.wrapped,
        ) && self.mistakes.is_empty()
        {
            self.mistakes.push(
                Diagnostic::new("there is nothing for this middleware to wrap")
                    .at(self.manifest.place(first.span.clone()))
                    .help(format!("add `{taker} = true` to `[services]`")),
            );
        }
    }
}
