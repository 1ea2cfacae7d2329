//! Numbers, sizes and ages as people read them.

use std::{
    borrow::Cow,
    time::{SystemTime, UNIX_EPOCH},
};

/// Nanoseconds since 1970, as workers tell their start.
pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX)
}

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    let texts = groups.iter().map(|it| String::from_utf8_lossy(it));
    texts.collect::<Vec<_>>().join(",")
}

/// `512 B`, `9.5 MB`, `45 MB`: powers of 1000.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    // 999,950 bytes would be shown as `1000 kB`.
    while rounded(value) >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit > 0 && rounded(value) < 10.0 {
        true => format!("{value:.1} {}", UNITS[unit]),
        false => format!("{value:.0} {}", UNITS[unit]),
    }
}

fn rounded(value: f64) -> f64 {
    match value < 9.95 {
        true => (value * 10.0).round() / 10.0,
        false => value.round(),
    }
}

/// `22 minutes ago`.
pub(super) fn age(created: i64, now: i64) -> String {
    const UNITS: [(i64, &str); 7] = [
        (365 * 86_400, "year"),
        (30 * 86_400, "month"),
        (7 * 86_400, "week"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let seconds = now.saturating_sub(created) / 1_000_000_000;
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    match unit.map(|(length, name)| (seconds / length, name)) {
        None => "now".to_owned(),
        Some((1, name)) => format!("1 {name} ago"),
        Some((many, name)) => format!("{many} {name}s ago"),
    }
}

/// What fits into a line of `width` columns, `…` in place of the rest.
pub(super) fn cut(line: &str, width: usize) -> Cow<'_, str> {
    match line.char_indices().nth(width) {
        None => line.into(),
        Some(_) => {
            let kept: String = line.chars().take(width.saturating_sub(1)).collect();
            format!("{kept}…").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{age, count, cut, size};

    #[test]
    fn lines() {
        for (line, width, expected) in [
            ("", 3, ""),
            ("äöü", 3, "äöü"),
            ("äöüß", 3, "äö…"),
            ("ab", 1, "…"),
        ] {
            assert_eq!(cut(line, width), expected);
        }
    }

    #[test]
    fn counts() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(number), expected);
        }
    }

    #[test]
    fn sizes() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (14_557_184, "15 MB"),
            (45_200_000, "45 MB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn ages() {
        let second = 1_000_000_000;
        for (seconds, expected) in [
            (-5, "now"),
            (0, "now"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (22 * 60 + 59, "22 minutes ago"),
            (3_600, "1 hour ago"),
            (86_400 * 6, "6 days ago"),
            (86_400 * 7, "1 week ago"),
            (86_400 * 45, "1 month ago"),
            (86_400 * 800, "2 years ago"),
        ] {
            assert_eq!(age(0, seconds * second), expected);
        }
    }
}
