//! The crate of a server as text: a `Cargo.toml` and a `main.rs` that is nothing but a list.

use std::{collections::HashMap, fs, io, path::Path};

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::json;
use toml::{Table, Value};

use crate::{
    embed::Embedded,
    manifest::{Location, Profile},
    relative::relative,
    resolve::{Allocator, Dependency, Line, Plan, Replacement},
    stock::{CORE, Kind, SERVICES, Stock},
    write,
};

const MAIN: &str = include_str!("../../templates/main.rs.hbs");
/// The table in which rr's own crates take the place of those of the registry.
const CRATES_IO: &str = "patch.crates-io";

const CARGO: &str = include_str!("../../templates/Cargo.toml.hbs");

/// The list of the files that the binary carries.
const APP: &str = include_str!("../../templates/app.rs.hbs");

/// Writes the crate into `folder`, what changed of it; returns its `main.rs`. The versions of all
/// crates are those of rr's own lock file, until the folder has one of its own.
pub fn write(plan: &Plan, stock: &Stock, folder: &Path) -> io::Result<String> {
    let source = folder.join("src");
    let main = main_rs(plan, &source);
    write::if_changed(&folder.join("Cargo.toml"), cargo_toml(plan, stock, folder))?;
    write::if_changed(&source.join("main.rs"), &main)?;
    if let Some(embed) = &plan.embed {
        write::if_changed(&source.join("app.rs"), app_rs(plan, embed, &source))?;
    }
    let lock = stock.root.join("Cargo.lock");
    if lock.is_file() {
        write::if_absent(&folder.join("Cargo.lock"), fs::read(lock)?)?;
    }
    Ok(main)
}

/// The program: a line for each service and middleware, which cites its line of the manifest. What
/// it includes is named as seen from `folder`, where it lies.
pub fn main_rs(plan: &Plan, folder: &Path) -> String {
    let lines = |lines: &[Line]| {
        let lines = lines.iter();
        let lines = lines.map(|it| json!({ "code": it.code.text(), "line": it.place.line() }));
        lines.collect::<Vec<_>>()
    };
    let allocator = match &plan.allocator {
        Allocator::Own(line) => Some(line),
        Allocator::Mimalloc | Allocator::System => None,
    };
    let allocator = allocator.map(|it| json!({ "code": it.code.text(), "line": it.place.line() }));
    let config = plan.config.as_ref().map(|it| {
        let path = relative(folder, &it.path);
        json!({ "path": rust_string(&path), "line": it.place.line() })
    });
    let app = plan
        .embed
        .as_ref()
        .map(|it| json!({ "line": it.place.line() }));
    render(
        MAIN,
        &json!({
            "name": plan.name,
            "manifest": plan.source.file_name(),
            "allocator": allocator,
            "config": config,
            "app": app,
            "services": lines(&plan.services),
            "middleware": lines(&plan.middleware),
            "commands": lines(&plan.commands),
        }),
    )
}

fn app_rs(plan: &Plan, embed: &Embedded, folder: &Path) -> String {
    let base = relative(folder, &embed.folder);
    let files = embed.files.iter().map(|it| {
        json!({
            "name": rust_string(Path::new(&it.name)),
            "executable": it.executable,
            "path": rust_string(&base.join(&it.name)),
        })
    });
    render(
        APP,
        &json!({
            "manifest": plan.source.file_name(),
            "line": embed.place.line(),
            "files": files.collect::<Vec<_>>(),
        }),
    )
}

/// The line of the plan behind each line of its `main.rs`, counted from 1.
pub(crate) fn source_map<'a>(plan: &'a Plan, main: &str) -> HashMap<usize, &'a Line> {
    let generated = main.lines().enumerate().filter(|(_, text)| {
        let text = text.trim_start();
        let calls = [".service(", ".middleware(", ".command(", "static ALLOCATOR"];
        calls.iter().any(|it| text.starts_with(it))
    });
    let allocator = match &plan.allocator {
        Allocator::Own(line) => Some(line),
        Allocator::Mimalloc | Allocator::System => None,
    };
    let services = plan.services.iter().chain(&plan.middleware);
    let planned = allocator.into_iter().chain(services).chain(&plan.commands);
    let pairs = generated.zip(planned);
    pairs.map(|((index, _), line)| (index + 1, line)).collect()
}

