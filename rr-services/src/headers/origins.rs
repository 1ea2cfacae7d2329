//! The origins that may call: by name, with one `*` in it, or by a pattern.

use http::HeaderValue;
use regex::Regex;

use crate::parsed::Meaning;

/// `https://shop.test`, `https://*.shop.test`, `null`, or `*` for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Any,
    /// In lower case.
    Exactly(String),
    /// What stands before the `*` and what behind it, in lower case.
    Between(String, String),
}

/// A pattern that origins match.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) Regex);

impl Origin {
    pub(super) fn admits(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let origin = origin.to_ascii_lowercase();
        match self {
            Self::Any => true,
            Self::Exactly(name) => *name == origin,
            Self::Between(start, end) => {
                origin.len() >= start.len() + end.len()
                    && origin.starts_with(start)
                    && origin.ends_with(end)
            }
        }
    }
}

impl Meaning for Origin {
    const NAME: &'static str = "Origin";

    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if text == "*" {
            return Ok(Self::Any);
        }
        if text != "null" && !text.contains("://") {
            return Err("is no origin: one has a scheme, such as `https://example.com`".into());
        }
        let host = text.split_once("://").map_or("", |(_, host)| host);
        if host.contains('/') {
            return Err("is no origin: one ends behind its host and port, without a slash".into());
        }
        match text.split_once('*') {
            None => Ok(Self::Exactly(text)),
            Some((_, end)) if end.contains('*') => Err("has more than one `*`".into()),
            Some((start, end)) => Ok(Self::Between(start.into(), end.into())),
        }
    }
}

impl Pattern {
    pub(super) fn admits(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|it| self.0.is_match(it))
    }

    /// Whether it leaves open what follows: `https://shop\.test` matches `https://shop.test.evil`.
    pub(super) fn is_open(&self) -> bool {
        let text = self.0.as_str();
        !text.ends_with('$') && !text.ends_with(r"\z")
    }
}

impl Meaning for Pattern {
    const NAME: &'static str = "Pattern";

    fn read(text: &str) -> Result<Self, String> {
        // The last lines say what, those before draw where.
        let why = |error: regex::Error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!(
                "is no regular expression: {}",
                last.trim_start_matches("error: ")
            )
        };
        Regex::new(text).map(Self).map_err(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_admitted_by_name() {
        let check = |listed: &str, origin: &str, expected: bool| {
            let listed_ = Origin::read(listed).unwrap();
            let origin_ = HeaderValue::try_from(origin).unwrap();
            assert_eq!(listed_.admits(&origin_), expected, "{listed} {origin}");
        };
        check("*", "https://a.test", true);
        check("https://a.test", "https://a.test", true);
        check("https://A.test", "https://a.TEST", true);
        check("https://a.test", "http://a.test", false);
        check("https://a.test", "https://a.test:8443", false);
        check("https://a.test", "https://a.test.evil", false);
        check("https://*.a.test", "https://b.a.test", true);
        check("https://*.a.test", "https://a.test", false);
        check("https://*.a.test", "https://evila.test", false);
        check("https://ab*ba", "https://aba", false);
        check("null", "null", true);
        for text in ["", "a.test", "https://a.test/", "https://*.*.test"] {
            assert!(Origin::read(text).is_err(), "{text}");
        }
    }
}
