//! Draws one finding: message, place, the source line with a caret, help.

use std::fmt;

use super::{Diagnostic, Place, place::OriginKind, secret};

/// Longest part of a source line that is shown, in characters.
const LINE_WIDTH: usize = 120;

pub(super) fn diagnostic(found: &Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}: ", found.severity)?;
    finding(found, f)
}

/// All but the word that says how bad it is.
pub(super) fn finding(found: &Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(path) = &found.path {
        write!(f, "`{path}`: ")?;
    }
    writeln!(f, "{}", found.message)?;

    let margin = match &found.place {
        Some(place) => snippet(
            place,
            found.path.as_deref().is_some_and(secret::is_secret),
            f,
        )?,
        None => 1,
    };
    if let Some(help) = &found.help {
        writeln!(f, "{:margin$}= help: {help}", "")?;
    }
    Ok(())
}

/// Returns the width of the margin, so that notes line up.
fn snippet(place: &Place, secret: bool, f: &mut fmt::Formatter<'_>) -> Result<usize, fmt::Error> {
    let number = match place.kind() {
        OriginKind::File | OriginKind::Json => place.line().to_string(),
        OriginKind::Argument => String::new(),
    };
    let margin = number.len() + 1;
    let (line, caret) = window(place, secret);
    let (indent, marks) = (
        " ".repeat(caret),
        "^".repeat(underline(place, caret, &line)),
    );

    writeln!(f, "{:1$}--> {place}", "", margin - 1)?;
    writeln!(f, "{:margin$}|", "")?;
    writeln!(f, "{number:>0$} | {line}", margin - 1)?;
    writeln!(f, "{:margin$}| {indent}{marks}", "")?;
    Ok(margin)
}

fn underline(place: &Place, caret: usize, line: &str) -> usize {
    let room = line.chars().count().saturating_sub(caret);
    place.width().min(room).max(1)
}

/// The shown part of the line, and the column of the caret in it.
fn window(place: &Place, secret: bool) -> (String, usize) {
    let caret = place.column() - 1;
    let mut line: Vec<char> = secret::masked(place.source_line()).chars().collect();
    if secret {
        line.iter_mut().skip(caret).for_each(|c| *c = '*');
    }
    for c in &mut line {
        *c = match *c {
            '\t' => ' ',
            control if control.is_control() => char::REPLACEMENT_CHARACTER,
            shown => shown,
        };
    }
    if line.len() <= LINE_WIDTH {
        return (line.iter().collect::<String>().trim_end().to_owned(), caret);
    }
    let from = caret
        .saturating_sub(LINE_WIDTH / 3)
        .min(line.len() - LINE_WIDTH);
    let part: String = line[from..from + LINE_WIDTH].iter().collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + LINE_WIDTH < line.len() {
        "…"
    } else {
        ""
    };
    (
        format!("{before}{part}{after}"),
        caret - from + before.chars().count(),
    )
}
