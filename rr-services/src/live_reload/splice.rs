//! Finds the end of a page that comes in pieces, and puts something before it. Pure.

use bytes::{Bytes, BytesMut};

/// The end of what a page shows; its `>` may stand anywhere behind it.
const END: &[u8] = b"</body";

/// A page on its way through.
#[derive(Debug)]
pub(super) struct Splice {
    /// What is put before the end; nothing once that is done.
    insert: Option<&'static [u8]>,
    /// The last bytes, where they may be the beginning of the end.
    kept: Bytes,
}

impl Splice {
    pub(super) fn new(insert: &'static [u8]) -> Self {
        Self {
            insert: Some(insert),
            kept: Bytes::new(),
        }
    }

    /// Takes a piece, and gives what can go on.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        let Some(insert) = self.insert else {
            return piece;
        };
        let mut text = match self.kept.is_empty() {
            true => piece,
            false => Bytes::from([&*self.kept, &piece].concat()),
        };
        let mut starts = memchr::memchr_iter(b'<', &text);
        match starts.find(|at| begins(&text[*at..])) {
            Some(at) if text.len() - at >= END.len() => {
                self.insert = None;
                self.kept = Bytes::new();
                let mut page = BytesMut::with_capacity(text.len() + insert.len());
                page.extend_from_slice(&text[..at]);
                page.extend_from_slice(insert);
                page.extend_from_slice(&text[at..]);
                page.freeze()
            }
            Some(at) => {
                self.kept = text.split_off(at);
                text
            }
            None => {
                self.kept = Bytes::new();
                text
            }
        }
    }

    /// What was kept of a page that is over.
    pub(super) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.kept)
    }
}

/// Whether the text begins with the end of a page, as far as it goes.
fn begins(text: &[u8]) -> bool {
    let length = text.len().min(END.len());
    text[..length].eq_ignore_ascii_case(&END[..length])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn through(pieces: &[&str]) -> String {
        let mut splice = Splice::new(b"<script></script>");
        let mut page = Vec::new();
        for piece in pieces {
            page.extend_from_slice(&splice.push(Bytes::copy_from_slice(piece.as_bytes())));
        }
        page.extend_from_slice(&splice.rest());
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn the_script_stands_before_the_end_of_the_page() {
        for pieces in [
            &["<p>a</p></body></html>"][..],
            &["<p>a</p><", "/bo", "dy></html>"],
            &["<p>a</p></body", "></html>"],
        ] {
            let expected = "<p>a</p><script></script></body></html>";
            assert_eq!(through(pieces), expected, "{pieces:?}");
        }
        assert_eq!(through(&["</BODY >"]), "<script></script></BODY >");
        let twice = through(&["</body></body>"]);
        assert_eq!(twice, "<script></script></body></body>");
    }

    #[test]
    fn what_is_no_whole_page_stays_as_it_is() {
        for text in ["", "<p>part</p>", "a < b", "</bod", "<</bod", "</b>ody"] {
            assert_eq!(through(&[text]), text);
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_make_the_same_page(text in "[</bodyB> ]{0,40}", at in 0usize..40) {
            let at = at.min(text.len());
            prop_assert_eq!(through(&[&text[..at], &text[at..]]), through(&[&text]));
            let script = "<script></script>";
            prop_assert_eq!(through(&[&text]).replacen(script, "", 1), text);
        }
    }
}
