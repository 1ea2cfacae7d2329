//! Names, ranges, conditions and bodies, by their corner cases.

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};
use proptest::prelude::*;

use super::{
    body::{Piece, body},
    conditions::{Validators, Verdict},
    is_secret,
    ranges::{Selected, select},
};

#[test]
fn names_that_give_something_away_are_secret() {
    let check = |name: &str, expected| assert_eq!(is_secret(name), expected, "{name:?}");
    for name in [
        "app.css",
        "a b.txt",
        "naïve.png",
        "v1.2.js",
        "phpinfo.png",
        "a.graphpl.txt",
    ] {
        check(name, false);
    }
    for name in [
        "",
        ".",
        "..",
        ".env",
        ".git",
        "index.php",
        "INDEX.PhP",
        "x.php7",
        "x.phtml",
        "x.phar",
        "x.php.bak",
        "x.php~",
        "x.php.jpg",
        "x.php.",
        "x.php ",
        "x. php",
        "x.php::$DATA",
        "x.css.",
        "x.css ",
        "a\0b.css",
        "a\\b.css",
        "a\nb.css",
        "c:x.css",
    ] {
        check(name, true);
    }
}

#[test]
fn ranges_are_read() {
    let check = |header: &str, expected: &[(u64, u64)]| {
        let expected = expected.iter().map(|&(start, end)| start..end).collect();
        assert_eq!(select(header, 100), Selected::Parts(expected), "{header}");
    };
    check("bytes=0-0", &[(0, 1)]);
    check("bytes=0-99", &[(0, 100)]);
    check("bytes=90-200", &[(90, 100)]);
    check("bytes=90-99999999999999999999999", &[(90, 100)]);
    check("bytes=90-", &[(90, 100)]);
    check("bytes=-10", &[(90, 100)]);
    check("bytes=-1000", &[(0, 100)]);
    check("Bytes=0-1, 5-6", &[(0, 2), (5, 7)]);
    check("bytes=50-59,0-9", &[(50, 60), (0, 10)]);
    check("bytes=0-1,500-", &[(0, 2)]);
    for header in [
        "bytes=5-1",
        "bytes=a-b",
        "bytes=",
        "bytes",
        "lines=0-1",
        "bytes=0-1,",
        "bytes=+1-2",
        "bytes=--1",
        "bytes=1",
        "bytes=-",
        "bytes=0-9,5-14",
        "bytes=0-,0-,0-",
    ] {
        assert_eq!(select(header, 100), Selected::Whole, "{header}");
    }
    let many = format!("bytes={}", vec!["0-0"; 17].join(","));
    assert_eq!(select(&many, 100), Selected::Whole);
    for header in ["bytes=100-", "bytes=-0", "bytes=200-300,400-"] {
        assert_eq!(select(header, 100), Selected::Unsatisfiable, "{header}");
    }
    assert_eq!(select("bytes=0-", 0), Selected::Unsatisfiable);
}

proptest! {
    #[test]
    fn parts_lie_within_the_file_and_apart(header in "bytes=[0-9,-]{0,30}", length in 0u64..200) {
        if let Selected::Parts(mut parts) = select(&header, length) {
            prop_assert!(!parts.is_empty());
            parts.sort_by_key(|it| it.start);
            let mut end = 0;
            for part in parts {
                prop_assert!(end <= part.start && part.start < part.end && part.end <= length);
                end = part.end;
            }
        }
    }

    #[test]
    fn no_header_is_too_odd(header in "\\PC*", length: u64) {
        select(&header, length);
    }
}

const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn validators(etag: &str) -> Validators {
    let modified = httpdate::parse_http_date(MODIFIED).unwrap() + Duration::from_millis(500);
    Validators::new(Some(etag.parse().unwrap()), Some(modified))
}

fn asked(headers: &[(HeaderName, &str)]) -> HeaderMap {
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect()
}

