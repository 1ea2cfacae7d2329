//! Conditional requests (RFC 9110, section 13): whether a client has what it asks for, or wants
//! it only as it was.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What tells one state of a representation from another.
#[derive(Clone, Debug)]
pub(super) struct Validators {
    pub(super) etag: Option<HeaderValue>,
    /// In whole seconds, as headers tell it.
    pub(super) modified: Option<SystemTime>,
}

/// What the conditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They hold, or there are none.
    Send,
    /// 304: the client has it.
    Known,
    /// 412: it is not what the client wants it to be.
    Changed,
}

impl Validators {
    pub(super) fn new(etag: Option<HeaderValue>, modified: Option<SystemTime>) -> Self {
        Self {
            etag,
            modified: modified.and_then(whole_seconds),
        }
    }

    /// In the order of section 13.2.2.
    pub(super) fn judge(&self, asked: &HeaderMap) -> Verdict {
        if asked.contains_key(header::IF_MATCH) {
            if !self.is_among(asked, header::IF_MATCH, Self::is_same) {
                return Verdict::Changed;
            }
        } else if let (Some(date), Some(modified)) =
            (date(asked, header::IF_UNMODIFIED_SINCE), self.modified)
            && modified > date
        {
            return Verdict::Changed;
        }
        if asked.contains_key(header::IF_NONE_MATCH) {
            if self.is_among(asked, header::IF_NONE_MATCH, Self::is_alike) {
                return Verdict::Known;
            }
        } else if let (Some(date), Some(modified)) =
            (date(asked, header::IF_MODIFIED_SINCE), self.modified)
            && modified <= date
        {
            return Verdict::Known;
        }
        Verdict::Send
    }

    /// Whether parts may be sent: `If-Range` is absent, or names just this state.
    pub(super) fn allow_ranges(&self, asked: &HeaderMap) -> bool {
        let Some(wanted) = asked.get(header::IF_RANGE) else {
            return true;
        };
        let Ok(wanted) = wanted.to_str() else {
            return false;
        };
        match wanted.starts_with(['"', 'W']) && wanted.contains('"') {
            true => self.is_same(wanted),
            false => httpdate::parse_http_date(wanted).ok() == self.modified,
        }
    }

    fn is_among(&self, asked: &HeaderMap, name: HeaderName, fits: fn(&Self, &str) -> bool) -> bool {
        let values = asked.get_all(name).iter();
        let mut tags = values
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(','))
            .map(str::trim);
        tags.any(|it| it == "*" || fits(self, it))
    }

    /// Byte for byte: the strong comparison.
    fn is_same(&self, tag: &str) -> bool {
        let own = self.etag.as_ref().and_then(|it| it.to_str().ok());
        own.is_some_and(|own| own == tag && !own.starts_with("W/"))
    }

    /// The weak comparison.
    fn is_alike(&self, tag: &str) -> bool {
        let own = self.etag.as_ref().and_then(|it| it.to_str().ok());
        own.is_some_and(|own| bare(own) == bare(tag))
    }
}

fn bare(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

fn whole_seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(since.as_secs()))
}
