//! The configuration at its boundary: texts in, typed sections and rendered findings out.

mod accepted;
mod docs;
mod environment;
mod files;
mod load;
mod mistakes;
mod octane;
mod overlay;
mod overrides;
mod properties;
mod schema;
mod tables;
mod warnings;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, CommandLine, Config, Diagnostics, Duration, Megabytes};

/// Sections like those of real services.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Http {
    address: Option<Address>,
    middleware: Vec<String>,
    max_request_size: Megabytes,
    access_logs: bool,
    raw_body: bool,
    internal_error_code: u16,
    http2: Http2,
    pool: Pool,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Http2 {
    h2c: bool,
    max_concurrent_streams: u32,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Pool {
    num_workers: u64,
    max_jobs: u64,
    allocate_timeout: Duration,
    supervisor: Option<Supervisor>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Supervisor {
    exec_ttl: Duration,
    max_worker_memory: Megabytes,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Server {
    command: CommandLine,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    user: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Static {
    dir: String,
    #[serde(default)]
    forbid: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Logs {
    /// What the log
    /// is for.
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    output: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// For people.
    #[default]
    Development,
    /// For machines.
    Production,
    None,
}

/// Every one of its settings is required.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Grpc {
    listen: Address,
    proto: Vec<String>,
    tls: Tls,
    mode: Mode,
    ping_time: Duration,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tls {
    key: String,
    cert: String,
}

const SECTIONS: [&str; 5] = ["server", "http", "http.static", "logs", "grpc"];

/// Reads all sections, as a server does, and returns what there is to say.
fn findings(config: &Config) -> Diagnostics {
    let mut found = Diagnostics::default();
    let claimed = SECTIONS;
    config.unknown_sections(&SECTIONS, &mut found);
    config.grace_period(&mut found);
    config.section::<Server>("server", &claimed, &mut found);
    config.section::<Http>("http", &claimed, &mut found);
    config.section::<Static>("http.static", &claimed, &mut found);
    config.section::<Logs>("logs", &claimed, &mut found);
    config.section::<Grpc>("grpc", &claimed, &mut found);
    found
}

/// Checks what is said about a text, word for word.
#[track_caller]
fn check(yaml: &str, expected: &str) {
    let found = match Config::from_text(".rr.yaml", yaml) {
        Ok(config) => findings(&config),
        Err(found) => found,
    };
    assert_rendered(&found, expected);
}

#[track_caller]
fn assert_rendered(found: &Diagnostics, expected: &str) {
    let shown = found.to_string();
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    assert!(
        shown == expected,
        "--- found:\n{shown}\n--- expected:\n{expected}"
    );
}