fn cargo_toml(plan: &Plan, stock: &Stock, folder: &Path) -> String {
    let own = |package: &str| {
        let path = stock.folder(package);
        match stock.kind {
            // The cache does not move along with the project.
            Kind::Carried => quoted(&path),
            Kind::Checkout => quoted(&relative(folder, &path)),
        }
    };
    let dependencies = plan.dependencies.iter().map(|it| {
        json!({
            "package": it.package,
            "source": dependency(it, folder),
            "line": it.place.line(),
        })
    });
    let patches = plan.patched.iter().copied();
    let patches = patches.map(|it| json!({ "package": it, "path": own(it) }));
    let patches: Vec<_> = patches.collect();
    let mut profiles = stock.profiles.clone();
    // All of them: the command line may choose another than the manifest.
    let known = Profile::NAMES.iter();
    profiles.extend(known.filter_map(|(_, profile)| profile.table()));
    let profile = Table::from_iter([("profile".to_owned(), profiles.into())]);
    let mut tables: Vec<&str> = plan
        .replacements
        .iter()
        .map(|it| it.table.as_str())
        .collect();
    tables.sort_unstable();
    tables.dedup();
    let line = |it: &Replacement| {
        let source = crate_source(&it.location, &[], folder);
        json!({ "replaced": it.replaced, "source": source, "line": it.place.line() })
    };
    let tables = tables.into_iter().map(|table| {
        let of_table = plan.replacements.iter().filter(|it| it.table == table);
        let patched = if table == CRATES_IO { patches.clone() } else { Vec::new() };
        json!({ "table": table, "patches": patched, "lines": of_table.map(line).collect::<Vec<_>>() })
    });
    let mut tables: Vec<_> = tables.collect();
    if !patches.is_empty() && !plan.replacements.iter().any(|it| it.table == CRATES_IO) {
        tables.insert(
            0,
            json!({ "table": CRATES_IO, "patches": patches, "lines": [] }),
        );
    }
    let core = match plan.allocator {
        Allocator::Mimalloc => format!("{{ path = {}, features = [\"mimalloc\"] }}", own(CORE)),
        Allocator::System | Allocator::Own(_) => format!("{{ path = {} }}", own(CORE)),
    };
    render(
        CARGO,
        &json!({
            "name": plan.name,
            "version": plan.version.to_string(),
            "manifest": plan.source.file_name(),
            "core": core,
            "services": own(SERVICES),
            "features": features(&plan.features),
            "dependencies": dependencies.collect::<Vec<_>>(),
            "tables": tables,
            "profiles": profile.to_string().trim_end(),
        }),
    )
}

/// The right side of a dependency as seen from the crate in `folder`.
pub(crate) fn dependency(dependency: &Dependency, folder: &Path) -> String {
    crate_source(&dependency.location, &dependency.features, folder)
}

fn crate_source(location: &Location, wanted: &[String], folder: &Path) -> String {
    let mut parts = match location {
        Location::Path(path) | Location::Archive(path) => {
            vec![format!("path = {}", quoted(&relative(folder, path)))]
        }
        Location::Registry(version) => vec![format!("version = {}", literal(version))],
        Location::Git { url, kind, name } => {
            vec![
                format!("git = {}", literal(url)),
                format!("{kind} = {}", literal(name)),
            ]
        }
    };
    if !wanted.is_empty() {
        parts.push(format!("features = {}", features(wanted)));
    }
    format!("{{ {} }}", parts.join(", "))
}

fn features(features: &[String]) -> String {
    let features: Vec<String> = features.iter().map(|it| literal(it)).collect();
    format!("[{}]", features.join(", "))
}

fn quoted(path: &Path) -> String {
    literal(&path.to_string_lossy())
}

/// A path as a string of Rust; `/` separates everywhere.
fn rust_string(path: &Path) -> String {
    format!(
        "{:?}",
        path.to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/")
    )
}

/// A string of TOML, in quotes.
pub(crate) fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

pub(crate) fn render(template: &str, data: &impl Serialize) -> String {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates.register_escape_fn(handlebars::no_escape);
    let rendered = templates.render_template(template, data);
    rendered.expect("the templates are our own and name only what is given")
}
