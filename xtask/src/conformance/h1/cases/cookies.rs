//! Cookies: whatever clients have gathered reaches PHP, and breaks nothing.

use crate::conformance::h1::case::{Case, Step};

const SEEN: &[&str] = &["GET http://a/"];

pub(super) const CASES: &[Case] = &[
    Case::new(
        "cookie",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("Cookie", "a=1; b=2")]),
    Case::new(
        "cookie-in-two-lines",
        "9110 5.3",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("Cookie", "a=1; b=2")]),
    Case::new(
        "cookie-empty",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie:\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "cookie-without-name",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: =1; ;; a\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("Cookie", "=1; ;; a")]),
    Case::new(
        "cookie-twice",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; a=2\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("Cookie", "a=1; a=2")]),
    Case::new(
        "cookie-with-commas",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1, b=2\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("Cookie", "a=1, b=2")]),
    Case::new(
        "cookie-with-broken-escape",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=%zz%; b=%00\r\n\r\n",
    )
    .served(SEEN)
    .saw(&[("Cookie", "a=%zz%; b=%00")]),
    Case::new(
        "cookie-with-brackets",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a[b][=1; [c]=2; a=3\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "cookie-of-latin-1",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=caf\xe9\r\n\r\n",
    )
    .served(SEEN),
    Case::new(
        "cookie-with-nul",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "cookie-with-control",
        "9110 5.5",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=\x01\r\n\r\n",
    )
    .refused()
    .served(SEEN),
    Case::steps(
        "cookies-in-thousands",
        "9110 5.4",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1"),
            Step::Repeat(b"; a=1", 2000),
            Step::Send(b"\r\n\r\n"),
        ],
    )
    .served(SEEN)
    .refused_by(&[&[431]]),
];
