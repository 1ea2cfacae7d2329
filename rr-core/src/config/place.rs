//! Where a setting was written: a file or an argument, with line and column. Knows nothing of YAML.

use std::{fmt, sync::Arc};

/// A text that settings came from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The name people know it by: the file as given, `-j`, or `command line`.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) kind: OriginKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginKind {
    File,
    /// One `-o key=value`.
    Argument,
    /// One `-j`, which may have many lines.
    Json,
}

/// A stretch of text that a setting was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    origin: Arc<Origin>,
    /// Byte offset of the first character.
    start: usize,
    /// Bytes covered; zero where only the beginning is known.
    len: usize,
}

impl Place {
    pub(crate) fn new(origin: &Arc<Origin>, start: usize, len: usize) -> Self {
        let text = &origin.text;
        let start = text.floor_char_boundary(start);
        let end = text.floor_char_boundary(start.saturating_add(len));
        Self {
            origin: Arc::clone(origin),
            start,
            len: end.saturating_sub(start),
        }
    }

    /// A place known by line and column, both counted from 1.
    pub(crate) fn at(origin: &Arc<Origin>, line: usize, column: usize) -> Self {
        let lines = origin.text.split_inclusive('\n');
        let before: usize = lines
            .clone()
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let within = lines.skip(line.saturating_sub(1)).flat_map(str::chars);
        let start: usize = within
            .take(column.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        Self::new(origin, before + start, 0)
    }

    /// The file as it was named, or `command line`.
    pub fn file(&self) -> &str {
        &self.origin.name
    }

    /// Line, counted from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// Column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.before()[self.line_start()..].chars().count() + 1
    }

    /// The text covered.
    pub(crate) fn text(&self) -> &str {
        &self.origin.text[self.start..self.start + self.len]
    }

    /// The whole line, without its end.
    pub(crate) fn source_line(&self) -> &str {
        let rest = &self.origin.text[self.line_start()..];
        rest.lines().next().unwrap_or_default()
    }

    /// Characters covered on the first line, at least one.
    pub(crate) fn width(&self) -> usize {
        let first = self.text().lines().next().unwrap_or_default();
        first.trim_end().chars().count().max(1)
    }

    pub(crate) fn kind(&self) -> OriginKind {
        self.origin.kind
    }

    /// The part that spells `needle`, or all of it where none does (escapes, folded lines).
    pub(crate) fn narrowed(&self, needle: &str) -> Self {
        match self.text().find(needle) {
            Some(at) if !needle.is_empty() => {
                Self::new(&self.origin, self.start + at, needle.len())
            }
            _ => self.clone(),
        }
    }

    fn before(&self) -> &str {
        &self.origin.text[..self.start]
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }
}

impl fmt::Display for Place {
    /// `.rr.yaml:3:5`, or the argument itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin.kind {
            OriginKind::File | OriginKind::Json => {
                write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
            }
            OriginKind::Argument => f.write_str(self.file()),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}
