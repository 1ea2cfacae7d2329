//! Variables in values.

use serde_json::json;

use super::load::load_one;

#[test]
fn variables_are_values_and_never_structure() {
    let loaded = load_one(
        "x-a: [\"$YAML\", {b: '${PORT}'}]\nhttp:\n  address: 127.0.0.1:${PORT}\n  pool: {num_workers: \"${NONE:-3}\"}\n",
    );
    assert_eq!(
        loaded.json(),
        json!({
            "version": "3",
            "x-a": ["x\nhttp: {address: evil}", {"b": "8080"}],
            "http": {"address": "127.0.0.1:8080", "pool": {"num_workers": "3"}},
        })
    );
    loaded.check("");
}

#[test]
fn variables_that_are_unset_malformed_or_wrong() {
    load_one("http:\n  pool: {num_workers: \"${WORKERS}\", max_jobs: '${JOBS}'}\n  address: :${PORT\nlogs: {output: 'a $OUT'}\n").check(
        "
warning: the variable `JOBS` is not set and has no default: it becomes empty text
 --> .rr.yaml:2:48
  |
2 |   pool: {num_workers: \"${WORKERS}\", max_jobs: '${JOBS}'}
  |                                                ^^^^^^^
  = help: set it, or name a default: `${JOBS:-default}`; `$$` is a plain `$`

error: `${` without its `}`
 --> .rr.yaml:3:13
  |
3 |   address: :${PORT
  |             ^^^^^^
  = help: write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`

warning: the variable `OUT` is not set and has no default: it becomes empty text
 --> .rr.yaml:4:19
  |
4 | logs: {output: 'a $OUT'}
  |                   ^^^^
  = help: set it, or name a default: `${OUT:-default}`; `$$` is a plain `$`

error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
 --> .rr.yaml:2:23
  |
2 |   pool: {num_workers: \"${WORKERS}\", max_jobs: '${JOBS}'}
  |                       ^^^^^^^^^^^^
",
    );
}

#[test]
fn thousands_of_findings_are_cut_off_and_an_error_among_them_is_kept() {
    let in_one: String = (0..50_000).map(|n| format!("$V{n}")).collect();
    let items: String = (0..2_000).map(|n| format!("$W{n}, ")).collect();
    let found = load_one(&format!("x-a: ['{in_one}', {items}]\nx-b: '${{'\n")).found;
    assert_eq!(found.iter().count(), 1001);
    assert!(found.has_errors());
}

#[test]
fn a_required_value_with_a_malformed_variable_is_not_missing() {
    load_one("server: {command: '${PHP', user: [x]}\nlogs: ${X\n").check(
        "
error: `${` without its `}`
 --> .rr.yaml:1:20
  |
1 | server: {command: '${PHP', user: [x]}
  |                    ^^^^^
  = help: write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`

error: `${` without its `}`
 --> .rr.yaml:2:7
  |
2 | logs: ${X
  |       ^^^
  = help: write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`

error: `server.user`: expected text, found a list
 --> .rr.yaml:1:28
  |
1 | server: {command: '${PHP', user: [x]}
  |                            ^^^^
",
    );
}

#[test]
fn what_a_secret_variable_holds_is_not_shown() {
    load_one("http: {address: \"${API_TOKEN}\"}").check(
        "
error: `http.address`: `***` has no port
 --> .rr.yaml:1:17
  |
1 | http: {address: \"${API_TOKEN}\"}
  |                 ^^^^^^^^^^^^^^
",
    );
}
