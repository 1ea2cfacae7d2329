//! Responses of PHP on the wire: where they end, and what they never carry.

use crate::conformance::h1::case::{After, Case};

pub(super) const CASES: &[Case] = &[
    Case::new(
        "response-of-head",
        "9110 9.3.2",
        b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .of_head()
    .served(&["HEAD http://a/"])
    .has(&[("content-length", "*"), ("date", "*")]),
    Case::new(
        "response-of-head-streamed",
        "9110 9.3.2",
        b"HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .of_head()
    .served(&["HEAD http://a/stream"]),
    Case::new(
        "response-of-head-error",
        "9110 9.3.2",
        b"HEAD /status?code=404 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .of_head()
    .or(&[&[404]], After::Open, &["HEAD http://a/status?code=404"]),
    Case::new(
        "response-204",
        "9110 15.3.5",
        b"GET /status?code=204 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[204]], After::Open, &["GET http://a/status?code=204"])
    .lacks(&["content-length", "transfer-encoding"])
    .body(b""),
    Case::new(
        "response-205",
        "9110 15.3.6",
        b"GET /status?code=205 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[205]], After::Open, &["GET http://a/status?code=205"])
    .body(b""),
    Case::new(
        "response-304",
        "9110 15.4.5",
        b"GET /status?code=304 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[304]], After::Open, &["GET http://a/status?code=304"])
    .lacks(&["transfer-encoding"]),
    Case::new(
        "response-unknown-status",
        "9110 15",
        b"GET /status?code=299 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[299]], After::Open, &["GET http://a/status?code=299"])
    .body(b"body"),
    Case::new(
        "response-streamed",
        "9112 7.1",
        b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/stream"])
    .has(&[("transfer-encoding", "chunked")])
    .body(b"one two three"),
    Case::new(
        "response-streamed-last",
        "9112 7.1",
        b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .served_last(&["GET http://a/stream"])
    .body(b"one two three"),
    Case::new(
        "response-trailers",
        "9110 6.5.1",
        b"GET /trailers HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
    )
    .served(&["GET http://a/trailers"])
    .lacks(&["x-sum"])
    .has(&[("trailer", "*"), ("transfer-encoding", "chunked")])
    .body(b"body"),
    Case::new(
        "response-trailers-unasked",
        "9110 6.5.1",
        b"GET /trailers HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/trailers"])
    .body(b"body"),
    Case::new(
        "response-interim",
        "9110 15.2",
        b"GET /interim HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[404]], After::Open, &["GET http://a/interim"])
    .or(&[&[103], &[404]], After::Open, &["GET http://a/interim"])
    .body(b"page"),
    Case::new(
        "response-interim-in-1-0",
        "9110 15.2",
        b"GET /interim HTTP/1.0\r\nHost: a\r\n\r\n",
    )
    .or(&[&[404]], After::Closed, &["GET http://a/interim"])
    .body(b"page"),
    Case::new(
        "response-header-injection",
        "9110 5.5",
        b"GET /split HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/split"])
    .lacks(&["x-injected"])
    .body(b"ok"),
    Case::new(
        "response-hop-by-hop-headers",
        "9112 6.1",
        b"GET /hops HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/hops"])
    .lacks(&["keep-alive", "transfer-encoding"])
    .body(b"ok"),
    Case::new(
        "response-length-too-short",
        "9110 8.6",
        b"GET /length?says=2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/length?says=2"])
    .body(b"body"),
    Case::new(
        "response-length-too-long",
        "9110 8.6",
        b"GET /length?says=9 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/length?says=9"])
    .body(b"body"),
    Case::new(
        "response-length-of-letters",
        "9110 8.6",
        b"GET /length?says=x HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/length?says=x"])
    .body(b"body"),
    Case::new(
        "response-of-1-mb",
        "9112 6.2",
        b"GET /large?bytes=1000000 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/large?bytes=1000000"])
    .has(&[("content-length", "1000000")]),
    Case::new(
        "response-empty",
        "9112 6.3",
        b"GET /large?bytes=0 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/large?bytes=0"])
    .has(&[("content-length", "0")])
    .body(b""),
];
