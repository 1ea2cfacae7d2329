//! What editors make of a server's schema, asked of the YAML language server that they run: it is
//! installed from npm, in the version that `xtask/editor` pins.

mod cases;
mod client;
mod node;

use std::fs;

use anyhow::{Context as _, Result, bail};
use rr_builder::{
    progress::Progress,
    project::{Folders, Project},
};
use serde_json::{Value, json};

use crate::repo;
use cases::CASES;
use client::Client;

/// The project whose schema is looked at: it has a service of its own.
const MANIFEST: &str = "examples/shop/manifest.toml";

/// How a new project tells VS Code of its schema.
const SETTINGS: &str = "templates/new/.vscode/settings.json";

/// How the file itself tells every editor.
const MODELINE: &str = "# yaml-language-server: $schema=build/rr.schema.json\n";

/// Builds the example, and asks about its `.rr.yaml` as an editor does: once told by the file's
/// first line where the schema is, once by VS Code's settings.
///
/// # Errors
/// When Node.js is missing, and when an answer is not what people need.
pub(crate) fn run() -> Result<()> {
    let sh = repo::shell()?;
    let program = node::language_server(&sh)?;
    let schema = schema()?;
    let settings: Value = serde_json::from_str(&sh.read_file(SETTINGS)?)?;
    let schemas = &settings["yaml.schemas"];
    for (how, head, settings) in [
        ("by its first line", MODELINE, json!({})),
        (
            "by the settings of VS Code",
            "",
            json!({ "schemas": schemas }),
        ),
    ] {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("build"))?;
        fs::write(folder.path().join("build/rr.schema.json"), &schema)?;
        let mut client = Client::start(&program, folder.path(), settings)?;
        for case in CASES {
            let checked = case.check(&mut client, head);
            checked.with_context(|| format!("{}, told {how}", case.what))?;
        }
        println!("{} answers, told of the schema {how}", CASES.len());
    }
    Ok(())
}

/// What the example's server prints.
fn schema() -> Result<String> {
    let (root, target) = (repo::root(), repo::target_dir()?);
    let folders = Folders {
        cache: target.join("editor"),
        target: Some(target.clone()),
        stock: Some(root.clone()),
        output: Some(target.join("editor/shop")),
    };
    let project = Project::open(&root.join(MANIFEST), &folders)?;
    let built = project.build(false, false, &mut Progress::silent())?;
    let schema = fs::read_to_string(built.schema)?;
    if !schema.contains("\"inventory\"") {
        bail!("{MANIFEST} has lost its own service, which this is about");
    }
    Ok(schema)
}
