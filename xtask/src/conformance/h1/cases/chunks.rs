//! Chunks: sizes in odd forms, extensions, ends of lines.

use crate::conformance::h1::case::{Case, Step};

/// What precedes the chunks.
const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What PHP sees of a good one.
const DECODED: &[&str] = &["POST http://a/ hello"];

pub(super) const CASES: &[Case] = &[
    Case::steps(
        "chunks-of-several-sizes",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n"),
        ],
    )
    .served(DECODED),
    Case::steps(
        "chunk-size-lower-case",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"a\r\nhellohello\r\n0\r\n\r\n"),
        ],
    )
    .served(&["POST http://a/ hellohello"]),
    Case::steps(
        "chunk-size-upper-case",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"A\r\nhellohello\r\n0\r\n\r\n"),
        ],
    )
    .served(&["POST http://a/ hellohello"]),
    Case::steps(
        "chunk-size-leading-zeros",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"0005\r\nhello\r\n000\r\n\r\n"),
        ],
    )
    .served(DECODED),
    Case::steps(
        "chunk-size-plus",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"+5\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-minus",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"-5\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-prefixed",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"0x5\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-underscore",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"0_5\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-no-hexadecimal",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5g\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-space-before",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b" 5\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-space-inside",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"0 5\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-space-behind",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5 \r\nhello\r\n0\r\n\r\n")],
    )
    .refused()
    .served(DECODED),
    Case::steps(
        "chunk-size-missing",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-missing-at-the-end",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhello\r\n\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-nul",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\0\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-comma",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5,\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-size-digit-of-another-script",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "chunk-size-beyond-64-bit",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused_by(&[&[400, 413]]),
    Case::steps(
        "chunk-size-of-64-bit",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"ffffffffffffffff\r\nhello"),
            Step::End,
        ],
    )
    .refused_by(&[&[400, 413]]),
    Case::steps(
        "chunk-size-negative-in-64-bit",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"fffffffffffffffb\r\nhello"),
            Step::End,
        ],
    )
    .refused_by(&[&[400, 413]]),
    Case::steps(
        "chunk-size-of-100-zeros",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Repeat(b"0", 100),
            Step::Send(b"5\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused()
    .served(DECODED),
    Case::steps(
        "chunk-extension",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5;a=b;c\r\nhello\r\n0;d\r\n\r\n"),
        ],
    )
    .served(DECODED),
    Case::steps(
        "chunk-extension-quoted",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5;a=\"b;c d\"\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .served(DECODED),
    Case::steps(
        "chunk-extension-in-whitespace",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5 ; a = b\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .served(DECODED),
    Case::steps(
        "chunk-extension-empty",
        "9112 7.1.1",
        &[Step::Send(HEAD), Step::Send(b"5;\r\nhello\r\n0\r\n\r\n")],
    )
    .refused()
    .served(DECODED),
    Case::steps(
        "chunk-extension-alone",
        "9112 7.1.1",
        &[Step::Send(HEAD), Step::Send(b";a=b\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-extension-bare-lf",
        "9112 7.1.1",
        &[Step::Send(HEAD), Step::Send(b"5;a\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-extension-lf-inside",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "chunk-extension-cr-inside",
        "9112 2.2",
        &[
            Step::Send(HEAD),
            Step::Send(b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused(),
    Case::steps(
        "chunk-extension-of-20-kib",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5;a="),
            Step::Repeat(b"b", 20 << 10),
            Step::Send(b"\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused_by(&[&[400, 413, 431]]),
    Case::steps(
        "chunk-extensions-of-100-kib",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Repeat(
                b"1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n",
                2000,
            ),
            Step::Send(b"0\r\n\r\n"),
        ],
    )
    .refused_by(&[&[400, 413, 431]]),
    Case::steps(
        "chunk-line-ended-by-lf",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-line-ended-by-cr",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\rhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-line-ended-by-cr-cr-lf",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\r\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-ended-by-lf",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhello\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-ended-by-nothing",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhello0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-ended-by-other-bytes",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhelloXX0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-longer-than-its-size",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"3\r\nhello\r\n0\r\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-last-ended-by-lf",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhello\r\n0\n\r\n")],
    )
    .refused(),
    Case::steps(
        "chunk-body-ended-by-lf",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\n\n"),
            Step::End,
        ],
    )
    .refused()
    .dropped(),
    Case::steps(
        "chunk-cut-off",
        "9112 8",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhel"), Step::End],
    )
    .refused()
    .dropped(),
    Case::steps(
        "chunk-last-missing",
        "9112 8",
        &[Step::Send(HEAD), Step::Send(b"5\r\nhello\r\n"), Step::End],
    )
    .refused()
    .dropped(),
    Case::steps(
        "chunk-end-missing",
        "9112 8",
        &[
            Step::Send(HEAD),
            Step::Send(b"5\r\nhello\r\n0\r\n"),
            Step::End,
        ],
    )
    .refused()
    .dropped(),
    Case::steps(
        "chunks-of-one-byte",
        "9112 7.1",
        &[
            Step::Send(HEAD),
            Step::Repeat(b"1\r\nx\r\n", 3000),
            Step::Send(b"0\r\n\r\n"),
        ],
    )
    .served(&["POST http://a/ (3000 bytes)"]),
    Case::steps(
        "chunks-none",
        "9112 7.1",
        &[Step::Send(HEAD), Step::Send(b"0\r\n\r\n")],
    )
    .served(&["POST http://a/"]),
    Case::steps(
        "chunk-extension-with-nul",
        "9112 7.1.1",
        &[
            Step::Send(HEAD),
            Step::Send(b"5;a=\0b\r\nhello\r\n0\r\n\r\n"),
        ],
    )
    .refused()
    .known("hyper takes every byte but CR and LF in extensions"),
];
