//! Old files in, new files out: texts as people have them.

use insta::assert_snapshot;

use super::{Line, migrate};
use crate::config::Config;

/// The new file and the notes. What is written is read again, and no comment is lost.
fn shown(old: &str) -> String {
    let migrated = migrate(".rr.yaml", old).unwrap();
    let new = &migrated.text;
    Config::from_text(".rr.yaml", new).unwrap_or_else(|found| panic!("{found}\n{new}"));
    for comment in old.lines().filter_map(|it| Some(it.split_once("# ")?.1)) {
        assert!(new.contains(comment), "`{comment}` is lost:\n{new}");
    }
    let notes: Vec<_> = migrated.notes.iter().map(ToString::to_string).collect();
    let notes = notes.join("\n");
    format!("{new}--- {:?}\n{notes}", migrated.from)
}

#[test]
fn a_file_of_roadrunner_1() {
    assert_snapshot!(shown(
        r#"# The shop's server.
# Ask Ann before you change it.

env:
  APP_ENV: prod      # not `dev`
  price: "5$"
  DB: ${DB_URL}

# What PHP calls.
rpc:
  enable: true
  listen: tcp://127.0.0.1:6001

http:
  address: 0.0.0.0:8080
  maxRequestSize: 200   # MB
  ssl:
    port: 8443
    redirect: true
    cert: server.crt
    key: server.key
  trustedSubnets: ["10.0.0.0/8", "127.0.0.0/8"]
  appErrorCode: 502
  # the PHP side
  workers:
    command: "php psr-worker.php pipes"
    relay: "pipe"
    relayTimeout: 10
    pool:
      numWorkers: 4   # as many as cores
      maxJobs: 100
      allocateTimeout: 60
      destroyTimeout: 30s
      # nothing below

headers:
  cors:
    allowedOrigin: "*"
    maxAge: 600
  response:
    X-Powered-By: "shop"

static:
  dir: "public"
  forbid: [".php", ".htaccess"]
  always: [".css"]

limit:
  interval: 1
  services:
    http:
      maxMemory: 100
      execTTL: 60
    jobs:
      TTL: 10

health:
  address: localhost:2113
# the end
"#
    ));
}

#[test]
fn extensions_of_roadrunner_1() {
    assert_snapshot!(shown(
        r#"http:
  address: :80
  workers: {command: php web.php, relay: pipes}
jobs:
  amqp:
    addr: amqp://guest:guest@localhost:5672/
  dispatch:
    app-job-*.pipeline: mail
  pipelines:
    mail: {broker: amqp, queue: mail}
    local: {broker: ephemeral} # in memory
  consume: [mail]
  workers:
    command: php jobs.php
    pool: {numWorkers: 2}
limit:
  interval: 2
  services:
    jobs: {TTL: 60}
    other: {TTL: 60}
"#
    ));
}

#[test]
fn dotted_keys_and_brackets_of_roadrunner_1() {
    assert_snapshot!(shown(
        "http: {address: ':80', workers.command: php app.php, workers.pool: {numWorkers: 2}} # all\n\
         gzip: {enable: false}\n"
    ), @r#"
    version: "3"

    server:
      command: php app.php
      protocol: goridge-v2 # that of spiral/roadrunner 1 in composer.json; remove with a later one

    http: # all
      address: ':80'
      pool:
        num_workers: 2
      middleware: [] # the first sees a request first
      uploads:
        forbid: [.php, .exe, .bat] # the default of RoadRunner 1
    --- One
    "#);
}

#[test]
fn a_file_of_roadrunner_2() {
    assert_snapshot!(shown(
        r#"version: "2.7"

# started by supervisord
server:
  command: "php worker.php"
  relay_timeout: 20s   # was too short

http:
  address: 0.0.0.0:8080
  middleware: ["static", "headers", "gzip"]
  otel:
    insecure: true
  new_relic:
    app_name: shop
  pool:
    num_workers: 4

jobs:
  consume: ["mail"]
  pipelines:
    mail:
      driver: memory
      # first come
      priority: 10
      prefetch: 100
    new:
      driver: memory
      config: {priority: 1}

kv:
  local:
    driver: memory
    config: {}
  cache:
    driver: redis
    addrs:
      - "localhost:6379"   # the small one

websockets:
  broker: default
"#
    ));
}

#[test]
fn who_a_file_was_written_for() {
    let check = |text: &str, expected: Line| {
        assert_eq!(migrate("x", text).unwrap().from, expected, "{text}");
    };
    check("http: {workers: {command: php}}", Line::One);
    check("http: {workers.command: php}", Line::One);
    check("static: {dir: .}", Line::One);
    check("rpc: {enable: false}", Line::One);
    check("version: '2.12'", Line::Two);
    check("server: {command: php}", Line::Two);
    check("version: 2.7", Line::Two);
    check("version: '3'\nhttp: {workers: {}}", Line::Three);
    check("version: 3", Line::Three);
}

#[test]
fn a_file_of_version_3_stays_as_it_is() {
    let text = "version: '3' # odd   spaces\n\n\n\nhttp:   {}\n";
    let migrated = migrate(".rr.yaml", text).unwrap();
    assert_eq!(migrated.text, text);
    assert_eq!(migrated.notes, []);
}

#[test]
fn what_is_no_configuration_is_refused() {
    let found = migrate(".rr.yaml", "a: [").unwrap_err();
    assert!(found.has_errors());
    assert!(migrate(".rr.yaml", "- a\n").unwrap_err().has_errors());
}

#[test]
fn texts_over_several_lines_and_odd_ones_keep_their_meaning() {
    let old = "version: '2.7'\nx:\n  a: |\n    # no comment\n    two\n  b: \"q: # no comment\" # a comment\n  c: it's # so\n  d:\n    - >-\n      # none\n    - e # one\n";
    let new = migrate(".rr.yaml", old).unwrap().text;
    let value = |text: &str| Config::from_text("", text).unwrap().to_json()["x"].clone();
    assert_eq!(value(&new), value(old));
    assert_snapshot!(new, @r##"
    version: "3"

    x:
      a: "# no comment\ntwo\n"
      b: "q: # no comment" # a comment
      c: it's # so
      d:
        - "# none"
        - e # one
    "##);
}
