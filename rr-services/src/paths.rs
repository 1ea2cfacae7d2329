//! Patterns of paths, compared with what a path means and not with how it is spelled.

use percent_encoding::percent_decode_str;

use crate::parsed::{Meaning, Parsed};

/// `/admin` for that path, `/admin/*` for it and all below, `/shop/*/edit`, `/*.pdf`; a `*` stands
/// for any part of one segment, and at the end for any number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    segments: Vec<Segment>,
    /// Whether more may follow.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Exactly(String),
    Between(String, String),
}

/// The segments that a path means: unescaped, in lower case, without empty ones and dots. Systems
/// behind us differ in what they take for the same; a pattern covers them all.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let plain = percent_decode_str(path).decode_utf8_lossy();
    let plain = plain.replace('\\', "/").to_ascii_lowercase();
    let mut segments = Vec::new();
    for segment in plain.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment.to_owned()),
        }
    }
    segments
}

/// Whether one of the patterns covers the segments.
pub(crate) fn covers(patterns: &[Parsed<PathPattern>], segments: &[String]) -> bool {
    patterns.iter().any(|it| it.0.matches(segments))
}

impl PathPattern {
    fn matches(&self, path: &[String]) -> bool {
        let long_enough = match self.open {
            true => path.len() >= self.segments.len(),
            false => path.len() == self.segments.len(),
        };
        let mut pairs = self.segments.iter().zip(path);
        long_enough && pairs.all(|(pattern, segment)| pattern.matches(segment))
    }
}

impl Segment {
    fn matches(&self, segment: &str) -> bool {
        match self {
            Self::Exactly(name) => name == segment,
            Self::Between(start, end) => {
                segment.len() >= start.len() + end.len()
                    && segment.starts_with(start)
                    && segment.ends_with(end)
            }
        }
    }
}

impl Meaning for PathPattern {
    const NAME: &'static str = "PathPattern";

    fn read(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err("is no pattern of paths: one begins with `/`".into());
        }
        let mut all = segments(text);
        let open = all.last().is_some_and(|it| it == "*");
        if open {
            all.pop();
        }
        let segments = all
            .into_iter()
            .map(|segment| match segment.split_once('*') {
                None => Ok(Segment::Exactly(segment)),
                Some((_, end)) if end.contains('*') => {
                    Err(format!("has more than one `*` in `{segment}`"))
                }
                Some((start, end)) => Ok(Segment::Between(start.into(), end.into())),
            });
        Ok(Self {
            segments: segments.collect::<Result<_, _>>()?,
            open,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        let patterns = [Parsed(PathPattern::read(pattern).unwrap())];
        let found = covers(&patterns, &segments(path));
        assert_eq!(found, expected, "{pattern} {path}");
    }

    #[test]
    fn a_pattern_covers_every_spelling() {
        for path in [
            "/admin",
            "/admin/",
            "/admin/users",
            "//admin",
            "/./admin/x",
            "/x/../admin",
            "/ADMIN",
            "/%61dmin",
            "/admin%2Fusers",
            "\\admin",
            "/x/..%2fadmin",
        ] {
            check("/admin/*", path, true);
        }
        for path in ["/", "/administration", "/x/admin", "/admin/..", "/admi%6"] {
            check("/admin/*", path, false);
        }
    }

    #[test]
    fn stars_stand_for_parts() {
        check("/*", "/", true);
        check("/*", "/a/b", true);
        check("/", "/", true);
        check("/", "/a", false);
        check("/admin", "/admin/", true);
        check("/admin", "/admin/x", false);
        check("/shop/*/edit", "/shop/7/edit", true);
        check("/shop/*/edit", "/shop/edit", false);
        check("/shop/*/edit", "/shop/7/8/edit", false);
        check("/*.pdf", "/a.PDF", true);
        check("/*.pdf", "/a/b.pdf", false);
        check("/v*/x", "/v1/x", true);
        assert!(PathPattern::read("admin").is_err());
        assert!(PathPattern::read("/a*b*c").is_err());
    }

    proptest! {
        #[test]
        fn no_path_is_too_odd(path in "\\PC*") {
            segments(&path);
        }
    }
}
