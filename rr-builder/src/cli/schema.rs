//! `schema` and `explain`: what a manifest may say.

use std::{path::Path, process::ExitCode};

use clap::Args;
use serde_json::json;

use super::{
    arguments::{ResultArguments, StockArguments},
    voice::{Format, say, say_json},
};
use crate::{
    diagnostic::{Diagnostic, Rejected},
    nearest::nearest,
    project::Failure,
    schema::{self, Key},
    stock::Stock,
};

#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    #[command(flatten)]
    stock: StockArguments,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// A key, as `build.profile`; those of the manifest itself by default
    key: Option<String>,
    #[command(flatten)]
    stock: StockArguments,
    #[command(flatten)]
    result: ResultArguments,
}

pub(super) fn schema(arguments: &SchemaArguments) -> Result<ExitCode, Failure> {
    say_json(&schema::schema(&arguments.stock.locate()?));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn explain(arguments: &ExplainArguments) -> Result<ExitCode, Failure> {
    let schema = schema::schema(&arguments.stock.locate()?);
    let wanted = arguments.key.as_deref().unwrap_or_default();
    let mut keys = schema::keys(&schema, wanted);
    if keys.is_empty() {
        let all = schema::keys(&schema, "");
        let near = nearest(wanted, all.iter().map(|it| it.path.as_str()));
        let it = Diagnostic::new(format!("a manifest has no key `{wanted}`"));
        let it = match near {
            Some(near) => it.help(format!("did you mean `{near}`?")),
            None => it.help("`rr-builder explain` shows all"),
        };
        return Err(Rejected::from(it).into());
    }
    if wanted.is_empty() {
        keys.retain(|it| !it.path.contains('.'));
    }
    match arguments.result.format {
        Format::Text => {
            keys.iter().for_each(as_text);
            if wanted.is_empty() {
                say("\n`rr-builder explain build` tells what is below `build`, and so on.");
            }
        }
        Format::Json => {
            let keys = keys.iter().map(|it| {
                json!({
                    "key": it.path,
                    "about": it.about,
                    "takes": it.takes,
                    "default": it.default,
                    "example": it.example,
                })
            });
            say_json(&keys.collect::<Vec<_>>());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_text(key: &Key) {
    say(&format!("{}: {}", key.path, key.takes));
    if !key.about.is_empty() {
        say(&format!("    {}", key.about));
    }
    for (word, value) in [("default", &key.default), ("example", &key.example)] {
        if let Some(value) = value {
            say(&format!("    {word}: {value}"));
        }
    }
}

impl StockArguments {
    /// The crates of rr for the current folder.
    fn locate(&self) -> Result<Stock, Failure> {
        let folders = self.folders(None)?;
        let chosen = folders.stock.as_deref();
        Ok(Stock::locate(Path::new("."), chosen, &folders.cache)?)
    }
}
