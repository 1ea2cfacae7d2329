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
        let mut quoted = Vec::new();
        within_texts(root, &mut quoted);
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
            source: text.lines().map(str::to_owned).collect(),
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
fn within_texts(node: &Node, found: &mut Vec<(usize, usize)>) {
    match &node.value {
        Value::Faulty | Value::Null => {}
        Value::Scalar(_) => {
            let more = node.place.text().trim_end().matches('\n').count();
            if more > 0 {
                found.push((node.place.line() + 1, node.place.line() + more));
            }
        }
        Value::List(items) => items.iter().for_each(|it| within_texts(it, found)),
        Value::Map(map) => map.0.iter().for_each(|it| within_texts(&it.value, found)),
    }
}