#[test]
fn conditions_are_judged_in_their_order() {
    use header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
    let check = |headers: &[(HeaderName, &str)], expected| {
        let verdict = validators("\"a\"").judge(&asked(headers));
        assert_eq!(verdict, expected, "{headers:?}");
    };
    check(&[], Verdict::Send);
    check(&[(IF_NONE_MATCH, "\"a\"")], Verdict::Known);
    check(&[(IF_NONE_MATCH, "\"b\", W/\"a\"")], Verdict::Known);
    check(&[(IF_NONE_MATCH, "*")], Verdict::Known);
    check(&[(IF_NONE_MATCH, "\"b\"")], Verdict::Send);
    check(&[(IF_NONE_MATCH, "a")], Verdict::Send);
    check(&[(IF_MODIFIED_SINCE, MODIFIED)], Verdict::Known);
    check(&[(IF_MODIFIED_SINCE, AFTER)], Verdict::Known);
    check(&[(IF_MODIFIED_SINCE, BEFORE)], Verdict::Send);
    check(&[(IF_MODIFIED_SINCE, "yesterday")], Verdict::Send);
    check(
        &[(IF_NONE_MATCH, "\"b\""), (IF_MODIFIED_SINCE, MODIFIED)],
        Verdict::Send,
    );
    check(&[(IF_MATCH, "\"a\"")], Verdict::Send);
    check(&[(IF_MATCH, "W/\"a\"")], Verdict::Changed);
    check(&[(IF_MATCH, "\"b\"")], Verdict::Changed);
    check(&[(IF_MATCH, "*")], Verdict::Send);
    check(&[(IF_UNMODIFIED_SINCE, BEFORE)], Verdict::Changed);
    check(&[(IF_UNMODIFIED_SINCE, MODIFIED)], Verdict::Send);
    check(
        &[(IF_MATCH, "\"a\""), (IF_UNMODIFIED_SINCE, BEFORE)],
        Verdict::Send,
    );
    check(
        &[(IF_MATCH, "\"b\""), (IF_NONE_MATCH, "\"a\"")],
        Verdict::Changed,
    );
    check(
        &[(IF_MATCH, "\"a\""), (IF_NONE_MATCH, "\"a\"")],
        Verdict::Known,
    );
}

#[test]
fn parts_are_for_those_who_have_the_rest() {
    let check = |etag: &str, wanted: &str, expected| {
        let headers = asked(&[(header::IF_RANGE, wanted)]);
        assert_eq!(
            validators(etag).allow_ranges(&headers),
            expected,
            "{wanted}"
        );
    };
    check("\"a\"", "\"a\"", true);
    check("\"a\"", "\"b\"", false);
    check("\"a\"", "W/\"a\"", false);
    check("W/\"a\"", "W/\"a\"", false);
    check("\"a\"", MODIFIED, true);
    check("\"a\"", AFTER, false);
    check("\"a\"", BEFORE, false);
    check("\"a\"", "Wed", false);
    assert!(validators("\"a\"").allow_ranges(&HeaderMap::new()));
}

/// The bytes of `pieces` of a file, which is cut to `left` bytes once it is open.
async fn sent(content: &[u8], left: u64, pieces: Vec<Piece>) -> Option<Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.bin");
    std::fs::write(&path, content).unwrap();
    let body = body(std::fs::File::open(&path).unwrap(), pieces, None).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(left).unwrap();
    let bytes = axum::body::to_bytes(body, usize::MAX).await;
    bytes.ok().map(Into::into)
}

#[tokio::test]
async fn large_files_are_sent_in_order() {
    let content: Vec<u8> = (0..1_000_003_u32).flat_map(u32::to_le_bytes).collect();
    let length = content.len() as u64;
    let whole = vec![Piece::File(0..length)];
    assert_eq!(sent(&content, length, whole).await.as_ref(), Some(&content));

    let text = |text: &'static str| Piece::Text(text.into());
    let parts = vec![
        text("one"),
        Piece::File(7..500_000),
        text("two"),
        Piece::File(600_000..600_001),
    ];
    let expected = [
        &b"one"[..],
        &content[7..500_000],
        b"two",
        &content[600_000..600_001],
    ]
    .concat();
    assert_eq!(sent(&content, length, parts).await, Some(expected));
}

#[tokio::test]
async fn a_file_that_has_become_shorter_breaks_the_body_off() {
    let content = vec![7; 600_000];
    for left in [0, 1, 131_072, 599_999] {
        let whole = vec![Piece::File(0..600_000)];
        assert_eq!(
            sent(&content, left, whole).await,
            None,
            "{left} bytes are left"
        );
    }
}
