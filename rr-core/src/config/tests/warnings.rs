//! What has no effect, or an odd one.

use super::{assert_rendered, check, findings};
use crate::config::{Config, Diagnostics};

#[test]
fn sections_and_keys_that_nobody_reads_are_warned_about() {
    check(
        "\
version: '3'
httpp: {address: :80}
metrics: {}
static: {dir: .}
http: {ssl: {}, static: {dir: ., drr: x}, Pol: {}}
",
        "
warning: `httpp`: this server has no service for this section, it has no effect
 --> .rr.yaml:2:1
  |
2 | httpp: {address: :80}
  | ^^^^^
  = help: did you mean `http`?

warning: `metrics`: this server has no service for this section, it has no effect
 --> .rr.yaml:3:1
  |
3 | metrics: {}
  | ^^^^^^^
  = help: add `metrics = true` below `[services]` in the server's manifest and build it again with `rr-builder`, or remove it here

warning: `static`: this server has no service for this section, it has no effect
 --> .rr.yaml:4:1
  |
4 | static: {dir: .}
  | ^^^^^^
  = help: did you mean `http.static`?

warning: `http.ssl`: unknown key, it has no effect
 --> .rr.yaml:5:8
  |
5 | http: {ssl: {}, static: {dir: ., drr: x}, Pol: {}}
  |        ^^^
  = help: known here: `address`, `middleware`, `max_request_size`, `access_logs`, `raw_body`, `internal_error_code`, `http2`, `pool`

warning: `http.pol`: unknown key, it has no effect
 --> .rr.yaml:5:43
  |
5 | http: {ssl: {}, static: {dir: ., drr: x}, Pol: {}}
  |                                           ^^^
  = help: did you mean `pool`?

warning: `http.static.drr`: unknown key, it has no effect
 --> .rr.yaml:5:34
  |
5 | http: {ssl: {}, static: {dir: ., drr: x}, Pol: {}}
  |                                  ^^^
  = help: did you mean `dir`?
",
    );
}

#[test]
fn sections_below_one_without_a_service() {
    let config = Config::from_text(".rr.yaml", "http: {static: {}, statik: {}}\n").expect("YAML");
    let mut found = Diagnostics::default();
    config.unknown_sections(&["http.static"], &mut found);
    assert_rendered(
        &found,
        "
warning: `http.statik`: this server has no service for this section, it has no effect
 --> .rr.yaml:1:20
  |
1 | http: {static: {}, statik: {}}
  |                    ^^^^^^
  = help: did you mean `http.static`?
",
    );
}

#[test]
fn a_number_of_nanoseconds_and_an_empty_section_are_warned_about() {
    check(
        "\
http: {pool: {allocate_timeout: 60}}
logs:
",
        "
warning: `http.pool.allocate_timeout`: `60` means 60 nanoseconds here
 --> .rr.yaml:1:33
  |
1 | http: {pool: {allocate_timeout: 60}}
  |                                 ^^
  = help: write `60s` for seconds, or `60ns` if it is meant

warning: `logs`: nothing is set here, so it counts as absent
 --> .rr.yaml:2:1
  |
2 | logs:
  | ^^^^
  = help: remove it, or write `{}` behind it to have its defaults
",
    );
}

#[test]
fn the_grace_period_belongs_to_the_server() {
    let config = Config::from_text(".rr.yaml", "endure: {grace_period: 5s, log_level: debug}\n");
    let mut found = Diagnostics::default();
    let grace = config.expect("YAML").grace_period(&mut found);
    assert_eq!(grace.as_secs(), 5);
    assert_rendered(
        &found,
        "
warning: `endure.log_level`: it has no effect: this server has no such container
 --> .rr.yaml:1:39
  |
1 | endure: {grace_period: 5s, log_level: debug}
  |                                       ^^^^^
",
    );
    let config = Config::from_text(".rr.yaml", "").expect("empty is legal");
    assert_eq!(config.grace_period(&mut found).as_secs(), 30);
}

#[test]
fn strictness_makes_warnings_errors() {
    let config = Config::from_text(".rr.yaml", "htp: {}").expect("YAML");
    let mut found = findings(&config);
    assert!(!found.has_errors());
    found.deny_warnings();
    assert!(found.has_errors());
    assert!(found.to_string().starts_with("error: `htp`"));
}
