//! Any bytes are the fields of a form; as a tree they are JSON, or a conflict.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "only the parsers are used")]
#[path = "."]
mod parsers {
    #[path = "../../src/http/form/mod.rs"]
    mod form;
    #[path = "../../src/http/text.rs"]
    mod text;

    pub fn check(body: &[u8]) {
        let fields = form::urlencoded(body).count();
        assert!(fields <= body.len());
        if let Ok(tree) = form::Tree::<String>::from_fields(form::urlencoded(body), 0) {
            let json = serde_json::to_vec(&tree).unwrap();
            assert!(
                serde_json::from_slice::<serde_json::Value>(&json).is_ok_and(|it| it.is_object())
            );
        }
    }
}

fuzz_target!(|body: &[u8]| parsers::check(body));
