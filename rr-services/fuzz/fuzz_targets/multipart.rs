//! A form says the same whether its bytes come at once or one by one, keeps what it is fed
//! within its bounds, and begins no part before it ended the last.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "only the parsers are used")]
#[path = "."]
mod parsers {
    #[path = "../../src/http/multipart/mod.rs"]
    mod multipart;

    use multipart::{BadMultipart, Event, Parser, PartHead};

    pub fn check(form: &[u8]) {
        let whole = read(form, form.len());
        for at_once in [1, 2, 7] {
            assert_eq!(read(form, at_once), whole);
        }
        // The same bytes as a header.
        if let Ok(boundary) = multipart::boundary(form) {
            assert!((1..=70).contains(&boundary.len()));
        }
    }

    fn read(form: &[u8], at_once: usize) -> Result<Vec<(PartHead, Vec<u8>)>, BadMultipart> {
        let mut parser = Parser::new(b"x");
        let mut parts: Vec<(PartHead, Vec<u8>)> = Vec::new();
        let mut is_open = false;
        for bytes in form.chunks(at_once.max(1)) {
            parser.feed(bytes);
            while let Some(event) = parser.next()? {
                match event {
                    Event::Part(head) => {
                        assert!(!is_open);
                        is_open = true;
                        parts.push((head, Vec::new()));
                    }
                    Event::Data(data) => {
                        assert!(is_open && !data.is_empty());
                        parts.last_mut().unwrap().1.extend_from_slice(&data);
                    }
                    Event::End => {
                        assert!(is_open);
                        is_open = false;
                    }
                }
            }
        }
        parser.finish().map(|()| parts)
    }
}

fuzz_target!(|form: &[u8]| parsers::check(form));
