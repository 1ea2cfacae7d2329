//! Configurations of RoadRunner 1 and 2 as files of version "3": settings moved to where they are
//! read today, comments with them, and what has no place any more named.

mod comments;
mod detect;
mod outline;
mod v1;
mod v2;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;

pub(super) use self::detect::detect;
use self::outline::Outline;
use super::{Diagnostics, files, yaml};

/// Which RoadRunner a file was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// 1.x: `http.workers`, names in camel case.
    One,
    /// 2.x: `version: "2.7"` and its like, or no version.
    Two,
    /// Version "3".
    Three,
}

/// A file of version "3", made of an older one.
#[derive(Debug)]
pub struct Migrated {
    /// For whom the file was.
    pub from: Line,
    /// The new file; the old one where it needed nothing.
    pub text: String,
    /// What people must know, from the top of the old file.
    pub notes: Vec<Note>,
}

/// A setting that was left out, or that means something else now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its line in the old file, counted from 1.
    pub line: usize,
    /// Where it stood, in dots.
    pub path: String,
    /// Why, and what to do.
    pub text: String,
}

/// Makes a file of version "3" of `text`, which is that of the file `name`.
///
/// # Errors
/// If the text is no configuration at all.
pub fn migrate(name: &str, text: &str) -> Result<Migrated, Diagnostics> {
    let root = yaml::parse(name, text).and_then(files::sections)?;
    let from = detect(&root);
    if from == Line::Three {
        return Ok(Migrated {
            from,
            text: text.to_owned(),
            notes: Vec::new(),
        });
    }
    let mut outline = Outline::of(&root, text);
    match from {
        Line::One => v1::migrate(&mut outline),
        Line::Two | Line::Three => v2::migrate(&mut outline),
    }
    let text = write::text(&outline);
    let mut notes = outline.notes;
    notes.sort_by_key(|it| it.line);
    Ok(Migrated { from, text, notes })
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: `{}`: {}", self.line, self.path, self.text)
    }
}
