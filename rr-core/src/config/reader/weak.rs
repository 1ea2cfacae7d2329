//! What a scalar may be read as. Today's reader converts freely, and files rely on it: `"4"` is
//! a number, `1` is true, a number is text.

use crate::config::node::{Scalar, ScalarKind};

/// A yes or no: booleans, `0` and `1`, the words Go's `ParseBool` takes; empty text is no.
pub(in crate::config) fn boolean(scalar: &Scalar) -> Option<bool> {
    match scalar.kind {
        ScalarKind::Bool(value) => Some(value),
        ScalarKind::Integer(0) => Some(false),
        ScalarKind::Integer(1) => Some(true),
        ScalarKind::Text => match scalar.text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A whole number: also of text, with Go's prefixes (`0x`, `0o`, `0b`, a leading zero is octal);
/// empty text is zero.
pub(in crate::config) fn integer(scalar: &Scalar) -> Option<i128> {
    match scalar.kind {
        ScalarKind::Integer(value) => Some(value),
        ScalarKind::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
            Some(value as i128)
        }
        ScalarKind::Text => parse_integer(&scalar.text),
        _ => None,
    }
}

/// A number; empty text is zero.
pub(in crate::config) fn float(scalar: &Scalar) -> Option<f64> {
    match scalar.kind {
        ScalarKind::Integer(value) => Some(value as f64),
        ScalarKind::Float(value) => Some(value),
        ScalarKind::Text if scalar.text.is_empty() => Some(0.0),
        ScalarKind::Text => scalar
            .text
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite()),
        ScalarKind::Bool(_) => None,
    }
}

/// Text: numbers as they are written, booleans as `1` and `0` (as PHP turns them into text too).
pub(in crate::config) fn text(scalar: &Scalar) -> &str {
    match scalar.kind {
        ScalarKind::Bool(true) => "1",
        ScalarKind::Bool(false) => "0",
        _ => &scalar.text,
    }
}

fn parse_integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [] => return text.is_empty().then_some(0),
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::{Scalar, ScalarKind, boolean, float, integer};

    fn scalar(text: &str) -> Scalar {
        Scalar {
            text: text.to_owned(),
            kind: ScalarKind::Text,
        }
    }

    #[test]
    fn whole_numbers_of_text() {
        for (text, expected) in [
            ("4", Some(4)),
            ("-4", Some(-4)),
            ("+4", Some(4)),
            ("", Some(0)),
            ("0", Some(0)),
            ("0755", Some(493)),
            ("0o755", Some(493)),
            ("0xFF", Some(255)),
            ("0b11", Some(3)),
            ("08", None),
            ("-", None),
            ("--4", None),
            ("0x-1", None),
            ("4.0", None),
            ("4 ", None),
            ("four", None),
            ("99999999999999999999999999999999999999999", None),
        ] {
            assert_eq!(integer(&scalar(text)), expected, "{text}");
        }
    }

    #[test]
    fn words_for_yes_and_no() {
        for (text, expected) in [
            ("true", Some(true)),
            ("1", Some(true)),
            ("False", Some(false)),
            ("", Some(false)),
            ("yes", None),
            ("2", None),
        ] {
            assert_eq!(boolean(&scalar(text)), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_text() {
        assert_eq!(float(&scalar("0.5")), Some(0.5));
        assert_eq!(float(&scalar("inf")), None);
        assert_eq!(float(&scalar("half")), None);
    }
}
