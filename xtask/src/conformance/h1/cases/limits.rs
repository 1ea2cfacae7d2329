//! Limits: what is too long is told so, and takes no memory.

use crate::conformance::h1::case::{Case, Step};

const SEEN: &[&str] = &["GET http://a/"];

pub(super) const CASES: &[Case] = &[
    Case::steps(
        "limit-header-of-8-kib",
        "9110 5.4",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: "),
            Step::Repeat(b"x", 8 << 10),
            Step::Send(b"\r\nConnection: close\r\n\r\n"),
        ],
    )
    .served_last(SEEN),
    Case::steps(
        "limit-header-of-1-mib",
        "6585 5",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: "),
            Step::Repeat(b"x", 1 << 20),
            Step::Send(b"\r\n\r\n"),
        ],
    )
    .refused_by(&[&[431]]),
    Case::steps(
        "limit-header-name-of-100-kib",
        "6585 5",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n"),
            Step::Repeat(b"x", 100 << 10),
            Step::Send(b": y\r\n\r\n"),
        ],
    )
    .refused_by(&[&[400, 431]]),
    Case::steps(
        "limit-50-headers",
        "9110 5.4",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n"),
            Step::Repeat(b"X-A: v\r\n", 50),
            Step::Send(b"\r\n"),
        ],
    )
    .served(SEEN),
    Case::steps(
        "limit-2000-headers",
        "6585 5",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n"),
            Step::Repeat(b"X-A: v\r\n", 2000),
            Step::Send(b"\r\n"),
        ],
    )
    .refused_by(&[&[431]]),
    Case::steps(
        "limit-100000-headers",
        "6585 5",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\n"),
            Step::Repeat(b"X-A: v\r\n", 100_000),
            Step::Send(b"\r\n"),
        ],
    )
    .refused_by(&[&[431]]),
    Case::steps(
        "limit-line-without-end",
        "9112 3",
        &[Step::Send(b"GET /"), Step::Repeat(b"x", 2 << 20)],
    )
    .refused_by(&[&[400, 414, 431]]),
    Case::steps(
        "limit-header-without-end",
        "6585 5",
        &[
            Step::Send(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: "),
            Step::Repeat(b"x", 2 << 20),
        ],
    )
    .refused_by(&[&[431]]),
    Case::steps(
        "limit-empty-lines",
        "9112 2.2",
        &[Step::Repeat(b"\r\n", 1 << 20)],
    )
    .refused_by(&[&[400, 414, 431]]),
    Case::new(
        "limit-body-announced",
        "9110 15.5.14",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
    )
    .refused_by(&[&[413]]),
    Case::steps(
        "limit-body-sent",
        "9110 15.5.14",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3145728\r\n\r\n"),
            Step::Repeat(b"x", 3 << 20),
        ],
    )
    .declined(&[&[413]]),
    Case::steps(
        "limit-body-of-exactly-the-limit",
        "9110 15.5.14",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n"),
            Step::Repeat(b"x", 1 << 20),
        ],
    )
    .served(&["POST http://a/ (1048576 bytes)"]),
    Case::steps(
        "limit-body-in-chunks",
        "9110 15.5.14",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Step::Repeat(b"10\r\n0123456789abcdef\r\n", 100_000),
            Step::Send(b"0\r\n\r\n"),
        ],
    )
    .declined(&[&[413]]),
    Case::steps(
        "limit-chunk-announced",
        "9110 15.5.14",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"),
            Step::End,
        ],
    )
    .refused_by(&[&[400, 413]])
    .dropped(),
];
