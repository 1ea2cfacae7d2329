//! The same requests in small pieces: where packets end says nothing.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::steps(
        "slow-request",
        "9112 2.2",
        &[Step::Drip(b"GET /a HTTP/1.1\r\nHost: a\r\nX-A: v\r\n\r\n")],
    )
    .served(&["GET http://a/a"])
    .saw(&[("X-A", "v")]),
    Case::steps(
        "slow-body",
        "9112 6.2",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
            Step::Drip(b"hello"),
        ],
    )
    .served(&["POST http://a/ hello"]),
    Case::steps(
        "slow-chunks",
        "9112 7.1",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Step::Drip(b"2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: v\r\n\r\n"),
        ],
    )
    .served(&["POST http://a/ hello"]),
    Case::steps(
        "slow-between-cr-and-lf",
        "9112 2.2",
        &[
            Step::Send(b"GET / HTTP/1.1\r"),
            Step::Pause(20),
            Step::Send(b"\nHost: a\r\n\r"),
            Step::Pause(20),
            Step::Send(b"\n"),
        ],
    )
    .served(&["GET http://a/"]),
    Case::steps(
        "slow-refusal",
        "9112 5.1",
        &[Step::Drip(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "slow-pipeline",
        "9112 9.3.2",
        &[
            Step::Send(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT"),
            Step::Pause(20),
            Step::Send(b"TP/1.1\r\nHost: a\r\n\r\n"),
        ],
    )
    .served(&["GET http://a/1", "GET http://a/2"]),
    Case::steps(
        "slow-second-request",
        "9112 9.3",
        &[
            Step::Send(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Step::Await(1),
            Step::Pause(50),
            Step::Drip(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
    )
    .served(&["GET http://a/1", "GET http://a/2"]),
    Case::steps(
        "slow-bad-chunk",
        "9112 7.1",
        &[
            Step::Send(
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            ),
            Step::Pause(20),
            Step::Drip(b"zz\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "slow-and-gone",
        "9112 8",
        &[
            Step::Drip(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello"),
            Step::Pause(20),
            Step::End,
        ],
    )
    .or(&[&[400, 408]], After::Closed, &[])
    .dropped(),
];
