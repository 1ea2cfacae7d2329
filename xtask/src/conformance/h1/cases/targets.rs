//! Request targets: which resource is meant, byte for byte.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::new(
        "target",
        "9112 3.2.1",
        b"GET /a/b?c=d&e HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a/b?c=d&e"]),
    Case::new(
        "target-empty-query",
        "9112 3.2.1",
        b"GET /a? HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a?"]),
    Case::new(
        "target-escapes-kept",
        "9110 4.2.3",
        b"GET /a%20b%2Fc%2f%41 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a%20b%2Fc%2f%41"]),
    Case::new(
        "target-escaped-nul",
        "9110 4.2.3",
        b"GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a%00b"])
    .declined(&[&[400]]),
    Case::new(
        "target-escape-broken",
        "9110 4.2.3",
        b"GET /a%zz% HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a%zz%"])
    .declined(&[&[400]]),
    Case::new(
        "target-dots-kept",
        "9112 3.2.1",
        b"GET /a/../../b/. HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a/../../b/."])
    .declined(&[&[400]]),
    Case::new(
        "target-two-slashes",
        "9112 3.2.1",
        b"GET //b/c HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a//b/c"])
    .declined(&[&[400]]),
    Case::new(
        "target-like-a-place",
        "9112 3.2.1",
        b"GET //b:80/c@d HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a//b:80/c@d"])
    .declined(&[&[400]]),
    Case::new(
        "target-with-url-inside",
        "9112 3.2.1",
        b"GET /http://b/c HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/http://b/c"]),
    Case::new(
        "target-semicolons",
        "9112 3.2.1",
        b"GET /a;b=c/d;e HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a;b=c/d;e"]),
    Case::new(
        "target-absolute",
        "9112 3.2.2",
        b"GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/b?c"]),
    Case::new(
        "target-absolute-beats-host",
        "9112 3.2.2",
        b"GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://b/c"])
    .declined(&[&[400]]),
    Case::new(
        "target-absolute-without-path",
        "9112 3.2.2",
        b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/"]),
    Case::new(
        "target-absolute-query-alone",
        "9112 3.2.2",
        b"GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/?b"])
    .declined(&[&[400]]),
    Case::new(
        "target-absolute-in-capitals",
        "9110 4.2.3",
        b"GET HTTP://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/b"]),
    Case::new(
        "target-absolute-of-another-port",
        "9110 7.4",
        b"GET https://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/b"])
    .declined(&[&[400, 421]]),
    Case::new(
        "target-absolute-without-host",
        "9112 3.2",
        b"GET http://a/b HTTP/1.1\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-absolute-with-user",
        "9110 4.2.4",
        b"GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-absolute-without-name",
        "9110 4.2.1",
        b"GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-absolute-bad-port",
        "9110 4.2.1",
        b"GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-other-scheme",
        "9110 4.2",
        b"GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400, 421]]),
    Case::new(
        "target-no-place",
        "9112 3.2",
        b"GET javascript:alert(1) HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-relative",
        "9112 3.2",
        b"GET hello HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-authority-of-get",
        "9112 3.2.3",
        b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-query-alone",
        "9112 3.2",
        b"GET ?a=b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-with-fragment",
        "9112 3.2",
        b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]])
    .served(&["GET http://a/a"]),
    Case::new(
        "target-empty",
        "9112 3",
        b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "target-with-space",
        "9112 3.2",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "target-with-control",
        "9112 3.2",
        b"GET /a\x01b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "target-with-nul",
        "9112 3.2",
        b"GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "target-with-bare-cr",
        "9112 3.2",
        b"GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "target-not-ascii",
        "9112 3.2",
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served(&["GET http://a/caf\u{e9}"]),
    Case::new(
        "target-not-utf-8",
        "9112 3.2",
        b"GET /caf\xe9 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served(&["GET http://a/caf\u{fffd}"]),
    Case::new(
        "target-with-backslash",
        "9112 3.2",
        b"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served(&["GET http://a/a\\b"]),
    Case::new(
        "target-with-brackets",
        "9112 3.2",
        b"GET /a[b]{c}<d> HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served(&["GET http://a/a[b]{c}<d>"]),
    Case::new(
        "target-asterisk",
        "9112 3.2.4",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["OPTIONS http://a/*"])
    .served(&["OPTIONS http://a"]),
    Case::new(
        "target-asterisk-of-get",
        "9112 3.2.4",
        b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "target-of-connect",
        "9110 9.3.6",
        b"CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n",
    )
    .declined(&[&[400, 405, 501]]),
    Case::new(
        "target-path-of-connect",
        "9112 3.2.3",
        b"CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400, 405, 501]]),
    Case::steps(
        "target-of-8000-bytes",
        "9110 4.1",
        &[
            Step::Send(b"GET /status?code=200&x="),
            Step::Repeat(b"x", 7970),
            Step::Send(b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        ],
    )
    .or(
        &[&[200]],
        After::Closed,
        &["GET http://a/status?code=200&x=(7970 bytes)"],
    ),
    Case::steps(
        "target-of-100-kib",
        "9110 15.5.15",
        &[
            Step::Send(b"GET /"),
            Step::Repeat(b"x", 100 << 10),
            Step::Send(b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
    )
    .refused_by(&[&[414, 431]]),
    Case::new(
        "target-escaped-line-end",
        "9110 4.2.3",
        b"GET /a%0d%0aX-A:%20v HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["GET http://a/a%0d%0aX-A:%20v"])
    .declined(&[&[400]]),
    Case::new(
        "target-overlong-utf-8",
        "9112 3.2",
        b"GET /\xc0\xae\xc0\xae/ HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .refused()
    .served(&["GET http://a/\u{fffd}\u{fffd}\u{fffd}\u{fffd}/"]),
];
