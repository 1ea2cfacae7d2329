//! Each mistake as it is shown, and all of them at once.

use serde::Deserialize;

use super::{assert_rendered, check, findings};
use crate::config::{Config, Diagnostics};

#[test]
fn wrong_values_are_all_shown_at_once() {
    check(
        "\
http:
  pool:
    num_workers: many
    max_jobs: -1
    allocate_timeout: 2d
  adress: :80
  address: 8080
  access_logs: yes
  internal_error_code: 70000
  middleware: [a, [b]]
  max_request_size: 1.5
logs:
  mode: prod
",
        "
error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
 --> .rr.yaml:3:18
  |
3 |     num_workers: many
  |                  ^^^^

error: `http.pool.max_jobs`: expected a whole number, not negative, found `-1`
 --> .rr.yaml:4:15
  |
4 |     max_jobs: -1
  |               ^^

error: `http.pool.allocate_timeout`: `2d` is no duration
 --> .rr.yaml:5:23
  |
5 |     allocate_timeout: 2d
  |                       ^^
  = help: write numbers with units: `300ms`, `30s`, `1h30m`

error: `http.address`: `8080` is a port without its colon
 --> .rr.yaml:7:12
  |
7 |   address: 8080
  |            ^^^^
  = help: write `:8080` for every interface, `127.0.0.1:8080` for this machine alone

error: `http.access_logs`: expected `true` or `false`, found `yes`
 --> .rr.yaml:8:16
  |
8 |   access_logs: yes
  |                ^^^

error: `http.internal_error_code`: expected a whole number from 0 to 65535, found `70000`
 --> .rr.yaml:9:24
  |
9 |   internal_error_code: 70000
  |                        ^^^^^

error: `http.middleware[1]`: expected text, found a list
  --> .rr.yaml:10:19
   |
10 |   middleware: [a, [b]]
   |                   ^

error: `http.max_request_size`: expected a whole number, not negative, found `1.5`
  --> .rr.yaml:11:21
   |
11 |   max_request_size: 1.5
   |                     ^^^

warning: `http.adress`: unknown key, it has no effect
 --> .rr.yaml:6:3
  |
6 |   adress: :80
  |   ^^^^^^
  = help: did you mean `address`?

error: `logs.mode`: `prod` is not one of `development`, `production`, `none`
  --> .rr.yaml:13:9
   |
13 |   mode: prod
   |         ^^^^
   = help: did you mean `production`?
",
    );
}

#[test]
fn missing_keys_are_all_shown_and_faulty_ones_are_not_missing() {
    check(
        "\
grpc: {}
",
        "
error: `grpc`: the key `listen` is missing
 --> .rr.yaml:1:1
  |
1 | grpc: {}
  | ^^^^

error: `grpc`: the key `proto` is missing
 --> .rr.yaml:1:1
  |
1 | grpc: {}
  | ^^^^

error: `grpc`: the key `tls` is missing
 --> .rr.yaml:1:1
  |
1 | grpc: {}
  | ^^^^

error: `grpc`: the key `mode` is missing
 --> .rr.yaml:1:1
  |
1 | grpc: {}
  | ^^^^

error: `grpc`: the key `ping_time` is missing
 --> .rr.yaml:1:1
  |
1 | grpc: {}
  | ^^^^
",
    );
    check(
        "\
grpc:
  listen: nope
  tls: {cert: x}
  mode: [x]
  ping_time: soon
",
        "
error: `grpc.listen`: `nope` has no port
 --> .rr.yaml:2:11
  |
2 |   listen: nope
  |           ^^^^
  = help: write `nope:8080`, `:8080` for every interface, or `unix://` and a path

error: `grpc.tls`: the key `key` is missing
 --> .rr.yaml:3:3
  |
3 |   tls: {cert: x}
  |   ^^^

error: `grpc.mode`: expected one of development, production, none, found a list
 --> .rr.yaml:4:3
  |
4 |   mode: [x]
  |   ^^^^

error: `grpc.ping_time`: `soon` is no duration
 --> .rr.yaml:5:14
  |
5 |   ping_time: soon
  |              ^^^^
  = help: write numbers with units: `300ms`, `30s`, `1h30m`

error: `grpc`: the key `proto` is missing
 --> .rr.yaml:1:1
  |
1 | grpc:
  | ^^^^
",
    );
    check(
        "server: {command: '', env: 5}",
        "
error: `server.command`: command should not be empty
 --> .rr.yaml:1:19
  |
1 | server: {command: '', env: 5}
  |                   ^^
  = help: write the program and its arguments: `php worker.php`

error: `server.env`: expected a map, found `5`
 --> .rr.yaml:1:28
  |
1 | server: {command: '', env: 5}
  |                            ^
",
    );
}

#[test]
fn a_mistake_in_an_anchor_is_shown_where_it_is_written() {
    check(
        "\
x-pool: &pool
  num_workers: many
http:
  pool: *pool
",
        "
error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
 --> .rr.yaml:2:16
  |
2 |   num_workers: many
  |                ^^^^
",
    );
}

#[test]
fn secrets_are_not_shown() {
    #[derive(Debug, Deserialize)]
    struct Redis {
        #[expect(dead_code)]
        db_password: u8,
        #[expect(dead_code)]
        pool: u8,
    }
    let yaml = "redis: {pool: x, db_password: hunter2}\n";
    let config = Config::from_text(".rr.yaml", yaml).expect("YAML");
    let mut found = Diagnostics::default();
    assert!(config.section::<Redis>("redis", &[], &mut found).is_none());
    assert_rendered(
        &found,
        "
error: `redis.pool`: expected a whole number, not negative, found `x`
 --> .rr.yaml:1:15
  |
1 | redis: {pool: x, db_password: ********
  |               ^

error: `redis.db_password`: expected a whole number, not negative, found `***`
 --> .rr.yaml:1:31
  |
1 | redis: {pool: x, db_password: ********
  |                               ^^^^^^^
",
    );
}

#[test]
fn a_check_across_keys_is_not_held_against_a_key_that_is_faulty() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "RawRange")]
    struct Range {
        #[expect(dead_code)]
        low: u8,
    }
    #[derive(Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct RawRange {
        low: u8,
        high: u8,
    }
    impl TryFrom<RawRange> for Range {
        type Error = String;
        fn try_from(raw: RawRange) -> Result<Self, String> {
            match raw.low < raw.high {
                true => Ok(Self { low: raw.low }),
                false => Err("`low` must be below `high`\nhelp: swap them".to_owned()),
            }
        }
    }
    let said = |yaml| {
        let config = Config::from_text(".rr.yaml", yaml).expect("YAML");
        let mut found = Diagnostics::default();
        assert!(config.section::<Range>("range", &[], &mut found).is_none());
        found
    };
    assert_rendered(
        &said("range: {low: 5, high: x}"),
        "
error: `range.high`: expected a whole number, not negative, found `x`
 --> .rr.yaml:1:23
  |
1 | range: {low: 5, high: x}
  |                       ^
",
    );
    assert_rendered(
        &said("range: {low: 5, high: 4}"),
        "
error: `range`: `low` must be below `high`
 --> .rr.yaml:1:1
  |
1 | range: {low: 5, high: 4}
  | ^^^^^
  = help: swap them
",
    );
}

#[test]
fn a_thousand_mistakes_are_not_all_shown() {
    let items = "[],".repeat(1000);
    let config = Config::from_text(".rr.yaml", &format!("http: {{middleware: [{items}]}}"));
    let found = findings(&config.expect("YAML"));
    assert_eq!(found.iter().count(), 100);
}
