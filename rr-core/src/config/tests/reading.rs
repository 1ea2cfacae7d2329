//! Sections into types: what is accepted, and each mistake as it is shown.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Http, Logs, Mode, Pool, Server, Static, check};
use crate::config::{Config, Diagnostics};

/// Reads one section of a text that has no mistakes.
#[track_caller]
fn read<T: DeserializeOwned>(path: &str, yaml: &str) -> T {
    let config = Config::from_text(".rr.yaml", yaml).expect("well-formed YAML");
    let mut found = Diagnostics::default();
    let section = config.section(path, &super::SECTIONS, &mut found);
    assert!(found.is_empty(), "{found}");
    section.expect("the section is there")
}

#[test]
fn values_are_converted_as_freely_as_today() {
    let http: Http = read(
        "http",
        r#"
http:
  address: :8080
  max_request_size: "5"
  access_logs: 1
  raw_body: "true"
  internal_error_code: 0x1F4
  middleware: "static, gzip,"
  http2.h2c: true
  HTTP2:
    max_concurrent_streams: "128"
  Pool:
    NUM_WORKERS: "4"
    max_jobs: ""
    allocate_timeout: 1h3m
    supervisor:
"#,
    );
    assert_eq!(http.address, ":8080".parse().ok());
    assert_eq!(http.max_request_size.get(), 5);
    assert!(http.access_logs && http.raw_body && http.http2.h2c);
    assert_eq!(http.internal_error_code, 500);
    assert_eq!(http.middleware, ["static", "gzip"]);
    assert_eq!(http.http2.max_concurrent_streams, 128);
    assert_eq!((http.pool.num_workers, http.pool.max_jobs), (4, 0));
    assert_eq!(http.pool.allocate_timeout.to_string(), "1h3m");
    assert_eq!(http.pool.supervisor, None);
}

#[test]
fn an_environment_is_a_map_or_a_list_of_maps() {
    let expected = BTreeMap::from([
        ("app_debug".to_owned(), "1".to_owned()),
        ("app_env".to_owned(), "prod".to_owned()),
        ("nothing".to_owned(), String::new()),
        ("port".to_owned(), "0755".to_owned()),
        ("version".to_owned(), "1.10".to_owned()),
        ("with.dot".to_owned(), "x".to_owned()),
    ]);
    for env in [
        "{APP_ENV: prod, APP_DEBUG: true, PORT: 0755, VERSION: 1.10, NOTHING: , with.dot: x}",
        "[APP_ENV: prod, APP_DEBUG: true, PORT: 0755, {VERSION: 1.10, NOTHING: , with.dot: x}]",
    ] {
        let server: Server = read("server", &format!("server: {{command: php, env: {env}}}"));
        assert_eq!(server.env, expected);
    }
    let server: Server = read("server", "server: {command: php, env: []}");
    assert_eq!(server.env, BTreeMap::new());
}

#[test]
fn a_command_is_text_or_a_list() {
    for (command, program, args) in [
        ("php worker.php", "php", &["worker.php"][..]),
        ("'php,my worker.php'", "php", &["my worker.php"]),
        ("[php, '-d x=1', 8080]", "php", &["-d x=1", "8080"]),
        ("[php worker.php]", "php", &["worker.php"]),
        ("php", "php", &[]),
    ] {
        let server: Server = read("server", &format!("server: {{command: {command}}}"));
        assert_eq!(
            (server.command.program(), server.command.args()),
            (
                program,
                &args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>()[..]
            )
        );
    }
}

#[test]
fn one_value_is_a_list_of_one_and_words_have_no_case() {
    let logs: Logs = read("logs", "logs: {output: stdout, mode: PRODUCTION}");
    assert_eq!(
        (logs.output, logs.mode),
        (vec!["stdout".to_owned()], Mode::Production)
    );
    let section: Static = read("http.static", "HTTP.Static: {dir: public, forbid: }");
    assert_eq!((section.dir.as_str(), section.forbid.len()), ("public", 0));
}

#[test]
fn anchors_and_merges_are_followed() {
    let yaml = "
x-pool: &pool {num_workers: 2, max_jobs: 10}
http:
  pool:
    <<: *pool
    max_jobs: 5
";
    let http: Http = read("http", yaml);
    assert_eq!(
        http.pool,
        Pool {
            num_workers: 2,
            max_jobs: 5,
            ..Pool::default()
        }
    );
    check(yaml, "");
}

#[test]
fn json_is_read_too() {
    let http: Http = read(
        "http",
        "{\n\t\"http\": {\n\t\t\"pool\": {\"num_workers\": 3}\n\t}\n}\n",
    );
    assert_eq!(http.pool.num_workers, 3);
}

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
  = help: this server reads `endure`, `envfile`, `grpc`, `http`, `include`, `logs`, `server`, `version`

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
    super::assert_rendered(
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
    super::assert_rendered(
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
    super::assert_rendered(
        &said("range: {low: 5, high: x}"),
        "
error: `range.high`: expected a whole number, not negative, found `x`
 --> .rr.yaml:1:23
  |
1 | range: {low: 5, high: x}
  |                       ^
",
    );
    super::assert_rendered(
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
fn the_grace_period_belongs_to_the_server() {
    let config = Config::from_text(".rr.yaml", "endure: {grace_period: 5s, log_level: debug}\n");
    let mut found = Diagnostics::default();
    let grace = config.expect("YAML").grace_period(&mut found);
    assert_eq!(grace.as_secs(), 5);
    super::assert_rendered(
        &found,
        "
warning: `endure.log_level`: it has no effect: this server has no such container
 --> .rr.yaml:1:40
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
    let mut found = super::findings(&config);
    assert!(!found.has_errors());
    found.deny_warnings();
    assert!(found.has_errors());
    assert!(found.to_string().starts_with("error: `htp`"));
}

/// Any tree of plain values.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as Json;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9f64).prop_map(Json::from),
        "[ -#%-~é€]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z_]{1,6}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_is_read_as_it_is(tree in tree()) {
        let config = Config::from_text(".rr.json", &format!("{{\"section\": {tree}}}"));
        let config = config.expect("JSON is YAML");
        prop_assert_eq!(&config.to_json()["section"], &tree);
        let read: Option<serde_json::Value> = config.section("section", &[], &mut Diagnostics::default());
        prop_assert_eq!(read, Some(tree));
    }

    #[test]
    fn any_tree_fits_a_section_or_is_refused_with_places(tree in tree()) {
        for section in super::SECTIONS {
            let text = serde_json::json!({ section: tree }).to_string();
            let config = Config::from_text(".rr.json", &text).expect("JSON is YAML");
            for diagnostic in super::findings(&config) {
                prop_assert!(diagnostic.place.is_some(), "{}", diagnostic);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-c:\\-\\[\\]{}&*<!|>'\"#%@`, \n\t]{0,60}") {
        if let Ok(config) = Config::from_text(".rr.yaml", &text) {
            let _ = super::findings(&config).to_string();
        }
    }
}
