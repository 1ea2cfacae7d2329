//! Expect: 100-continue: asked before the body is sent, without one, and in vain.

use crate::conformance::h1::case::{After, Case, Step};

const SEEN: &[&str] = &["POST http://a/ hello"];

pub(super) const CASES: &[Case] = &[
    Case::steps(
        "expect-and-wait",
        "9110 10.1.1",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
            Step::Await(1),
            Step::Send(b"hello"),
        ],
    )
    .or(&[&[100], &[200]], After::Open, SEEN),
    Case::steps(
        "expect-and-wait-chunked",
        "9110 10.1.1",
        &[
            Step::Send(
                b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
            ),
            Step::Await(1),
            Step::Send(b"5\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .or(&[&[100], &[200]], After::Open, SEEN),
    Case::steps(
        "expect-in-capitals",
        "9110 10.1.1",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-CONTINUE\r\nContent-Length: 5\r\n\r\n"),
            Step::Await(1),
            Step::Send(b"hello"),
        ],
    )
    .or(&[&[100], &[200]], After::Open, SEEN),
    Case::new(
        "expect-and-send",
        "9110 10.1.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    )
    .or(&[&[100], &[200]], After::Open, SEEN)
    .served(SEEN),
    Case::new(
        "expect-without-body",
        "9110 10.1.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
    )
    .served(&["GET http://a/"]),
    Case::new(
        "expect-with-length-zero",
        "9110 10.1.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    )
    .served(&["POST http://a/"]),
    Case::new(
        "expect-in-1-0",
        "9110 10.1.1",
        b"POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served_last(SEEN),
    Case::new(
        "expect-something-else",
        "9110 10.1.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: a-cow\r\nContent-Length: 5\r\n\r\nhello",
    )
    .declined(&[&[417]])
    .served(SEEN),
    Case::new(
        "expect-too-much",
        "9110 10.1.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n",
    )
    .declined(&[&[413]]),
    Case::new(
        "expect-no-host",
        "9110 10.1.1",
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "expect-bad-length",
        "9110 10.1.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: +5\r\n\r\n",
    )
    .refused(),
    Case::new(
        "expect-of-a-file",
        "9110 10.1.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    )
    .or(&[&[100], &[200]], After::Either, &[])
    .or(&[&[200]], After::Closed, &[])
    .or(&[&[200]], After::Open, &[]),
];
