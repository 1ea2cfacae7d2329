//! `-j JSON`.

use proptest::prelude::*;
use serde_json::json;

use super::{
    findings,
    load::{Loaded, env},
};
use crate::config::{Config, Diagnostics, Source};

fn load(file: &str, overrides: &[&str], json: &[&str]) -> Loaded {
    let texts = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect();
    Loaded::of(&[(".rr.yaml", file)], |source| Source {
        overrides: texts(overrides),
        json: texts(json),
        ..source
    })
}

#[test]
fn json_is_merged_over_the_file_and_overrides() {
    let loaded = load(
        "version: '3'\nhttp: {address: :1, middleware: [static, gzip], http2.h2c: false}\n",
        &["http.address=:2", "http.pool.num_workers=1"],
        &[
            r#"{"http": {"address": ":3", "pool": {"max_jobs": 5}, "middleware": ["headers"]}}"#,
            "{\n  \"HTTP\": {\"Address\": \":${PORT}\", \"http2\": {\"h2c\": true}}\n}",
        ],
    );
    assert_eq!(
        loaded.json(),
        json!({
            "version": "3",
            "http": {
                "address": ":8080",
                "middleware": ["headers"],
                "http2": {"h2c": true},
                "pool": {"num_workers": "1", "max_jobs": 5},
            },
        })
    );
}

#[test]
fn mistakes_are_shown_in_the_json() {
    load(
        "version: '3'\n",
        &[],
        &[
            "http.address=:80",
            r#"{"http":"#,
            "{\n  \"http\": {\"address\": \":80\", \"pool\": {\"num_workers\": \"many\"}}\n}",
            r#"{"htp": {"password": "hunter2"}}"#,
        ],
    )
    .check(
        r#"
error: a configuration consists of sections: `name:` and its settings below
 --> -j:1:1
  |
1 | http.address=:80
  | ^^^^^^^^^^^^^^^^
  = help: write it as `-j '{"http": {"address": "127.0.0.1:8080"}}'`

error: unclosed bracket `{`
 --> -j:1:1
  |
1 | {"http":
  | ^
  = help: write it as `-j '{"http": {"address": "127.0.0.1:8080"}}'`

warning: `htp`: this server has no service for this section, it has no effect
 --> -j:1:2
  |
1 | {"htp": {"password": ***********
  |  ^^^^^
  = help: did you mean `http`?

error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
 --> -j:2:54
  |
2 |   "http": {"address": ":80", "pool": {"num_workers": "many"}}
  |                                                      ^^^^^^
"#,
    );
}

/// The version and files to include may stand there as well.
#[test]
fn json_alone_makes_a_configuration() {
    let source = Source {
        json: vec![r#"{"rpc": {"listen": "tcp://127.0.0.1:6001"}}"#.to_owned()],
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    let config = Config::without_file(&source, &env, &mut found);
    assert_eq!(config.to_json()["rpc"]["listen"], "tcp://127.0.0.1:6001");
    let loaded = load("", &[], &[r#"{"version": "3"}"#]);
    assert_eq!(loaded.json(), json!({"version": "3"}));
}

proptest! {
    #[test]
    fn any_json_is_merged_or_refused(text in "[\\[\\]{}:,\"a-c.0-9 \n$]{0,24}") {
        let loaded = load("version: '3'\na: {b: [c: 1]}", &[], &[&text]);
        let config = loaded.config.expect("the file is sound");
        let _ = (loaded.found.to_string(), findings(&config).to_string());
    }
}
