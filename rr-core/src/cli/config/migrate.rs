//! `rr config migrate`: an old file as one of version "3", on stdout or in its place.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::{Exit, Failure, voice::Voice},
    config::migrate::{self, Line, Migrated},
};

pub(super) fn migrate(old: &Path, write: bool, voice: &mut Voice<'_>) -> Result<(), Failure> {
    let shown = old.display();
    let failed = |what: &str, path: &Path, error: io::Error| {
        let path = path.display();
        Failure::new(Exit::Command, format!("cannot {what} `{path}`: {error}"))
    };
    let text = fs::read_to_string(old).map_err(|error| failed("read", old, error))?;
    let is_json = old.extension().is_some_and(|it| it == "json");
    if write && is_json {
        let text = format!(
            "what is written is YAML, and `{shown}` is JSON\nhelp: leave `--write` out, and redirect the output to a file `.rr.yaml`"
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    let Migrated { from, text, notes } =
        migrate::migrate(&shown.to_string(), &text).map_err(Failure::config)?;
    let of = match from {
        Line::One => "RoadRunner 1",
        Line::Two => "RoadRunner 2",
        Line::Three => {
            voice.note(format_args!("{shown} is of version 3: nothing is changed"));
            if !write {
                voice.say(text.trim_end());
            }
            return Ok(());
        }
    };
    match write {
        false => voice.say(text.trim_end()),
        true => {
            let kept = beside(old, ".bak");
            let new = beside(old, ".new");
            if kept.exists() {
                let kept = kept.display();
                let text = format!(
                    "`{kept}` is there already\nhelp: move it away, the old file is to be kept under that name"
                );
                return Err(Failure::new(Exit::Command, text));
            }
            fs::write(&new, &text).map_err(|error| failed("write", &new, error))?;
            fs::hard_link(old, &kept)
                .or_else(|_| fs::copy(old, &kept).map(drop))
                .map_err(|error| failed("write", &kept, error))?;
            fs::rename(&new, old).map_err(|error| failed("write", old, error))?;
            let kept = kept.display();
            voice.note(format_args!(
                "{shown} is of version 3 now, {kept} is the old one"
            ));
        }
    }
    voice.note(format_args!("{shown} was of {of}"));
    for note in &notes {
        voice.note(format_args!("note: {note}"));
    }
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}
