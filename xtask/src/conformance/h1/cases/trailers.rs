//! Trailers behind chunks: dropped where they are sound, and never taken for headers.

use crate::conformance::h1::case::{Case, Step};

/// What precedes the chunks.
const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What PHP sees of a good one.
const DECODED: &[&str] = &["POST http://a/ hello"];

pub(super) const CASES: &[Case] = &[
    Case::steps(
        "chunk-trailers",
        "9110 6.5.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nX-Trailer: late\r\nX-Other: too\r\n\r\n"),
        ],
    )
    .served(DECODED)
    .saw(&[("X-Trailer", ""), ("X-Other", "")]),
    Case::steps(
        "chunk-trailer-content-length",
        "9110 6.5.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n"),
        ],
    )
    .served(DECODED)
    .refused()
    .saw(&[("Content-Length", "")]),
    Case::steps(
        "chunk-trailer-host",
        "9110 6.5.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nHost: evil\r\n\r\n"),
        ],
    )
    .served(DECODED)
    .refused(),
    Case::steps(
        "chunk-trailer-authorization",
        "9110 6.5.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nAuthorization: Basic eDp5\r\n\r\n"),
        ],
    )
    .served(DECODED)
    .refused()
    .saw(&[("Authorization", "")]),
    Case::steps(
        "chunk-trailer-without-colon",
        "9112 7.1.2",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "chunk-trailer-without-name",
        "9112 7.1.2",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\n: value\r\n\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "chunk-trailer-space-before-colon",
        "9112 5.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nX-Trailer : late\r\n\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "chunk-trailer-ended-by-lf",
        "9112 7.1.2",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nX-Trailer: late\n\r\n"),
            Step::End,
        ],
    )
    .refused()
    .dropped()
    .served(DECODED),
    Case::steps(
        "chunk-trailers-in-thousands",
        "9112 7.1.2",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\n"),
            Step::Repeat(b"X-Trailer: late\r\n", 5000),
            Step::Send(b"\r\n"),
        ],
    )
    .refused_by(&[&[400, 413, 431]]),
    Case::steps(
        "chunk-trailer-transfer-encoding",
        "9110 6.5.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ],
    )
    .served(DECODED)
    .refused(),
    Case::steps(
        "chunk-trailer-content-type",
        "9110 6.5.1",
        &[
            Step::Send(HEAD),
            Step::Send(
                b"5\r\nhello\r\n0\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
            ),
        ],
    )
    .served(DECODED)
    .refused()
    .saw(&[("Content-Type", "")]),
    Case::steps(
        "chunk-trailer-folded",
        "9112 5.2",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nX-Trailer: late\r\n and more\r\n\r\n"),
        ],
    )
    .refused()
    .served(DECODED),
    Case::steps(
        "chunk-trailer-with-nul",
        "9110 5.5",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\nX-Trailer: la\0te\r\n\r\n"),
        ],
    )
    .refused(),
];
