//! `-o section.key=value`.

use proptest::prelude::*;
use serde_json::json;

use super::load::load;

#[test]
fn overrides_beat_the_file_in_their_order() {
    let loaded = load(
        &[(
            ".rr.yaml",
            "http: {address: :1, http2.h2c: false}\nserver: {command: php, env: [A: 1, b.c: 2]}\n",
        )],
        &[
            "version=3",
            "http.address=:2",
            "HTTP.Address=:${PORT}",
            "http.http2.h2c=true",
            "server.env.D='quoted'",
            "new.section.key=a=b",
        ],
    );
    assert_eq!(
        loaded.json(),
        json!({
            "http": {"address": ":8080", "http2": {"h2c": "true"}},
            "server": {"command": "php", "env": {"a": 1, "b": {"c": 2}, "d": "quoted"}},
            "version": "3",
            "new": {"section": {"key": "a=b"}},
        })
    );
}

#[test]
fn overrides_are_shown_as_they_were_given() {
    load(
        &[(".rr.yaml", "")],
        &[
            "http.address",
            "api.token:hunter2",
            "http.address=",
            "=x",
            "a..b=1",
            "http.pool.num_workers=many",
            "x.password=$X",
            "http.pol.a=1",
            "version=3",
        ],
    )
    .check(
        "
error: invalid flag `-o http.address`: no `=` in it
--> command line
 |
 | -o http.address
 |    ^^^^^^^^^^^^
 = help: write `-o section.key=value`

error: invalid flag `-o api.token:*******`: no `=` in it
--> command line
 |
 | -o api.token:*******
 |    ^^^^^^^^^^^^^^^^^
 = help: write `-o section.key=value`

error: `-o http.address=` has no value: value should not be empty
--> command line
 |
 | -o http.address=
 |    ^^^^^^^^^^^^^
 = help: write `-o section.key=value`

error: `-o =…` names no setting
--> command line
 |
 | -o =x
 |    ^^
 = help: write `-o section.key=value`

error: `-o a..b=…` names no setting
--> command line
 |
 | -o a..b=1
 |    ^^^^^^
 = help: write `-o section.key=value`

warning: the variable `X` is not set and has no default: it becomes empty text
--> command line
 |
 | -o x.password=**
 |               ^^
 = help: set it, or name a default: `${X:-default}`; `$$` is a plain `$`

warning: `x`: this server has no service for this section, it has no effect
--> command line
 |
 | -o x.password=**
 |    ^^^^^^^^^^
 = help: this server reads `endure`, `envfile`, `grpc`, `http`, `include`, `logs`, `server`, `version`

error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
--> command line
 |
 | -o http.pool.num_workers=many
 |                          ^^^^

warning: `http.pol`: unknown key, it has no effect
--> command line
 |
 | -o http.pol.a=1
 |    ^^^^^^^^^^
 = help: did you mean `pool`?
",
    );
}

#[test]
fn an_override_of_endless_depth_is_refused() {
    let loaded = load(
        &[(".rr.yaml", "")],
        &[&format!("{}=1", "a.".repeat(60_000) + "a")],
    );
    assert!(loaded.found.has_errors());
    let key = "b.".repeat(60_000) + "b";
    let loaded = load(&[(".rr.yaml", &format!("? {key}\n: 1\n"))], &["version=3"]);
    assert_eq!(loaded.json()[&key], 1);
}

proptest! {
    #[test]
    fn any_override_is_applied_or_refused(arguments in prop::collection::vec("[a-c.=,'$ é]{0,12}", 0..4)) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let loaded = load(&[(".rr.yaml", "a: {b: [c: 1]}")], &arguments);
        prop_assert!(loaded.config.is_some());
        let _ = loaded.found.to_string();
    }
}
