//! Ranges of a file: `/file.txt`, the alphabet.

use crate::conformance::h1::case::{After, Case};

pub(super) const CASES: &[Case] = &[
    range("range", "9110 14.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\r\n")
        .has(&[("content-range", "bytes 0-4/26"), ("content-length", "5")])
        .body(b"abcde"),
    range("range-open", "9110 14.1.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=20-\r\n\r\n")
        .has(&[("content-range", "bytes 20-25/26")])
        .body(b"uvwxyz"),
    range("range-of-the-end", "9110 14.1.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=-3\r\n\r\n")
        .has(&[("content-range", "bytes 23-25/26")])
        .body(b"xyz"),
    range("range-of-one", "9110 14.1.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\n\r\n")
        .has(&[("content-range", "bytes 0-0/26")])
        .body(b"a"),
    range("range-of-the-last", "9110 14.1.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=25-25\r\n\r\n")
        .has(&[("content-range", "bytes 25-25/26")])
        .body(b"z"),
    range("range-beyond", "9110 14.1.2", b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=20-99\r\n\r\n")
        .has(&[("content-range", "bytes 20-25/26")])
        .body(b"uvwxyz"),
    range(
        "range-of-an-end-longer-than-all",
        "9110 14.1.2",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=-99\r\n\r\n",
    )
    .has(&[("content-range", "bytes 0-25/26")]),
    Case::new(
        "range-behind",
        "9110 15.5.17",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=26-\r\n\r\n",
    )
    .or(&[&[416]], After::Open, &[])
    .has(&[("content-range", "bytes */26")]),
    Case::new(
        "range-of-nothing",
        "9110 15.5.17",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=-0\r\n\r\n",
    )
    .or(&[&[416]], After::Open, &[]),
    ignored(
        "range-backwards",
        "9110 14.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=5-2\r\n\r\n",
    ),
    ignored(
        "range-of-letters",
        "9110 14.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=a-b\r\n\r\n",
    ),
    ignored(
        "range-without-number",
        "9110 14.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=-\r\n\r\n",
    ),
    ignored(
        "range-with-signs",
        "9110 14.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=+0-+4\r\n\r\n",
    ),
    ignored(
        "range-of-20-digits",
        "9110 14.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=99999999999999999999-\r\n\r\n",
    ),
    Case::new(
        "range-of-lines",
        "9110 14.2",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: lines=0-4\r\n\r\n",
    )
    .or(&[&[200]], After::Open, &[]),
    Case::new(
        "range-of-head",
        "9110 14.2",
        b"HEAD /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\r\n",
    )
    .of_head()
    .or(&[&[200]], After::Open, &[]),
    Case::new(
        "ranges-of-two",
        "9110 14.6",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1,24-25\r\n\r\n",
    )
    .or(&[&[206, 200]], After::Open, &[]),
    Case::new(
        "ranges-that-overlap",
        "9110 17.15",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-\r\n\r\n",
    )
    .or(&[&[200, 416]], After::Open, &[]),
    range(
        "range-if-unchanged",
        "9110 13.1.5",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\
          If-Range: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n",
    )
    .body(b"abcde"),
    Case::new(
        "range-if-changed",
        "9110 13.1.5",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\
          If-Range: Fri, 31 Dec 2021 00:00:00 GMT\r\n\r\n",
    )
    .or(&[&[200]], After::Open, &[]),
    Case::new(
        "range-if-another-tag",
        "9110 13.1.5",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\nIf-Range: \"other\"\r\n\r\n",
    )
    .or(&[&[200]], After::Open, &[]),
    Case::new(
        "range-not-modified",
        "9110 13.2.2",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\
          If-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n",
    )
    .or(&[&[304]], After::Open, &[]),
    Case::new(
        "range-of-a-post",
        "9110 14.2",
        b"POST /stream HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\nContent-Length: 0\r\n\r\n",
    )
    .served(&["POST http://a/stream"])
    .body(b"one two three"),
];

const fn range(name: &'static str, section: &'static str, bytes: &'static [u8]) -> Case {
    Case::new(name, section, bytes).or(&[&[206]], After::Open, &[])
}

/// A range that is none: all of the file, or a word about it.
const fn ignored(name: &'static str, section: &'static str, bytes: &'static [u8]) -> Case {
    Case::new(name, section, bytes).or(&[&[200, 400, 416]], After::Open, &[])
}
