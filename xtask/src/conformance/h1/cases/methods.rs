//! Methods and versions: the rest of the first line.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::new("method-put", "9110 9.3.4", b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        .served(&["PUT http://a/ hello"]),
    Case::new("method-patch", "9110 9.1", b"PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        .served(&["PATCH http://a/ hello"]),
    Case::new("method-trace", "9110 9.3.8", b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["TRACE http://a/"])
        .declined(&[&[405, 501]]),
    Case::new("method-of-an-application", "9110 9.1", b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["BREW http://a/"])
        .declined(&[&[405, 501]]),
    Case::new("method-with-signs", "9110 9.1", b"M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["M-SEARCH http://a/"])
        .declined(&[&[405, 501]]),
    Case::new("method-in-small-letters", "9110 9.1", b"get / HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["get http://a/"])
        .declined(&[&[400, 405, 501]]),
    Case::new("method-with-bracket", "9112 3.1", b"GE<T / HTTP/1.1\r\nHost: a\r\n\r\n").refused(),
    Case::new("method-with-colon", "9112 3.1", b"GET: / HTTP/1.1\r\nHost: a\r\n\r\n").refused(),
    Case::new("method-with-nul", "9112 3.1", b"GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n").refused(),
    Case::new("method-not-ascii", "9112 3.1", b"G\xc3\x89T / HTTP/1.1\r\nHost: a\r\n\r\n").refused(),
    Case::new("method-missing", "9112 3", b"/ HTTP/1.1\r\nHost: a\r\n\r\n").refused(),
    Case::steps(
        "method-of-100-kib",
        "9112 3",
        &[
            Step::Repeat(b"M", 100 << 10),
            Step::Send(b" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        ],
    )
    .refused_by(&[&[400, 414, 431, 501]])
    ,
    Case::new("version-1-0", "9112 9.3", b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        .served_last(&["GET http://a/"])
        .lacks(&["transfer-encoding"]),
    Case::new("version-1-0-without-host", "9112 3.2", b"GET / HTTP/1.0\r\n\r\n")
        .served_last(&["GET http://localhost/"]),
    Case::new(
        "version-1-0-kept-alive",
        "9112 9.3",
        b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    )
    .served(&["GET http://a/"])
    .served_last(&["GET http://a/"])
    .has(&[("content-length", "*")]),
    Case::new(
        "version-1-0-with-body",
        "9112 6.3",
        b"POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served_last(&["POST http://a/ hello"]),
    Case::new("version-1-0-streamed", "9112 6.1", b"GET /stream HTTP/1.0\r\nHost: a\r\n\r\n")
        .served_last(&["GET http://a/stream"])
        .lacks(&["transfer-encoding"])
        .body(b"one two three"),
    Case::new(
        "version-1-0-streamed-kept-alive",
        "9112 6.1",
        b"GET /stream HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    )
    .served_last(&["GET http://a/stream"])
    .lacks(&["transfer-encoding"])
    .body(b"one two three"),
    Case::new("version-1-2", "9110 2.5", b"GET / HTTP/1.2\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/"])
        .refused_by(&[&[400, 505]]),
    Case::new("version-2-0", "9110 15.6.6", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n").refused_by(&[&[400, 505]]),
    Case::new("version-9-9", "9110 15.6.6", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n").refused_by(&[&[400, 505]]),
    Case::new("version-0-9-named", "9112 2.3", b"GET / HTTP/0.9\r\nHost: a\r\n\r\n").refused_by(&[&[400, 505]]),
    Case::new("version-missing", "9112 3", b"GET /\r\nHost: a\r\n\r\n").refused(),
    Case::new("version-missing-alone", "9112 3", b"GET /\r\n\r\n").refused(),
    Case::new("version-in-small-letters", "9112 2.3", b"GET / http/1.1\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-of-two-digits", "9112 2.3", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-leading-zero", "9112 2.3", b"GET / HTTP/01.1\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-without-minor", "9112 2.3", b"GET / HTTP/1\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-with-plus", "9112 2.3", b"GET / HTTP/+1.1\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-of-another-protocol", "9112 2.3", b"GET / RTSP/1.0\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-of-letters", "9112 2.3", b"GET / HTTP/x.y\r\nHost: a\r\n\r\n")
        .refused_by(&[&[400, 505]]),
    Case::new("version-and-more", "9112 3", b"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n").refused(),
    Case::new("version-then-space", "9112 3", b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n")
        .refused()
        .served(&["GET http://a/"]),
    Case::new("line-of-two-spaces", "9112 3", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n")
        .refused()
        .served(&["GET http://a/"]),
    Case::new("line-of-tabs", "9112 3", b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n")
        .refused()
        .served(&["GET http://a/"]),
    Case::new("line-of-vertical-tabs", "9112 3", b"GET\x0b/\x0bHTTP/1.1\r\nHost: a\r\n\r\n").refused(),
    Case::new(
        "preface-of-http-2",
        "9112 2.3",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    )
    .refused_by(&[&[400, 505]])
    .dropped(),
    Case::new(
        "upgrade-to-h2c",
        "9110 7.8",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
          HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    )
    .served(&["GET http://a/"]),
    Case::new(
        "upgrade-to-websocket",
        "9110 7.8",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .served(&["GET http://a/"])
    .or(&[&[400, 426, 501]], After::Either, &[]),
    Case::new(
        "upgrade-to-the-unknown",
        "9110 7.8",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: cow/2.0, TLS/1.0\r\n\r\n",
    )
    .served(&["GET http://a/"]),
    Case::new(
        "upgrade-without-connection",
        "9110 7.8",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
    )
    .served(&["GET http://a/"]),
    Case::new(
        "upgrade-in-1-0",
        "9110 7.8",
        b"GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    )
    .served_last(&["GET http://a/"]),
    Case::new(
        "upgrade-with-body",
        "9110 7.8",
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"]),
    Case::new("method-trace-with-body", "9110 9.3.8", b"TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        .served(&["TRACE http://a/ hello"])
        .served(&["TRACE http://a/"])
        .declined(&[&[400, 405, 501]]),
];
