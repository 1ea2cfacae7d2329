//! The `Range` header (RFC 9110, section 14.2): which parts of a file are asked for.

use std::ops::Range;

/// More parts than that are asked for by nobody who reads them.
const MOST: usize = 16;

/// What of a representation goes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selected {
    /// All of it: nothing else was asked for, or nothing that makes sense.
    Whole,
    /// Parts in the order asked for, none empty; ends are exclusive.
    Parts(Vec<Range<u64>>),
    /// Nothing: all that was asked for lies behind the end.
    Unsatisfiable,
}

/// Reads the header's value, for a representation of `length` bytes.
///
/// A header that cannot be read is no header, as is one that asks for the same bytes twice or for
/// very many parts: both are ways to make a server send more than it has.
pub(super) fn select(header: &str, length: u64) -> Selected {
    let Some((unit, list)) = header.split_once('=') else {
        return Selected::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Selected::Whole;
    }
    let mut parts: Vec<Range<u64>> = Vec::new();
    for (at, item) in list.split(',').map(str::trim).enumerate() {
        match read(item, length) {
            Some(part) if at < MOST => parts.extend(part),
            _ => return Selected::Whole,
        }
    }
    if parts.is_empty() {
        return Selected::Unsatisfiable;
    }
    let mut sorted = parts.clone();
    sorted.sort_unstable_by_key(|it| it.start);
    match sorted.windows(2).any(|it| it[1].start < it[0].end) {
        true => Selected::Whole,
        false => Selected::Parts(parts),
    }
}

/// `None` where it is no range, `Some(None)` where it is one of nothing.
fn read(item: &str, length: u64) -> Option<Option<Range<u64>>> {
    let (first, last) = item.split_once('-')?;
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => return None,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(tail)) if first.is_empty() => length - tail.min(length)..length,
        _ => return None,
    };
    Some((range.start < range.end).then_some(range))
}

/// Digits alone: `+1` is none. What is too great is as far as one can get.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}
