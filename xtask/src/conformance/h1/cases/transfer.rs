//! Transfer-Encoding: which codings end a body, and which requests have no end.

use crate::conformance::h1::case::Case;

/// What PHP sees of a good one.
const DECODED: &[&str] = &["POST http://a/ hello"];

pub(super) const CASES: &[Case] = &[
    Case::new(
        "transfer-chunked",
        "9112 7.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .served(DECODED),
    Case::new(
        "transfer-chunked-in-capitals",
        "9112 7",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .served(DECODED),
    Case::new(
        "transfer-chunked-in-whitespace",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tchunked \t\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .served(DECODED),
    Case::new(
        "transfer-of-get",
        "9112 6.3",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .served(&["GET http://a/ hello"]),
    Case::new(
        "transfer-identity",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-gzip-alone",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nhello",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-gzip-then-chunked",
        "9112 6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-chunked-then-gzip",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-chunked-twice-in-a-list",
        "9112 6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-chunked-twice",
        "9112 6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-identity-then-chunked",
        "9112 6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-lines-identity-chunked",
        "9112 6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-lines-chunked-identity",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-unknown-then-chunked",
        "9112 6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: cow, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-letter-before",
        "9112 7",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-letter-behind",
        "9112 7",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunkedx\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-parameter",
        "9112 7.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;a=b\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-quoted",
        "9112 7",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-comma-behind",
        "9110 5.6.1.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .served(DECODED)
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-comma-before",
        "9110 5.6.1.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .served(DECODED)
    .refused_by(&[&[400, 501]])
    ,
    Case::new(
        "transfer-empty",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-space-before-colon",
        "9112 5.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "transfer-tab-before-colon",
        "9112 5.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "transfer-folded",
        "9112 5.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused()
    .served(DECODED),
    Case::new(
        "transfer-vertical-tab",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-form-feed",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\x0c\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-nul-behind",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\0\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "transfer-non-breaking-space",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \xa0chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]]),
    Case::new(
        "transfer-bare-cr-before",
        "9112 2.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "transfer-in-http-1-0",
        "9112 6.1",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    .served_last(DECODED),
    Case::new(
        "transfer-in-http-1-0-kept-alive",
        "9112 6.1",
        b"POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused_by(&[&[400, 501]])
    .served_last(DECODED),
    Case::new(
        "transfer-and-length",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 15\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused()
    .served_last(DECODED)
    .saw(&[("Content-Length", "")]),
    Case::new(
        "length-and-transfer",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused()
    .served_last(DECODED)
    .saw(&[("Content-Length", "")]),
    Case::new(
        "transfer-and-no-length",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: abc\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    )
    .refused()
    .served_last(DECODED),
    Case::new(
        "transfer-name-with-underscore",
        "9110 5.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(DECODED)
    .refused(),
];
