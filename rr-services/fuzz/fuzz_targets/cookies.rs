//! Any header value is cookies or none; their names are never empty, nor is a `;` in them.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "only the parsers are used")]
#[path = "."]
mod parsers {
    #[path = "../../src/http/cookies.rs"]
    mod cookies;
    #[path = "../../src/http/text.rs"]
    mod text;

    use http::{HeaderMap, HeaderValue, header};

    pub fn check(value: &[u8]) {
        let Ok(value) = HeaderValue::from_bytes(value) else {
            return;
        };
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, value.clone());
        headers.append(header::COOKIE, value);
        let apart: Vec<_> = cookies::cookies(&headers).map(owned).collect();
        assert!(
            apart
                .iter()
                .all(|(name, _)| !name.is_empty() && !name.contains([';', '=']))
        );
        cookies::join(&mut headers);
        assert_eq!(headers.len(), 1);
        let joined: Vec<_> = cookies::cookies(&headers).map(owned).collect();
        assert_eq!(joined, apart);
    }

    fn owned(it: (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
        (it.0.into_owned(), it.1.into_owned())
    }
}

fuzz_target!(|value: &[u8]| parsers::check(value));
