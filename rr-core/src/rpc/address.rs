//! Where an RPC server listens: `tcp://host:port` or `unix://path`.

use std::{borrow::Cow, fmt, path::PathBuf, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// The value of `rpc.listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `host:port`; an empty host means every interface for a server, loopback for a client.
    Tcp(String),
    /// The path of a socket.
    Unix(PathBuf),
}

/// A text that is no [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address; expected `tcp://host:port` or `unix://path`")]
pub struct AddressError(pub String);

impl Default for Address {
    /// `tcp://127.0.0.1:6001`, where PHP clients look by default.
    fn default() -> Self {
        Self::Tcp("127.0.0.1:6001".to_owned())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let address = match text.split_once("://") {
            Some(("tcp", at)) if has_port(at) => Self::Tcp(at.to_owned()),
            Some(("unix", path)) if !path.is_empty() => Self::Unix(path.into()),
            _ => return Err(AddressError(text.to_owned())),
        };
        Ok(address)
    }
}

fn has_port(at: &str) -> bool {
    at.rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(at) => write!(f, "tcp://{at}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "RpcAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(tcp://.*:[0-9]+|unix://.+|.*\\$\\{?\\w.*)$",
            "examples": ["tcp://127.0.0.1:6001", "unix:///run/rr.sock"],
        })
    }
}
