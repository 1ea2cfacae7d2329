//! Connections: several requests on one, one behind the other, and when it ends.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::new("connection-goes-on", "9112 9.3", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .served(&["GET http://a/"])
        .has(&[("content-length", "*")]),
    Case::new(
        "connection-close",
        "9112 9.6",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .served_last(&["GET http://a/"])
    .has(&[("connection", "close")]),
    Case::new(
        "connection-close-in-capitals",
        "9110 7.6.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: CLOSE\r\n\r\n",
    )
    .served_last(&["GET http://a/"]),
    Case::new(
        "connection-close-in-a-list",
        "9110 7.6.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n",
    )
    .served_last(&["GET http://a/"]),
    Case::new(
        "connection-close-in-another-line",
        "9110 7.6.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
    )
    .served_last(&["GET http://a/"]),
    Case::new(
        "connection-keep-alive",
        "9112 9.3",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    )
    .served(&["GET http://a/"]),
    Case::new(
        "connection-closed-with-body",
        "9112 9.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served_last(&["POST http://a/ hello"]),
    Case::new(
        "pipeline-of-two",
        "9112 9.3.2",
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/1", "GET http://a/2"]),
    Case::new(
        "pipeline-of-bodies",
        "9112 9.3.2",
        b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
          POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n\
          GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["POST http://a/1 hello", "POST http://a/2 world", "GET http://a/3"]),
    Case::new(
        "pipeline-with-head",
        "9112 9.3.2",
        b"HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .of_head()
    .served(&["HEAD http://a/1", "GET http://a/2"]),
    Case::new(
        "pipeline-with-a-file",
        "9112 9.3.2",
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(
        &[&[200], &[200], &[200]],
        After::Open,
        &["GET http://a/1", "GET http://a/2"],
    ),
    Case::new(
        "pipeline-of-eight",
        "9112 9.3.2",
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /3 HTTP/1.1\r\nHost: a\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /5 HTTP/1.1\r\nHost: a\r\n\r\nGET /6 HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /7 HTTP/1.1\r\nHost: a\r\n\r\nGET /8 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&[
        "GET http://a/1",
        "GET http://a/2",
        "GET http://a/3",
        "GET http://a/4",
        "GET http://a/5",
        "GET http://a/6",
        "GET http://a/7",
        "GET http://a/8",
    ]),
    Case::new(
        "pipeline-broken-at-the-second",
        "9112 9.3.2",
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost : a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(&[&[200], &[400]], After::Closed, &["GET http://a/1"]),
    Case::new(
        "pipeline-with-empty-line-between",
        "9112 2.2",
        b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["POST http://a/1 hello", "GET http://a/2"]),
    Case::new(
        "pipeline-behind-204",
        "9112 6.3",
        b"GET /status?code=204 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(
        &[&[204], &[200]],
        After::Open,
        &["GET http://a/status?code=204", "GET http://a/2"],
    ),
    Case::new(
        "pipeline-behind-304",
        "9112 6.3",
        b"GET /status?code=304 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .or(
        &[&[304], &[200]],
        After::Open,
        &["GET http://a/status?code=304", "GET http://a/2"],
    ),
    Case::new(
        "pipeline-behind-413",
        "9110 15.5.14",
        b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused_by(&[&[413]]),
    Case::steps(
        "requests-one-after-the-other",
        "9112 9.3",
        &[
            Step::Send(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Step::Await(1),
            Step::Send(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Step::Await(2),
            Step::Send(b"GET /3 HTTP/1.1\r\nHost: b\r\n\r\n"),
        ],
    )
    .served(&["GET http://a/1", "GET http://a/2", "GET http://b/3"]),
    Case::steps(
        "half-closed-behind-a-request",
        "9112 9.6",
        &[Step::Send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"), Step::End],
    )
    .served_last(&["GET http://a/slow"])
    .known("decided: a client that has ended its half is taken for gone, so that those who are gone cost no worker"),
    Case::steps(
        "half-closed-behind-a-body",
        "9112 9.6",
        &[
            Step::Send(b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
            Step::End,
        ],
    )
    .served_last(&["POST http://a/slow hello"])
    .known("decided: a client that has ended its half is taken for gone, so that those who are gone cost no worker"),
    Case::steps(
        "half-closed-behind-a-pipeline",
        "9112 9.6",
        &[
            Step::Send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Step::End,
        ],
    )
    .served_last(&["GET http://a/slow", "GET http://a/2"])
    .known("decided: a client that has ended its half is taken for gone, so that those who are gone cost no worker"),
];
