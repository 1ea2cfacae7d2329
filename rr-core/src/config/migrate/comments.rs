//! The comments of a file, given out to the settings that they stand above or behind.

use std::{collections::VecDeque, mem};

use crate::config::{
    Place,
    node::{Entry, Node, Value},
};

/// The lines of a file that are no settings, from the top.
pub(super) struct Comments {
    /// Comments and empty lines that nobody has taken: number, indentation, text.
    lines: VecDeque<(usize, usize, String)>,
    /// All lines, to look behind values.
    source: Vec<String>,
}

impl Comments {
    /// Finds those of `text`, which is that of `root`.
    pub(super) fn of(root: &Node, text: &str) -> Self {
        let source: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut quoted = Vec::new();
        within_texts(root, (1, 0), &source, &mut quoted);
        let is_comment = |line: &str| line.is_empty() || line.starts_with('#');
        let lines = text.lines().enumerate().filter_map(|(at, line)| {
            let (number, text) = (at + 1, line.trim());
            let indent = line.len() - line.trim_start().len();
            let free = !quoted
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&number));
            (is_comment(text) && free).then(|| (number, indent, text.to_owned()))
        });
        Self {
            lines: lines.collect(),
            source,
        }
    }

    /// Those about the whole file: above the first setting, with an empty line between.
    pub(super) fn head(&mut self, root: &Node) -> Vec<String> {
        let map = root.as_map().unwrap_or_default();
        let first = map.0.first().map_or(usize::MAX, |it| it.key.place.line());
        let above = self.lines.iter().take_while(|it| it.0 < first);
        let above: Vec<_> = above.cloned().collect();
        let end = above.iter().rposition(|it| it.2.is_empty());
        let head = self.lines.drain(..end.map_or(0, |end| end + 1));
        head.map(|it| it.2).collect()
    }

    /// Those above a setting that nobody has taken yet. One that is indented further stays so.
    pub(super) fn before(&mut self, place: &Place) -> Vec<String> {
        let mut taken = Vec::new();
        while let Some((number, _, _)) = self.lines.front() {
            if *number >= place.line() {
                break;
            }
            taken.extend(self.lines.pop_front());
        }
        let own = place.column() - 1;
        let shown = |(_, indent, text): (usize, usize, String)| match text.is_empty() {
            true => text,
            false => format!("{}{text}", " ".repeat(indent.saturating_sub(own))),
        };
        taken.into_iter().map(shown).collect()
    }

    /// That behind a setting, with its `#`.
    pub(super) fn behind(&mut self, entry: &Entry) -> String {
        let last = match &entry.value.value {
            Value::Scalar(_) if entry.value.place.line() == entry.key.place.line() => {
                &entry.value.place
            }
            _ => &entry.key.place,
        };
        self.take_behind(last)
    }

    /// That behind an item of a list.
    pub(super) fn behind_item(&mut self, item: &Node) -> String {
        match &item.value {
            Value::Scalar(_) => self.take_behind(&item.place),
            _ => String::new(),
        }
    }

    fn take_behind(&mut self, last: &Place) -> String {
        let Some(line) = self.source.get_mut(last.line() - 1) else {
            return String::new();
        };
        let start: usize = line
            .chars()
            .take(last.column() - 1 + last.width())
            .map(char::len_utf8)
            .sum();
        match line.get(start..).and_then(comment) {
            // A line may hold several settings in brackets: the first has the comment.
            Some(at) => mem::take(line).split_off(start + at),
            None => String::new(),
        }
    }

    /// Those that nobody has taken.
    pub(super) fn rest(self) -> Vec<String> {
        let lines = self.lines.into_iter();
        lines
            .map(|(_, indent, text)| match text.is_empty() {
                true => text,
                false => format!("{}{text}", " ".repeat(indent)),
            })
            .collect()
    }
}

/// Where a comment begins in the rest of a line.
fn comment(rest: &str) -> Option<usize> {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => return Some(at),
            (None, '"' | '\'') if " [{,:".contains(before) => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        before = c;
    }
    None
}

/// The lines of texts that go over several: what looks like a comment there is none.
///
/// `key` is the line of what the text belongs to, `outer` its indentation.
fn within_texts(
    node: &Node,
    (key, outer): (usize, usize),
    source: &[String],
    found: &mut Vec<(usize, usize)>,
) {
    match &node.value {
        Value::Faulty | Value::Null => {}
        Value::Scalar(_) => {
            let first = node.place.line();
            let more = node.place.text().trim_end().matches('\n').count();
            if source.get(key - 1).is_some_and(|line| opens_block(line)) {
                found.push((key + 1, key + block(&source[key..], outer)));
            } else if more > 0 {
                found.push((first + 1, first + more));
            }
        }
        Value::List(items) => {
            for item in items {
                let line = item.place.line();
                // A text in a block begins below its mark.
                let opens = line > 1 && opens_block(&source[line - 2]);
                let line = if opens { line - 1 } else { line };
                let dash = source.get(line - 1).and_then(|it| it.find('-'));
                within_texts(item, (line, dash.unwrap_or(0)), source, found);
            }
        }
        Value::Map(map) => {
            for entry in &map.0 {
                let key = &entry.key.place;
                let key = (key.line(), key.column() - 1);
                within_texts(&entry.value, key, source, found);
            }
        }
    }
}

/// Whether the text of a line goes on below it: `key: |`, `key: >-`.
fn opens_block(line: &str) -> bool {
    let end = comment(line).unwrap_or(line.len());
    let last = line[..end].split_whitespace().next_back();
    let mark = last.and_then(|it| it.strip_prefix(['|', '>']));
    mark.is_some_and(|it| it.chars().all(|c| c.is_ascii_digit() || "+-".contains(c)))
}

/// How many of the lines are indented further than `outer`, or empty.
fn block(lines: &[String], outer: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let within = |line: &&String| line.trim().is_empty() || indent(line) > outer;
    lines.iter().take_while(within).count()
}
