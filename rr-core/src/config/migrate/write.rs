//! An outline as text again: block style, two spaces a level, comments where they were.

use super::outline::{Branch, Item, Outline, Written};
use crate::config::emit;

/// Lists that fit are written in brackets.
const WIDEST: usize = 80;

/// The whole file.
pub(super) fn text(outline: &Outline) -> String {
    let mut lines = outline.head.clone();
    for branch in &outline.branches {
        // Sections stand apart, wherever they come from.
        if branch.key.is_empty() || matches!(branch.value, Written::Below(_)) {
            lines.push(String::new());
        }
        push(branch, 0, &mut lines);
    }
    lines.extend(outline.tail.iter().cloned());
    // Settings that went have left gaps.
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    let end = lines.iter().rposition(|it| !it.is_empty());
    lines.truncate(end.map_or(0, |end| end + 1));
    let start = lines.iter().position(|it| !it.is_empty()).unwrap_or(0);
    let mut text = lines.split_off(start).join("\n");
    text.push('\n');
    text
}

/// One setting without what is above it.
pub(super) fn lines(branch: &Branch) -> impl Iterator<Item = String> {
    let bare = Branch {
        lead: Vec::new(),
        ..branch.clone()
    };
    let mut lines = Vec::new();
    push(&bare, 0, &mut lines);
    lines.into_iter()
}

fn push(branch: &Branch, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    for line in &branch.lead {
        lines.push(indented(&indent, line));
    }
    if branch.key.is_empty() {
        return;
    }
    let mut line = format!("{indent}{}:", emit::key(&branch.key));
    let below = match &branch.value {
        Written::Nothing => None,
        Written::Word(word) => {
            line.push_str(&format!(" {word}"));
            None
        }
        Written::List(items) => match in_brackets(items) {
            Some(word) if line.len() + word.len() < WIDEST => {
                line.push_str(&format!(" {word}"));
                None
            }
            _ => Some(&branch.value),
        },
        below @ Written::Below(_) => Some(below),
    };
    if !branch.trail.is_empty() {
        line.push_str(&format!(" {}", branch.trail));
    }
    lines.push(line);
    match below {
        Some(Written::Below(below)) => below.iter().for_each(|it| push(it, depth + 1, lines)),
        Some(Written::List(items)) => items.iter().for_each(|it| push_item(it, depth + 1, lines)),
        _ => {}
    }
}

fn push_item(item: &Item, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    for line in &item.lead {
        lines.push(indented(&indent, line));
    }
    let mut own = Vec::new();
    match &item.value {
        Written::Nothing => own.push("~".to_owned()),
        Written::Word(word) if item.trail.is_empty() => own.push(word.clone()),
        Written::Word(word) => own.push(format!("{word} {}", item.trail)),
        Written::List(items) => match in_brackets(items) {
            Some(word) => own.push(word),
            None => items.iter().for_each(|it| push_item(it, 0, &mut own)),
        },
        Written::Below(below) => below.iter().for_each(|it| push(it, 0, &mut own)),
    }
    let mut first = "- ";
    for line in own {
        let is_comment = line.trim_start().starts_with('#');
        lines.push(format!(
            "{indent}{}{line}",
            match is_comment {
                true => "  ",
                false => std::mem::replace(&mut first, "  "),
            }
        ));
    }
}

fn indented(indent: &str, line: &str) -> String {
    match line.is_empty() {
        true => String::new(),
        false => format!("{indent}{line}"),
    }
}

/// `[a, b]`, where all items are words without comments.
fn in_brackets(items: &[Item]) -> Option<String> {
    let words = items.iter().map(|it| match &it.value {
        Written::Word(word) if it.lead.is_empty() && it.trail.is_empty() && fits(word) => {
            Some(word.as_str())
        }
        _ => None,
    });
    let words: Option<Vec<_>> = words.collect();
    Some(format!("[{}]", words?.join(", ")))
}

/// Whether a word means the same within brackets.
fn fits(word: &str) -> bool {
    word.starts_with(['"', '\'']) || !word.contains([',', '[', ']', '{', '}'])
}
