//! Compressed forms of a body, and which of them a client wants (RFC 9110, section 12.5.3).

use http::{HeaderMap, HeaderValue, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Coding {
    /// As quick as gzip, and smaller.
    Zstd,
    /// Smaller still, for more time.
    Br,
    /// What every client knows.
    Gzip,
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Br => "br",
            Self::Gzip => "gzip",
        }
    }

    fn is_called(self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.name())
            || self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip")
    }
}

/// What a client is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Coded(Coding),
    Plain,
    /// It takes neither a plain body nor one that is offered.
    Nothing,
}

/// What a client says of the codings that it takes.
#[derive(Debug)]
pub(crate) struct Accepted<'a>(Vec<(&'a str, u16)>);

impl<'a> Accepted<'a> {
    /// Reads `Accept-Encoding`; items that cannot be read are passed over.
    pub(crate) fn read(headers: &'a HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter();
        let items = values
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(','));
        Self(items.filter_map(item).collect())
    }

    /// What the client likes best: of codings that it likes as much as one another, or as a plain
    /// body, the first that is offered.
    pub(crate) fn choose(&self, offered: impl IntoIterator<Item = Coding>) -> Choice {
        let any = self.weight(|name| name == "*");
        let plain = self.weight(|name| name.eq_ignore_ascii_case("identity"));
        let mut most = plain.unwrap_or(0).max(1) - 1;
        let mut choice = match plain.or(any) {
            Some(0) => Choice::Nothing,
            _ => Choice::Plain,
        };
        for coding in offered {
            let weight = self.weight(|name| coding.is_called(name));
            let weight = weight.or(any).unwrap_or(0);
            if weight > most {
                (choice, most) = (Choice::Coded(coding), weight);
            }
        }
        choice
    }

    fn weight(&self, fits: impl Fn(&str) -> bool) -> Option<u16> {
        let found = self.0.iter().find(|(name, _)| fits(name));
        found.map(|(_, weight)| *weight)
    }
}

/// `br;q=0.8` as `br` and 800.
fn item(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|it| !it.is_empty())?;
    let mut weight = 1000;
    for part in parts {
        if let Some((key, value)) = part.split_once('=')
            && key.trim().eq_ignore_ascii_case("q")
        {
            let value: f32 = value.trim().parse().ok()?;
            weight = (value.clamp(0.0, 1.0) * 1000.0).round() as u16;
        }
    }
    Some((name, weight))
}

/// Says to caches that the answer depends on `Accept-Encoding`, unless it says so already.
pub(crate) fn vary(headers: &mut HeaderMap) {
    let said = headers.get_all(header::VARY).iter().any(|it| {
        let mut names = it.as_bytes().split(|it| *it == b',');
        names.any(|name| {
            let name = name.trim_ascii();
            name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding")
        })
    });
    if !said {
        let name = HeaderValue::from_static("accept-encoding");
        headers.append(header::VARY, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accepted: &str, expected: Choice) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
        let all = [Coding::Zstd, Coding::Br, Coding::Gzip];
        assert_eq!(Accepted::read(&headers).choose(all), expected, "{accepted}");
    }

    #[test]
    fn the_best_liked_coding_is_chosen() {
        check("", Choice::Plain);
        check("gzip", Choice::Coded(Coding::Gzip));
        check("GZip", Choice::Coded(Coding::Gzip));
        check("x-gzip", Choice::Coded(Coding::Gzip));
        check("gzip, deflate, br, zstd", Choice::Coded(Coding::Zstd));
        check("gzip, br;q=0.9", Choice::Coded(Coding::Gzip));
        check("gzip;q=0.5, br;q=0.8", Choice::Coded(Coding::Br));
        check("zstd;q=0, *", Choice::Coded(Coding::Br));
        check("*;q=0", Choice::Nothing);
        check("gzip;q=0", Choice::Plain);
        check("identity, gzip;q=0.5", Choice::Plain);
        check("identity;q=0.5, gzip", Choice::Coded(Coding::Gzip));
        check("identity;q=0.5, gzip;q=0.5", Choice::Coded(Coding::Gzip));
        check("identity;q=0, gzip;q=0.001", Choice::Coded(Coding::Gzip));
        check("gzip;q=x, br;q=0.1", Choice::Coded(Coding::Br));
        check("gzip;q=NaN", Choice::Plain);
        check(";;;,,,=", Choice::Plain);
        check("deflate", Choice::Plain);
        check("deflate, identity;q=0", Choice::Nothing);
        check("identity, *;q=0", Choice::Plain);
    }

    #[test]
    fn vary_is_said_once() {
        let check = |said: &str, expected: usize| {
            let mut headers = HeaderMap::new();
            headers.insert(header::VARY, said.parse().unwrap());
            vary(&mut headers);
            vary(&mut headers);
            let count = headers.get_all(header::VARY).iter().count();
            assert_eq!(count, expected, "{said}");
        };
        check("origin", 2);
        check("Accept-Encoding", 1);
        check("origin, accept-encoding", 1);
        check("*", 1);
        check("x-accept-encoding", 2);
    }
}
