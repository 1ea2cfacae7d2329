//! Preconditions on a file: `/file.txt` of 26 bytes, changed at the beginning of 2022.

use crate::conformance::h1::case::{After, Case};

pub(super) const CASES: &[Case] = &[
    file("file", "9110 8.8.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n", &[&[200]])
        .has(&[
            ("content-length", "26"),
            ("last-modified", "Sat, 01 Jan 2022 00:00:00 GMT"),
            ("content-type", "*"),
        ])
        .body(b"abcdefghijklmnopqrstuvwxyz"),
    file("file-of-head", "9110 9.3.2", b"HEAD /file.txt HTTP/1.1\r\nHost: a\r\n\r\n", &[&[200]])
        .of_head()
        .has(&[("content-length", "26"), ("last-modified", "*")]),
    file(
        "file-not-modified",
        "9110 13.1.3",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n",
        &[&[304]],
    )
    .lacks(&["content-type"]),
    file(
        "file-not-modified-head",
        "9110 13.1.3",
        b"HEAD /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n",
        &[&[304]],
    )
    .of_head(),
    file(
        "file-not-modified-for-long",
        "9110 13.1.3",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sun, 01 Jan 2023 00:00:00 GMT\r\n\r\n",
        &[&[304]],
    ),
    file(
        "file-modified",
        "9110 13.1.3",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Fri, 31 Dec 2021 23:59:59 GMT\r\n\r\n",
        &[&[200]],
    ),
    file(
        "file-since-nonsense",
        "9110 13.1.3",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: yesterday\r\n\r\n",
        &[&[200]],
    ),
    file(
        "file-since-rfc-850",
        "9110 5.6.7",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Saturday, 01-Jan-22 00:00:00 GMT\r\n\r\n",
        &[&[304]],
    ),
    file(
        "file-since-asctime",
        "9110 5.6.7",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sat Jan  1 00:00:00 2022\r\n\r\n",
        &[&[304]],
    ),
    file(
        "file-none-match-any",
        "9110 13.1.2",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
        &[&[304]],
    ),
    file(
        "file-none-match-beats-since",
        "9110 13.2.2",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"other\"\r\n\
          If-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n",
        &[&[200]],
    ),
    file(
        "file-unmodified-since",
        "9110 13.1.4",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Unmodified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n",
        &[&[200]],
    ),
    file(
        "file-modified-meanwhile",
        "9110 13.1.4",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Unmodified-Since: Fri, 31 Dec 2021 23:59:59 GMT\r\n\r\n",
        &[&[412]],
    ),
    file(
        "file-match-any",
        "9110 13.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Match: *\r\n\r\n",
        &[&[200]],
    ),
    file(
        "file-match-none",
        "9110 13.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Match: \"other\"\r\n\r\n",
        &[&[412]],
    ),
    file(
        "file-match-beats-since",
        "9110 13.2.2",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nIf-Match: *\r\n\
          If-Unmodified-Since: Fri, 31 Dec 2021 23:59:59 GMT\r\n\r\n",
        &[&[200]],
    ),
    Case::new("file-missing", "9110 15.5.5", b"GET /none.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/none.txt"]),
    Case::new("file-posted-to", "9110 9.3.3", b"POST /file.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        .served(&["POST http://a/file.txt"])
        .declined(&[&[405]]),
    Case::new("file-above", "9110 17.3", b"GET /../file.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/../file.txt"])
        .declined(&[&[400, 403, 404]]),
    Case::new("file-above-escaped", "9110 17.3", b"GET /%2e%2e/public/file.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/%2e%2e/public/file.txt"])
        .declined(&[&[400, 403, 404]]),
    Case::new("file-above-by-escaped-slash", "9110 17.3", b"GET /..%2fjournal HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/..%2fjournal"])
        .declined(&[&[400, 403, 404]]),
    Case::new("file-and-nul", "9110 17.3", b"GET /file.txt%00.css HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/file.txt%00.css"])
        .declined(&[&[400, 403, 404]]),
];

/// The file is answered so; PHP sees nothing of it.
const fn file(
    name: &'static str,
    section: &'static str,
    bytes: &'static [u8],
    answers: &'static [&'static [u16]],
) -> Case {
    Case::new(name, section, bytes).or(answers, After::Open, &[])
}
