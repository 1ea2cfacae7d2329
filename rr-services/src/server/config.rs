//! The `server` section.

use std::{borrow::Cow, collections::BTreeMap};

use rr_core::{
    config::CommandLine,
    relay::{RelayAddress, Wire},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{on_init::OnInitConfig, placement::Placement};

/// How PHP workers are started.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ServerConfig {
    /// The command that runs one worker: a string, split at single spaces, or a list. No shell is involved.
    pub command: CommandLine,
    /// The user that workers run as. The server must run as root then.
    #[serde(default)]
    pub user: Option<String>,
    /// The group that workers run as; the user's own one where it is not given.
    #[serde(default)]
    pub group: Option<String>,
    /// Environment variables for the workers; names are upper-cased.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where frames travel: `pipes` (the workers' stdin and stdout), `tcp://host:port` or `unix://path`.
    #[serde(default)]
    pub relay: Relay,
    /// Which goridge workers speak: `goridge` for spiral/goridge 3 and 4 (RoadRunner 2 and later), `goridge-v2` for spiral/goridge 1 and 2 (RoadRunner 1).
    #[serde(default)]
    pub protocol: Protocol,
    /// Where requests are served and their workers run.
    #[serde(default)]
    pub placement: Placement,
    /// Whether one process boots the application and forks the workers, which start in milliseconds then and share its memory. It takes Linux, `RR\Worker` of php-src, and PHP with `pcntl` and `posix`; without these workers are started one by one.
    #[serde(default)]
    pub zygote: bool,
    /// Without effect since 2024.1; `pool.allocate_timeout` is the limit.
    #[serde(default)]
    pub relay_timeout: Option<String>,
    /// A command that runs once before the workers start.
    #[serde(default)]
    pub on_init: Option<OnInitConfig>,
}

/// A [`RelayAddress`] as the config writes it.
#[derive(Clone, Debug, Default)]
pub struct Relay(pub RelayAddress);

impl<'de> Deserialize<'de> for Relay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(from)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl JsonSchema for Relay {
    fn schema_name() -> Cow<'static, str> {
        "Relay".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "default": "pipes",
            "examples": ["pipes", "tcp://127.0.0.1:6002", "unix:///run/rr-relay.sock"],
        })
    }
}

/// A [`Wire`] as the config writes it. One name for each, so that files look alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protocol(pub Wire);

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(from)?;
        match &*text {
            "goridge" => Ok(Self(Wire::Frames)),
            "goridge-v2" => Ok(Self(Wire::Packages)),
            other => Err(de::Error::custom(format_args!(
                "expected `goridge` (spiral/goridge 3 and 4, RoadRunner 2 and later) or `goridge-v2` (spiral/goridge 1 and 2, RoadRunner 1), found `{other}`"
            ))),
        }
    }
}

impl JsonSchema for Protocol {
    fn schema_name() -> Cow<'static, str> {
        "Protocol".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "enum": ["goridge", "goridge-v2"],
            "enumDescriptions": [
                "spiral/goridge 3 and 4, RoadRunner 2 and later.",
                "spiral/goridge 1 and 2, RoadRunner 1.",
            ],
            "default": "goridge",
        })
    }
}

/// A section of the Go server that this one cannot serve yet: refused rather than passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unsupported {}

impl<'de> Deserialize<'de> for Unsupported {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(
            "this server cannot do that yet: remove the key, or stay with the Go server for it",
        ))
    }
}

impl JsonSchema for Unsupported {
    fn schema_name() -> Cow<'static, str> {
        "Unsupported".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "not": {}, "description": "This server cannot do that yet." })
    }
}
