//! Bytes that clients send where PHP expects text.

use std::borrow::Cow;

/// The text that `bytes` are; where they are no UTF-8, each byte is the character of its number
/// (Latin-1), from which the bytes can be had back: a replacement character would lose them.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        for (bytes, expected) in [
            (&b"plain"[..], "plain"),
            (b"caf\xc3\xa9", "café"),
            (b"caf\xe9", "café"),
            (b"\xc3\xa9\xff", "Ã©ÿ"),
        ] {
            assert_eq!(text(bytes), expected);
        }
    }
}
