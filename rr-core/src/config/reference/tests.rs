//! Settings found and missed in sections like those of real services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Setting};
use crate::config::{Address, Duration, schema::Section};

/// HTTP in front of workers.
#[derive(Deserialize, JsonSchema)]
struct Http {
    /// Where to listen.
    #[allow(dead_code)]
    address: Address,
    /// The workers.
    #[serde(default)]
    #[allow(dead_code)]
    pool: Pool,
    /// Limits; without them there are none.
    #[allow(dead_code)]
    limits: Option<Pool>,
    /// How heads are encoded.
    #[allow(dead_code)]
    #[serde(default)]
    codec: Codec,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Pool {
    /// How many.
    #[schemars(range(max = 2048))]
    num_workers: u16,
    /// How long it may take.
    timeout: Duration,
    /// Variables.
    env: std::collections::BTreeMap<String, String>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Codec {
    /// For all.
    #[default]
    Json,
    /// For few.
    Protobuf,
}

/// Files.
#[derive(Deserialize, JsonSchema)]
struct Files {
    /// The folder.
    #[allow(dead_code)]
    dir: String,
}

fn all() -> Setting {
    Setting::of([
        Section::of::<Files>("http.static"),
        Section::of::<Http>("http"),
        Section::of::<()>("informer").implied(true),
    ])
}

fn check(path: &str, expected: &str) {
    let shown = match all().find(path) {
        Ok(it) => format!(
            "{} ({}) {} required={} default={:?}",
            it.path, it.kind, it.about, it.required, it.default
        ),
        Err(unknown) => format!("{unknown:?}"),
    };
    assert_eq!(shown, expected);
}

#[test]
fn settings_are_found() {
    check(
        "http.address",
        "http.address (address: `host:port`, `:port` or `unix://path`) Where to listen. required=true default=None",
    );
    check(
        "HTTP.Pool.num_workers",
        "http.pool.num_workers (whole number) How many. required=false default=Some(Number(0))",
    );
    check(
        "http.limits.timeout",
        "http.limits.timeout (duration: a number with its unit, `300ms`, `30s`, `1h3m`) How long it may take. required=false default=Some(String(\"0s\"))",
    );
    check(
        "http.static.dir",
        "http.static.dir (text) The folder. required=true default=None",
    );
    check(
        "http.pool.env.app_env",
        "http.pool.env.NAME (text)  required=false default=None",
    );
    check(
        "endure.grace_period",
        "endure.grace_period (duration: a number with its unit, `300ms`, `30s`, `1h3m`) How long a whole stop may take. required=false default=Some(String(\"30s\"))",
    );
}

#[test]
fn details() {
    let all = all();
    let codec = all.find("http.codec").unwrap();
    assert_eq!(codec.kind, Kind::Word);
    assert_eq!(codec.default, Some("json".into()));
    let words = [("json", "For all."), ("protobuf", "For few.")];
    assert_eq!(codec.words, words.map(|(a, b)| (a.into(), b.into())));
    let workers = all.find("http.pool.num_workers").unwrap();
    assert_eq!(workers.range, (Some(0.into()), Some(2048.into())));
    assert!(all.find("informer").unwrap().implied);
    assert!(all.find("http.static").unwrap().is_section);
    assert!(!all.find("http.pool").unwrap().is_section);
    assert!(all.find("endure.log_level").unwrap().is_useless);
}

#[test]
fn slips_lead_to_what_was_meant() {
    let meant = |path: &str| all().find(path).unwrap_err().meant;
    for (path, expected) in [
        ("http.pool.num_worker", Some("http.pool.num_workers")),
        ("htpp.pool.num_workers", Some("http.pool.num_workers")),
        ("http.adress", Some("http.address")),
        ("static", Some("http.static")),
        ("num_workers", None),
        ("temporal", None),
    ] {
        assert_eq!(meant(path).as_deref(), expected, "{path}");
    }
}
