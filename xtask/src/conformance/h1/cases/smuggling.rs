//! A second request hidden in a first: what two servers may read differently is read in one way, and then the connection ends.
//!
//! Each hides `GET /hidden`. PHP may see it as a body, never as a request.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::new(
        "smuggling-length-then-chunked",
        "9112 11.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding: chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served_last(&["POST http://a/"]),
    Case::new(
        "smuggling-chunked-then-length",
        "9112 11.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n\
          21\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n",
    )
    .refused()
    .served_last(&["POST http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"]),
    Case::new(
        "smuggling-length-zero-then-chunked",
        "9112 11.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served_last(&["POST http://a/"]),
    Case::new(
        "smuggling-two-lengths",
        "9112 11.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-two-lengths-longer-first",
        "9112 11.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\nContent-Length: 0\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    obfuscated(
        "smuggling-transfer-space-before-colon",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding : chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-letter-before",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding: xchunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-vertical-tab",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding:\x0bchunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-tab",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding:\tchunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-quoted",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding: 'chunked'\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-then-another",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding: chunked\r\n\
          Transfer-Encoding: cow\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-after-another",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding: cow\r\n\
          Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-behind-bare-lf",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-behind-bare-cr",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-in-a-fold",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-name-folded",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding\r\n : chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-name-with-nul",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding\0: chunked\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-in-http-1-0",
        b"POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 38\r\n\
          Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    obfuscated(
        "smuggling-transfer-identity",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\nTransfer-Encoding: identity\r\n\r\n\
          0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    Case::new(
        "smuggling-transfer-named-by-connection",
        "9110 7.6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n\
          21\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n",
    )
    .served(&["POST http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"])
    .refused(),
    Case::new(
        "smuggling-length-named-by-connection",
        "9110 7.6.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["POST http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"])
    .refused(),
    Case::new(
        "smuggling-in-the-body-of-a-get",
        "9110 9.3.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"])
    .refused(),
    Case::new(
        "smuggling-in-the-body-of-a-head",
        "9110 9.3.2",
        b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .of_head()
    .served(&["HEAD http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"])
    .refused(),
    Case::new(
        "smuggling-in-the-body-of-a-file",
        "9110 9.3.1",
        b"GET /file.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[200]], After::Open, &[])
    .or(&[&[200]], After::Closed, &[]),
    Case::new(
        "smuggling-in-the-body-of-a-refused-request",
        "9112 9.3",
        b"POST / HTTP/1.1\r\nHost: a b\r\nContent-Length: 33\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "smuggling-in-the-body-of-a-connect",
        "9110 9.3.6",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused_by(&[&[400, 405, 501]])
    .declined(&[&[400, 405, 501]])
    ,
    Case::new(
        "smuggling-length-with-plus",
        "9112 11.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +33\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-length-space-before-colon",
        "9112 5.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 33\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-length-in-a-fold",
        "9112 5.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-length-behind-bare-cr",
        "9112 2.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-chunk-extension-lf",
        "9112 7.1.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          2;\nxx\r\n26\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-chunk-end-of-two-bytes",
        "9112 7.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          2\r\nxx41\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-chunk-size-overflow",
        "9112 7.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          10000000000000000\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused_by(&[&[400, 413]]),
    Case::new(
        "smuggling-chunk-size-missing",
        "9112 7.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          \r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "smuggling-in-a-trailer",
        "9110 6.5.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          0\r\nContent-Length: 33\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["POST http://a/", "GET http://a/next"])
    .refused(),
    Case::new(
        "smuggling-after-close",
        "9112 9.6",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served_last(&["GET http://a/"]),
    Case::new(
        "smuggling-after-http-1-0",
        "9112 9.3",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served_last(&["GET http://a/"]),
    Case::new(
        "smuggling-http-0-9-behind-a-body",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /hidden\r\n\r\n",
    )
    .or(&[&[200], &[400]], After::Closed, &["POST http://a/ hello"]),
    Case::new(
        "smuggling-by-an-upgrade",
        "9110 7.8",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
          HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 33\r\n\r\n\
          GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"])
    .served_last(&["GET http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"])
    .refused(),
    Case::steps(
        "smuggling-by-an-expectation",
        "9110 10.1.1",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 33\r\n\r\n"),
            Step::Send(b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
    )
    .or(
        &[&[100], &[200]],
        After::Open,
        &["POST http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"],
    )
    .served(&["POST http://a/ GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"]),
    Case::steps(
        "smuggling-by-a-refused-expectation",
        "9110 10.1.1",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"),
            Step::Send(b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
    )
    .refused_by(&[&[413]]),
];

/// A `Transfer-Encoding` that one server sees and another does not, before a length: refused, or
/// read in one way and closed.
const fn obfuscated(name: &'static str, bytes: &'static [u8]) -> Case {
    Case::new(name, "9112 11.2", bytes)
        .refused_by(&[&[400, 501]])
        .served_last(&["POST http://a/"])
}
