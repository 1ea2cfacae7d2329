//! `rr config check`: all mistakes at once.

use std::{iter, path::Path};

use serde_json::json;

use crate::{
    cli::{
        Exit, Failure, Program,
        args::{Format, Place},
        exit::Text,
        process::Process,
        settings::{self, Settings},
        voice::Voice,
    },
    config::{Diagnostic, Diagnostics, Severity},
};

/// Fails where the server would not start, and where something has no effect; `strict` where
/// anything is odd.
pub(super) fn check(
    program: impl Program,
    place: &Place,
    strict: bool,
    format: Format,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let (name, _) = program.product();
    // Some of it may be files that the configuration names.
    let _unpacked = process.unpack(name)?;
    let Settings {
        config,
        mut found,
        folder,
        file,
    } = settings::read(place, iter::empty(), true, name, process);
    if let Some(config) = &config {
        // Relative paths start where the server would work.
        process.enter(&folder)?;
        program.check(config, &mut found)?;
    }
    found.deny_idle();
    if strict {
        found.deny_warnings();
    }
    match format {
        Format::Json => voice.say(list(&found)),
        Format::Text => tell(&found, &file, place.silent, voice),
    }
    match found.has_errors() {
        true => Err(Failure {
            exit: Exit::Config,
            text: Text::Said,
        }),
        false => Ok(()),
    }
}

fn tell(found: &Diagnostics, file: &Path, silent: bool, voice: &mut Voice<'_>) {
    voice.findings(found);
    if silent {
        return;
    }
    let count = |severity| found.iter().filter(|it| it.severity == severity).count();
    let errors = counted(count(Severity::Error), "error");
    let warnings = counted(count(Severity::Warning), "warning");
    let file = file.display();
    match (errors, warnings) {
        (None, None) => voice.say(format_args!("{file}: no mistakes")),
        (None, Some(warnings)) => voice.say(format_args!("{file}: no errors, {warnings}")),
        (Some(errors), None) => voice.note(format_args!("\n{file}: {errors}")),
        (Some(errors), Some(warnings)) => {
            voice.note(format_args!("\n{file}: {errors}, {warnings}"));
        }
    }
}

fn counted(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        many => Some(format!("{many} {what}s")),
    }
}

fn list(found: &Diagnostics) -> String {
    let one = |it: &Diagnostic| {
        let place = it.place.as_ref();
        json!({
            "severity": it.severity.to_string(),
            "path": it.path,
            "message": it.message,
            "help": it.help,
            "file": place.map(|it| it.file()),
            "line": place.map(|it| it.line()),
            "column": place.map(|it| it.column()),
        })
    };
    let all: Vec<_> = found.iter().map(one).collect();
    serde_json::to_string_pretty(&all).expect("texts and numbers are JSON")
}
