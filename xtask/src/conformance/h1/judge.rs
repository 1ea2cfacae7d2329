//! Whether what came of a case is what the RFC wants.

use std::fmt::Write as _;

use super::{
    case::{After, Case, Outcome},
    exchange::{End, Exchange, PROBED},
};
use crate::conformance::{report::Fault, site::Seen};

/// Compares `exchange` and what PHP saw with what `case` allows.
pub(super) fn judge(case: &Case, exchange: &Exchange, mut seen: Vec<Seen>) -> Option<Fault> {
    // The probe is ours; one that came twice, or before another, is not.
    if exchange.end == End::Served && seen.last().is_some_and(|it| it.uri == PROBED) {
        seen.pop();
    }
    let right = exchange.wrong.is_none()
        && case.outcomes().any(|it| fits(it, exchange, &seen))
        && what_is_missing(case, exchange, &seen).is_none();
    if right {
        return None;
    }
    let mut got = told(exchange, &seen);
    if let Some(missing) = what_is_missing(case, exchange, &seen) {
        write!(got, "; {missing}").expect("a string takes all");
    }
    let expected: Vec<_> = case.outcomes().map(wanted).collect();
    Some(Fault {
        sent: case.input.bytes().escape_ascii().to_string(),
        expected: expected.join(", or "),
        got,
    })
}

fn fits(outcome: &Outcome, exchange: &Exchange, seen: &[Seen]) -> bool {
    let answers = &exchange.answers;
    let end = match outcome.after {
        After::Open => exchange.end == End::Served,
        After::Closed => exchange.end == End::Closed,
        After::Either => matches!(exchange.end, End::Served | End::Closed),
    };
    end && outcome.answers.len() == answers.len()
        && outcome
            .answers
            .iter()
            .zip(answers)
            .all(|(may, it)| may.contains(&it.status))
        && outcome.seen.len() == seen.len()
        && outcome
            .seen
            .iter()
            .zip(seen)
            .all(|(due, it)| *due == it.to_string())
}

fn what_is_missing(case: &Case, exchange: &Exchange, seen: &[Seen]) -> Option<String> {
    if let Some(answer) = exchange.answers.iter().find(|it| it.status >= 200) {
        for (name, value) in case.has {
            let found = answer.header(name);
            if found.is_none_or(|it| it != *value && *value != "*") {
                return Some(format!("`{name}` is {found:?}, not `{value}`"));
            }
        }
        if let Some(name) = case.lacks.iter().find(|it| answer.header(it).is_some()) {
            return Some(format!("there is a `{name}`"));
        }
        if let Some(body) = case.body
            && body != answer.body
        {
            let (got, due) = (answer.body.escape_ascii(), body.escape_ascii());
            return Some(format!("the body is `{got}`, not `{due}`"));
        }
    }
    let first = seen.first()?;
    case.saw.iter().find_map(|(name, value)| {
        let found = first.headers.get(*name).map(|it| it.join("|"));
        let found = found.unwrap_or_default();
        (found != *value).then(|| format!("PHP saw `{name}: {found}`, not `{value}`"))
    })
}

fn told(exchange: &Exchange, seen: &[Seen]) -> String {
    let statuses: Vec<_> = exchange
        .answers
        .iter()
        .map(|it| it.status.to_string())
        .collect();
    let end = match exchange.end {
        End::Served => "went on",
        End::Closed => "closed",
        End::Silent => "neither answered nor closed",
        End::Unread => "what came is no answer",
    };
    let seen: Vec<_> = seen.iter().map(|it| format!("`{it}`")).collect();
    let mut text = told_as(&statuses.join(", "), end, &seen.join(", "));
    if let Some(wrong) = &exchange.wrong {
        write!(text, "; {wrong}").expect("a string takes all");
    }
    text
}

fn wanted(outcome: &Outcome) -> String {
    let statuses = outcome.answers.iter().map(|may| {
        let may: Vec<_> = may.iter().map(u16::to_string).collect();
        may.join(" or ")
    });
    let after = match outcome.after {
        After::Open => "going on",
        After::Closed => "closed",
        After::Either => "going on or closed",
    };
    let seen: Vec<_> = outcome.seen.iter().map(|it| format!("`{it}`")).collect();
    told_as(
        &statuses.collect::<Vec<_>>().join(", "),
        after,
        &seen.join(", "),
    )
}

fn told_as(statuses: &str, end: &str, seen: &str) -> String {
    let or = |text: &str, none: &str| if text.is_empty() { none } else { text }.to_owned();
    format!(
        "{}; {end}; PHP saw {}",
        or(statuses, "no answer"),
        or(seen, "nothing")
    )
}
