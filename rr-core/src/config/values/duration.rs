//! Lengths of time as Go writes them: `300ms`, `1h3m`, `1.5h`.

use std::{borrow::Cow, fmt, str::FromStr, time};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

use crate::config::{
    Diagnostic,
    node::{Node, Scalar, ScalarKind, Value},
};

pub(super) const TYPE_NAME: &str = "rr::Duration";

/// Units, the longest name first where one begins with another.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The longest duration, that of the original (292 years), in nanoseconds.
const LONGEST: u128 = i64::MAX as u128;

/// A length of time in a configuration.
///
/// Written with units: `300ms`, `1h3m`, `1.5h`, `10µs`; the units are `ns`, `us` (`µs`), `ms`,
/// `s`, `m`, `h`. A number without a unit counts **nanoseconds**, as it always did in this
/// format; as nobody means that, the reader warns. Never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(time::Duration);

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing is written.
    #[error("expected a duration such as `30s`, found empty text")]
    Empty,
    /// A number alone, as text.
    #[error(
        "`{0}` has no unit\nhelp: write `{0}s` for seconds; the units are `ns`, `us`, `ms`, `s`, `m`, `h`"
    )]
    NoUnit(String),
    /// Less than nothing.
    #[error("`{0}` is negative, and a duration cannot be")]
    Negative(String),
    /// More than 292 years.
    #[error("`{0}` is too long: at most 292 years can be counted")]
    TooLong(String),
    /// Anything else.
    #[error("`{0}` is no duration\nhelp: write numbers with units: `300ms`, `30s`, `1h30m`")]
    Malformed(String),
}

impl Duration {
    /// No time at all; many settings mean "no limit" by it.
    pub const ZERO: Self = Self(time::Duration::ZERO);

    /// Whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(time::Duration::from_secs(seconds))
    }

    /// Whole milliseconds.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(time::Duration::from_millis(milliseconds))
    }

    /// As the standard library's type.
    pub const fn get(self) -> time::Duration {
        self.0
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

/// Warns of a number without a unit.
pub(super) fn advice(node: &Node) -> Option<Diagnostic> {
    let Value::Scalar(Scalar {
        text,
        kind: ScalarKind::Integer(1..),
    }) = &node.value
    else {
        return None;
    };
    let help = format!("write `{text}s` for seconds, or `{text}ns` if it is meant");
    Some(Diagnostic::warning(format!("`{text}` means {text} nanoseconds here")).help(help))
}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let shown = || text.to_owned();
        if text.is_empty() {
            return Err(DurationError::Empty);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if unsigned.bytes().all(|c| c.is_ascii_digit()) && unsigned.trim_matches('0').is_empty() {
            return if unsigned.is_empty() {
                Err(DurationError::Malformed(shown()))
            } else {
                Ok(Self::ZERO)
            };
        }
        let mut rest = unsigned;
        let mut total = 0u128;
        while !rest.is_empty() {
            let part;
            (part, rest) = leading_part(rest, text)?;
            total = total.saturating_add(part);
            if total > LONGEST {
                return Err(DurationError::TooLong(shown()));
            }
        }
        if negative && total > 0 {
            return Err(DurationError::Negative(shown()));
        }
        Ok(Self::from_nanoseconds(total))
    }
}

/// The nanoseconds of the first number with its unit, and what follows them.
fn leading_part<'a>(part: &'a str, whole: &str) -> Result<(u128, &'a str), DurationError> {
    let malformed = || DurationError::Malformed(whole.to_owned());
    let end = part
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(part.len());
    let (number, rest) = part.split_at(end);
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (integer.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(malformed());
    }
    if rest.is_empty() {
        return Err(DurationError::NoUnit(whole.to_owned()));
    }
    let unit_end = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let &(_, unit) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(malformed)?;

    // Eighteen digits are finer than a nanosecond of any unit, and fit.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10u128.pow(fraction.len() as u32);
    let parse = |digits: &str| match digits {
        "" => Ok(0),
        digits => digits
            .parse::<u64>()
            .map_err(|_| DurationError::TooLong(whole.to_owned())),
    };
    let nanoseconds =
        u128::from(parse(integer)?) * unit + u128::from(parse(fraction)?) * unit / scale;
    Ok((nanoseconds, rest))
}

