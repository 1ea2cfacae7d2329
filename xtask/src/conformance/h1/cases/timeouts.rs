//! Clients that stop in the middle: answered or left after the second that the site grants them, never waited for.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::steps(
        "timeout-in-a-head",
        "9110 15.5.9",
        &[Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ")],
    )
    .refused_by(&[&[408]])
    .dropped(),
    Case::steps(
        "timeout-in-a-slow-head",
        "9110 15.5.9",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n"),
            Step::Pause(400),
            Step::Send(b"X-A: v\r\n"),
            Step::Pause(400),
            Step::Send(b"X-B: v\r\n"),
            Step::Pause(400),
            Step::Send(b"X-C: v\r\n"),
        ],
    )
    .refused_by(&[&[408]])
    .dropped(),
    Case::steps(
        "timeout-between-requests",
        "9112 9.5",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Step::Await(1),
        ],
    )
    .or(&[&[200]], After::Closed, &["GET http://a/"]),
    Case::steps(
        "timeout-in-a-body",
        "9110 15.5.9",
        &[Step::Send(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
        )],
    )
    .refused_by(&[&[408]]),
    Case::steps(
        "timeout-in-a-chunk",
        "9110 15.5.9",
        &[Step::Send(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        )],
    )
    .refused_by(&[&[408]]),
];
