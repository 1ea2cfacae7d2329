//! Any text is a configuration, with its defaults of variables expanded, or has mistakes that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rr_core::config::Config;

fuzz_target!(|text: &str| {
    match Config::from_text(".rr.yaml", text) {
        Ok(config) => drop(config.to_json()),
        Err(found) => {
            assert!(found.has_errors());
            for mistake in found.iter() {
                assert!(!mistake.to_string().is_empty());
            }
        }
    }
});
