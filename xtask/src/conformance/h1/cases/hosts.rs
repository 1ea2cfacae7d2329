//! Host: there once, and a name.

use crate::conformance::h1::case::Case;

pub(super) const CASES: &[Case] = &[
    Case::new("host-missing", "9112 3.2", b"GET / HTTP/1.1\r\n\r\n").declined(&[&[400]]),
    Case::new(
        "host-twice",
        "9112 3.2",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-twice-the-same",
        "9112 3.2",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new("host-empty", "9112 3.2", b"GET / HTTP/1.1\r\nHost:\r\n\r\n")
        .served(&["GET http://localhost/"])
        .declined(&[&[400]]),
    Case::new(
        "host-with-port",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a:8080\r\n\r\n",
    )
    .served(&["GET http://a:8080/"]),
    Case::new(
        "host-of-ipv6",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    )
    .served(&["GET http://[::1]:80/"]),
    Case::new(
        "host-of-ipv4",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    )
    .served(&["GET http://127.0.0.1/"]),
    Case::new(
        "host-with-user",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-with-path",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-with-query",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a?b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-with-fragment",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a#b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-with-space",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-list",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-list-without-space",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
    )
    .declined(&[&[400]])
    .served(&["GET http://a,b/"]),
    Case::new(
        "host-with-two-ports",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-port-of-letters",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-port-too-high",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-port-alone",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-ipv6-open",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-not-ascii",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: caf\xc3\xa9\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-with-backslash",
        "9110 7.2",
        b"GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n",
    )
    .declined(&[&[400]]),
    Case::new(
        "host-name-before-space",
        "9112 5.1",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    )
    .refused(),
    Case::new(
        "host-in-a-fold",
        "9112 5.2",
        b"GET / HTTP/1.1\r\nX: y\r\n Host: a\r\n\r\n",
    )
    .refused(),
];
