//! The crate of a server as text: a `Cargo.toml` and a `main.rs` that is nothing but a list.

use std::{collections::HashMap, fs, io, path::Path};

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::json;
use toml::{Table, Value};

use crate::{
    manifest::Location,
    relative::relative,
    resolve::{Dependency, Line, Plan},
    stock::{CORE, Kind, SERVICES, Stock},
    write,
};

const MAIN: &str = include_str!("../../templates/main.rs.hbs");
const CARGO: &str = include_str!("../../templates/Cargo.toml.hbs");

/// Writes the crate into `folder`, what changed of it; returns its `main.rs`. The versions of all
/// crates are those of rr's own lock file, until the folder has one of its own.
pub fn write(plan: &Plan, stock: &Stock, folder: &Path) -> io::Result<String> {
    let main = main_rs(plan);
    write::if_changed(&folder.join("Cargo.toml"), cargo_toml(plan, stock, folder))?;
    write::if_changed(&folder.join("src/main.rs"), &main)?;
    let lock = stock.root.join("Cargo.lock");
    if lock.is_file() {
        write::if_absent(&folder.join("Cargo.lock"), fs::read(lock)?)?;
    }
    Ok(main)
}

/// The program: a line for each service and middleware, which cites its line of the manifest.
pub fn main_rs(plan: &Plan) -> String {
    let lines = |lines: &[Line]| {
        let lines = lines.iter();
        let lines = lines.map(|it| json!({ "code": it.code.text(), "line": it.place.line() }));
        lines.collect::<Vec<_>>()
    };
    render(
        MAIN,
        &json!({
            "name": plan.name,
            "manifest": plan.source.file_name(),
            "services": lines(&plan.services),
            "middleware": lines(&plan.middleware),
        }),
    )
}

/// The line of the plan behind each line of its `main.rs`, counted from 1.
pub(crate) fn source_map<'a>(plan: &'a Plan, main: &str) -> HashMap<usize, &'a Line> {
    let generated = main.lines().enumerate().filter(|(_, text)| {
        let text = text.trim_start();
        text.starts_with(".service(") || text.starts_with(".middleware(")
    });
    let planned = plan.services.iter().chain(&plan.middleware);
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
    let profile = Table::from_iter([("profile".to_owned(), stock.profiles.clone().into())]);
    render(
        CARGO,
        &json!({
            "name": plan.name,
            "version": plan.version.to_string(),
            "manifest": plan.source.file_name(),
            "core": own(CORE),
            "services": own(SERVICES),
            "features": features(&plan.features),
            "dependencies": dependencies.collect::<Vec<_>>(),
            "patches": patches.collect::<Vec<_>>(),
            "profiles": profile.to_string().trim_end(),
        }),
    )
}

/// The right side of a dependency as seen from the crate in `folder`.
pub(crate) fn dependency(dependency: &Dependency, folder: &Path) -> String {
    let mut parts = match &dependency.location {
        Location::Path(path) => vec![format!("path = {}", quoted(&relative(folder, path)))],
        Location::Registry(version) => vec![format!("version = {}", literal(version))],
        Location::Git { url, kind, name } => {
            vec![
                format!("git = {}", literal(url)),
                format!("{kind} = {}", literal(name)),
            ]
        }
    };
    if !dependency.features.is_empty() {
        parts.push(format!("features = {}", features(&dependency.features)));
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