impl Duration {
    fn from_nanoseconds(total: u128) -> Self {
        const SECOND: u128 = 1_000_000_000;
        let seconds = u64::try_from(total / SECOND).unwrap_or(u64::MAX);
        Self(time::Duration::new(seconds, (total % SECOND) as u32))
    }
}

impl fmt::Display for Duration {
    /// In the largest units that leave no fraction: `1h30m`, `1s500ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_nanos();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in [UNITS[7], UNITS[6], UNITS[5], UNITS[4], UNITS[2], UNITS[0]] {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl From<Duration> for time::Duration {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl From<time::Duration> for Duration {
    fn from(duration: time::Duration) -> Self {
        Self(duration)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TYPE_NAME, DurationVisitor)
    }
}

struct DurationVisitor;

impl<'de> Visitor<'de> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as `30s`")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Duration, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, nanoseconds: u64) -> Result<Duration, E> {
        Ok(Duration::from_nanoseconds(nanoseconds.into()))
    }

    fn visit_i64<E: de::Error>(self, nanoseconds: i64) -> Result<Duration, E> {
        match u64::try_from(nanoseconds) {
            Ok(nanoseconds) => self.visit_u64(nanoseconds),
            Err(_) => Err(E::custom(DurationError::Negative(nanoseconds.to_string()))),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Duration, E> {
        Err(E::custom(DurationError::NoUnit(number.to_string())))
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "duration",
            // The number 0 alone: others are nanoseconds, and the reader warns.
            "type": ["string", "integer"],
            "minimum": 0,
            "maximum": 0,
            "pattern": r"^\+?([0-9]*(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$|^0+$",
            "patternErrorMessage": "a duration needs a unit: `30s`, `1h30m`, `500ms`",
            "examples": ["30s", "1h30m", "500ms"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Duration, time};

    fn check(text: &str, expected: &str) {
        let shown = match text.parse::<Duration>() {
            Ok(duration) => format!("{:?}", duration.get()),
            Err(err) => err
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn what_go_reads() {
        check("300ms", "300ms");
        check("1h3m", "3780s");
        check("1.5h", "5400s");
        check("10µs", "10µs");
        check("10μs", "10µs");
        check("10us", "10µs");
        check(".5s", "500ms");
        check("1.s", "1s");
        check("+5s", "5s");
        check("1m1ms1ns", "60.001000001s");
        check("0", "0ns");
        check("-0", "0ns");
        check("0s", "0ns");
        check("0.1234567891234567891234s", "123.456789ms");
    }

    #[test]
    fn what_it_refuses() {
        check("", "expected a duration such as `30s`, found empty text");
        check("60", "`60` has no unit");
        check("1m30", "`1m30` has no unit");
        check("-5s", "`-5s` is negative, and a duration cannot be");
        check("2d", "`2d` is no duration");
        check("s", "`s` is no duration");
        check(".s", "`.s` is no duration");
        check("1..5s", "`1..5s` is no duration");
        check("1 s", "`1 s` is no duration");
        check("-", "`-` is no duration");
        check("30S", "`30S` is no duration");
        check(
            "9999999h",
            "`9999999h` is too long: at most 292 years can be counted",
        );
        check(
            "99999999999999999999s",
            "`99999999999999999999s` is too long: at most 292 years can be counted",
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r"[0-9.+\-nuµmsh ]{0,24}") {
            drop(text.parse::<Duration>());
        }

        #[test]
        fn what_is_shown_reads_back(nanoseconds in 0..i64::MAX as u64) {
            let duration = Duration::from(time::Duration::from_nanos(nanoseconds));
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }
}
