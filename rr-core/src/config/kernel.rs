//! The settings that belong to the server itself: `version`, `include`, `envfile`, `endure`.

use std::time;

use schemars::{JsonSchema as _, SchemaGenerator};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use super::{
    Diagnostic, Diagnostics, Duration, Source,
    migrate::{self, Line},
    node::{Node, Value},
    reader,
};

/// Top-level names that no service may take.
pub(super) const NAMES: [&str; 4] = ["version", "include", "envfile", "endure"];

/// Those that speak of the file they stand in.
pub(super) const FILE_KEYS: [&str; 3] = ["version", "include", "envfile"];

/// How long a whole stop may take unless `endure.grace_period` says otherwise.
const GRACE_PERIOD: Duration = Duration::from_secs(30);

/// How long the successor in an upgrade may take unless `endure.upgrade_timeout` says otherwise: it
/// boots all workers.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the clients of its predecessor may take unless `endure.drain_timeout` says otherwise:
/// only what never ends by itself needs a limit.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(300);

/// `endure`, named after today's container.
#[derive(Deserialize)]
struct Endure {
    #[serde(default = "grace_period_by_default")]
    grace_period: Duration,
    #[serde(default)]
    log_level: Option<IgnoredAny>,
    #[serde(default)]
    print_graph: Option<IgnoredAny>,
    #[serde(default)]
    watchdog_sec: u32,
    #[serde(default = "upgrade_timeout_by_default")]
    upgrade_timeout: Duration,
    #[serde(default = "drain_timeout_by_default")]
    drain_timeout: Duration,
}

/// How long the two steps of an upgrade of the running program may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpgradeTimes {
    /// Until the successor is ready: `endure.upgrade_timeout`.
    pub ready: time::Duration,
    /// From then on, until clients of the process before it have finished: `endure.drain_timeout`.
    pub drain: time::Duration,
}

fn grace_period_by_default() -> Duration {
    GRACE_PERIOD
}

fn upgrade_timeout_by_default() -> Duration {
    UPGRADE_TIMEOUT
}

fn drain_timeout_by_default() -> Duration {
    DRAIN_TIMEOUT
}

/// `endure.grace_period`.
pub(super) fn grace_period(root: &Node, found: &mut Diagnostics) -> time::Duration {
    let section = root.find("endure").filter(|section| !section.is_null());
    let Some(section) = section else {
        return GRACE_PERIOD.get();
    };
    let endure: Option<Endure> = reader::read(&section, "endure", &[], found);
    let Some(endure) = endure else {
        return GRACE_PERIOD.get();
    };
    for (name, set) in [
        ("log_level", endure.log_level.is_some()),
        ("print_graph", endure.print_graph.is_some()),
    ] {
        if let Some(node) = section.find(name).filter(|_| set) {
            let message = "it has no effect: this server has no such container";
            found.push(
                Diagnostic::warning(message)
                    .at(&node.place)
                    .path(format!("endure.{name}")),
            );
        }
    }
    endure.grace_period.get()
}

/// `endure.watchdog_sec`; what is wrong with it has been told with the grace period.
pub(super) fn watchdog(root: &Node) -> Option<time::Duration> {
    let section = root.find("endure").filter(|section| !section.is_null())?;
    let endure: Endure = reader::read(&section, "endure", &[], &mut Diagnostics::default())?;
    let seconds = u64::from(endure.watchdog_sec);
    (seconds > 0).then(|| time::Duration::from_secs(seconds))
}

/// `endure.upgrade_timeout` and `endure.drain_timeout`; what is wrong with them has been told with
/// the grace period.
pub(super) fn upgrade_times(root: &Node) -> UpgradeTimes {
    let section = root.find("endure").filter(|section| !section.is_null());
    let endure: Option<Endure> =
        section.and_then(|it| reader::read(&it, "endure", &[], &mut Diagnostics::default()));
    let (ready, drain) = match endure {
        Some(endure) => (endure.upgrade_timeout, endure.drain_timeout),
        None => (UPGRADE_TIMEOUT, DRAIN_TIMEOUT),
    };
    UpgradeTimes {
        ready: ready.get(),
        drain: drain.get(),
    }
}

