//! Content-Length: which values are lengths, and what becomes of a body that is shorter.

use crate::conformance::h1::case::{After, Case, Step};

pub(super) const CASES: &[Case] = &[
    Case::new(
        "length",
        "9112 6.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"]),
    Case::new(
        "length-zero",
        "9112 6.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    )
    .served(&["POST http://a/"]),
    Case::new(
        "length-none",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .served(&["POST http://a/"]),
    Case::new(
        "length-of-get",
        "9110 9.3.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(&["GET http://a/ hello"]),
    Case::new(
        "length-of-head",
        "9110 9.3.2",
        b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    )
    .of_head()
    .served(&["HEAD http://a/ hello"]),
    Case::new(
        "length-of-delete",
        "9110 9.3.5",
        b"DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(&["DELETE http://a/ hello"]),
    Case::new(
        "length-of-options",
        "9110 9.3.7",
        b"OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(&["OPTIONS http://a/ hello"]),
    Case::new(
        "length-leading-zeros",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"])
    .refused(),
    Case::new(
        "length-in-whitespace",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \t 5 \t\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"]),
    Case::new(
        "length-without-space",
        "9112 5",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"]),
    Case::new(
        "length-name-in-capitals",
        "9110 5.1",
        b"POST / HTTP/1.1\r\nHost: a\r\nCONTENT-LENGTH: 5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"]),
    Case::new(
        "length-plus",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-minus",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-minus-zero",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n",
    )
    .refused(),
    Case::new(
        "length-hexadecimal",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-letters",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-letter-behind",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5a\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-fraction",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5.0\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-exponent",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5e0\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-underscore",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\nhellohello",
    )
    .refused(),
    Case::new(
        "length-quoted",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \"5\"\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-empty",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
    )
    .refused(),
    Case::new(
        "length-space-inside",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\nhellohello",
    )
    .refused(),
    Case::new(
        "length-semicolon",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5;\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-nul-behind",
        "9110 5.5",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\0\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-digits-of-another-script",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \xd9\xa5\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-folded",
        "9112 5.2",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 5\r\n\r\nhello",
    )
    .refused()
    .served(&["POST http://a/ hello"]),
    Case::new(
        "length-list-of-equal",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"])
    .refused(),
    Case::new(
        "length-list-of-different",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello!",
    )
    .refused(),
    Case::new(
        "length-list-with-nothing",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ,5\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-twice-equal",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"])
    .refused(),
    Case::new(
        "length-twice-different",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    )
    .refused(),
    Case::new(
        "length-twice-and-once-empty",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length:\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-beyond-64-bit",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello",
    )
    .refused_by(&[&[400, 413]]),
    Case::new(
        "length-of-64-bit",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\nhello",
    )
    .refused_by(&[&[400, 413]])
    .known("hyper takes the largest 64-bit number for a mark of its own and answers 431"),
    Case::new(
        "length-beyond-32-bit",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4294967301\r\n\r\nhello",
    )
    .refused_by(&[&[413]]),
    Case::new(
        "length-of-400-digits",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \
          5555555555555555555555555555555555555555555555555555555555555555555555555555555555555555\
          5555555555555555555555555555555555555555555555555555555555555555555555555555555555555555\
          \r\n\r\nhello",
    )
    .refused_by(&[&[400, 413]]),
    Case::steps(
        "length-body-cut-off",
        "9112 8",
        &[
            Step::Send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"),
            Step::End,
        ],
    )
    .refused()
    .dropped(),
    Case::new(
        "length-and-more-behind",
        "9112 6.3",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello, world\r\n\r\n",
    )
    .or(&[&[200], &[400]], After::Closed, &["POST http://a/ hello"]),
    Case::new(
        "length-octal",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0o5\r\n\r\nhello",
    )
    .refused(),
    Case::new(
        "length-list-of-three",
        "9110 8.6",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5,5\r\n\r\nhello",
    )
    .served(&["POST http://a/ hello"])
    .refused(),
];
