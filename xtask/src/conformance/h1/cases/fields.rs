//! Header fields: names, values, ends of lines.

use crate::conformance::h1::case::{Case, Step};

const SEEN: &[&str] = &["GET http://a/"];

pub(super) const CASES: &[Case] = &[
    Case::new(
        "field",
        "9112 5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "v")]),
    Case::new(
        "field-empty",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A:\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "field-in-whitespace",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: \t v w \t \r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "v w")]),
    Case::new(
        "field-without-space",
        "9112 5",
        b"GET / HTTP/1.1\r\nHost:a\r\nX-A:v\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "v")]),
    Case::new(
        "field-with-colons",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b:c: d\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "b:c: d")]),
    Case::new(
        "field-name-in-any-case",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nhOsT: a\r\nx-a: v\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "v")]),
    Case::new(
        "field-name-of-every-sign",
        "9110 5.6.2",
        b"GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~9z: v\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "field-twice",
        "9110 5.3",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: x\r\nX-A: 2\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "1|2")]),
    Case::new(
        "field-of-utf-8",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: caf\xc3\xa9\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "caf\u{e9}")]),
    Case::new(
        "field-of-latin-1",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: caf\xe9\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "field-with-tab",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\tw\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("X-A", "v\tw")]),
    Case::new(
        "field-with-delete",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\x7fw\r\n\r\n",
    )
    .refused()
    .served(SEEN),
    Case::new(
        "field-with-control",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\x01w\r\n\r\n",
    )
    .refused()
    .served(SEEN),
    Case::new(
        "field-with-nul",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\0w\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-with-bare-cr",
        "9112 2.2",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\rw\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-folded",
        "9112 5.2",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\r\n w\r\n\r\n",
    )
    .refused()
    .served(SEEN)
    .saw(&[("X-A", "v w")]),
    Case::new(
        "field-folded-by-tab",
        "9112 5.2",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: v\r\n\tw\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-without-colon",
        "9112 5",
        b"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-without-name",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\n: v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-name-with-space",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nX A: v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-name-before-space",
        "9112 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A : v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-name-with-nul",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\0A: v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-name-with-slash",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nX/A: v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-name-in-brackets",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\n[X-A]: v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-name-not-ascii",
        "9110 5.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-\xc3\xa9: v\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-behind-space",
        "9112 2.2",
        b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "field-behind-spaced-line",
        "9112 2.2",
        b"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "lines-ended-by-lf",
        "9112 2.2",
        b"GET / HTTP/1.1\nHost: a\n\n",
    )
    .served(SEEN)
    .refused(),
    Case::new(
        "lines-ended-by-either",
        "9112 2.2",
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
    )
    .served(SEEN)
    .refused(),
    Case::new(
        "lines-ended-by-cr",
        "9112 2.2",
        b"GET / HTTP/1.1\rHost: a\r\r",
    )
    .refused(),
    Case::new(
        "lines-ended-by-cr-cr-lf",
        "9112 2.2",
        b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
    )
    .refused(),
    Case::new(
        "empty-line-before",
        "9112 2.2",
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "empty-lines-before",
        "9112 2.2",
        b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(SEEN)
    .refused(),
    Case::new(
        "bare-lf-before",
        "9112 2.2",
        b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(SEEN)
    .refused(),
    Case::new(
        "space-before",
        "9112 2.2",
        b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "byte-order-mark-before",
        "9112 2.2",
        b"\xef\xbb\xbfGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new("binary-nonsense", "9112 2.2", b"\0\x01\x02\xff\xfe\r\n\r\n").refused(),
    Case::new(
        "text-nonsense",
        "9112 3",
        b"hello, is anybody there?\r\n\r\n",
    )
    .refused(),
    Case::new(
        "greeting-of-tls",
        "9112 2.2",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n",
    )
    .refused()
    .dropped(),
    Case::steps(
        "head-cut-off",
        "9112 8",
        &[Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n"), Step::End],
    )
    .refused()
    .dropped(),
    Case::steps(
        "head-cut-off-in-the-first-line",
        "9112 8",
        &[Step::Send(b"GET /"), Step::End],
    )
    .refused()
    .dropped(),
    Case::steps("nothing-at-all", "9112 9.3", &[Step::End]).dropped(),
    Case::new("spaces-alone", "9112 2.2", b"   \r\n\r\n").refused(),
];