/// Checks `version` of the root, after overrides.
pub(super) fn check_version(root: &Node, source: &Source, found: &mut Diagnostics) {
    const HELP: &str = "write `version: \"3\"`, or pass `-o version=3`";
    let migrate = format!(
        "`{} config migrate {}` writes it in version `3`",
        source.program,
        source.file.display()
    );
    let Some(version) = root.find("version").filter(|version| !version.is_null()) else {
        let diagnostic = match migrate::detect(root) {
            Line::One => Diagnostic::error(
                "this is a configuration of RoadRunner 1, which this server does not read",
            )
            .help(migrate),
            Line::Two | Line::Three => Diagnostic::error(
                "rr configuration file should contain a version e.g: version: \"3\"",
            )
            // With nothing in it, it is of no version.
            .help(match root.as_map().is_none_or(|it| it.0.is_empty()) {
                true => HELP.to_owned(),
                false => format!("{HELP}; where it is of RoadRunner 2, {migrate}"),
            }),
        };
        found.push(diagnostic.at(&root.place));
        return;
    };
    let diagnostic = match version.as_text() {
        Some("3") => return,
        Some("2.7") => Diagnostic::warning("version `2.7` is read as version `3`").help(migrate),
        Some(other) if migrate::detect(root) == Line::Two => Diagnostic::error(format!(
            "this is a configuration of RoadRunner {other}, which this server does not read"
        ))
        .help(migrate),
        Some(other) => Diagnostic::error(format!(
            "version `{other}` is not read by this server: it reads version `3`"
        ))
        .help("compare its sections with the documentation of version `3`, then write `version: \"3\"`"),
        None if version.value == Value::Faulty => return,
        None => Diagnostic::error("expected a version").help(HELP),
    };
    found.push(diagnostic.at(&version.place).path("version"));
}

/// An included file must be of the root's version, and its own `include` is not followed.
pub(super) fn check_included(included: &Node, root: &Node, item: &Node, found: &mut Diagnostics) {
    let expected = root.find("version");
    let expected = expected.as_ref().and_then(Node::as_text).unwrap_or("3");
    let name = item.as_text().unwrap_or_default();
    match included.find("version") {
        Some(version) if version.as_text() == Some(expected) => {}
        Some(version) => {
            let message = format!("an included file must be of the root's version, `{expected}`");
            found.push(
                Diagnostic::error(message)
                    .at(&version.place)
                    .path("version"),
            );
        }
        None => {
            let message = format!("`{name}` has no `version`");
            let help = format!("write `version: \"{expected}\"` in it, as in the root");
            found.push(
                Diagnostic::error(message)
                    .at(&item.place)
                    .path("include")
                    .help(help),
            );
        }
    }
    if let Some(nested) = included.find("include") {
        let message = "an included file includes nothing: this has no effect";
        found.push(
            Diagnostic::warning(message)
                .at(&nested.place)
                .path("include")
                .help("list the file in the root's `include`"),
        );
    }
}

/// The files of `include`: a list, or one text split at commas and spaces.
pub(super) fn included_files(root: &Node) -> Vec<Node> {
    let Some(include) = root.find("include") else {
        return Vec::new();
    };
    match include.value {
        Value::Faulty | Value::Null => Vec::new(),
        Value::List(items) => items,
        Value::Scalar(scalar) => scalar
            .text
            .split([',', ' ', '\t'])
            .filter(|name| !name.is_empty())
            .map(|name| Node::text(name, include.place.narrowed(name)))
            .collect(),
        Value::Map(_) => vec![include],
    }
}

/// The file of variables that the root names.
pub(super) fn env_file(root: &Node) -> Option<Node> {
    root.find("envfile").filter(|file| !file.is_null())
}

/// The JSON Schema of these settings, as properties of the whole.
pub(super) fn schema(generator: &mut SchemaGenerator) -> serde_json::Value {
    let mut duration = |description: &str, default: Duration| {
        let mut schema = Duration::json_schema(generator);
        schema.insert("description".to_owned(), description.into());
        schema.insert("default".to_owned(), json!(default));
        schema
    };
    let grace_period = duration("How long a whole stop may take.", GRACE_PERIOD);
    let upgrade_timeout = duration(
        "How long the successor may take, in an upgrade of the running program, until it is ready.",
        UPGRADE_TIMEOUT,
    );
    let drain_timeout = duration(
        "How long, in an upgrade, the process that was succeeded goes on with connections that it has.",
        DRAIN_TIMEOUT,
    );
    json!({
        "version": {
            "description": "Version of the format.",
            "enum": ["3", 3, "2.7", 2.7],
        },
        "include": {
            "description": "Files whose sections replace those of this one. They carry the same `version`.",
            "type": ["array", "string", "null"],
            "items": { "type": "string" },
        },
        "envfile": {
            "description": "A file of variables, `NAME=value` a line, for the values of this one and for the workers; relative to the folder of this one. What the environment sets wins.",
            "type": ["string", "null"],
        },
        "endure": {
            "description": "The server as a whole.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "grace_period": grace_period,
                "log_level": { "description": "No effect.", "deprecated": true },
                "print_graph": { "description": "No effect.", "deprecated": true },
                "watchdog_sec": {
                    "description": "Seconds between two signs of life to systemd, where it is to be more often than `WatchdogSec=` asks for; 0 is as often as that asks for.",
                    "type": "integer",
                    "minimum": 0,
                    "default": 0,
                },
                "upgrade_timeout": upgrade_timeout,
                "drain_timeout": drain_timeout,
            },
        },
    })
}
