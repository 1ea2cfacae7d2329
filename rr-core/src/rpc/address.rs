//! Where an RPC server listens: `tcp://host:port` or `unix://path`.

use std::{borrow::Cow, fmt, path::PathBuf, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// The value of `rpc.listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP port.
    Tcp {
        /// Empty: every interface for a server, loopback for a client.
        host: String,
        /// 0 lets the system choose.
        port: u16,
    },
    /// The path of a socket.
    Unix(PathBuf),
}

/// A text that is no [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address; expected `tcp://host:port` or `unix://path`")]
pub struct AddressError(pub String);

impl Address {
    /// With its scheme, as workers and clients are told.
    #[must_use]
    pub fn dsn(&self) -> String {
        match self {
            Self::Tcp { host, port } => format!("tcp://{host}:{port}"),
            Self::Unix(path) => format!("unix://{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = || AddressError(text.to_owned());
        match text.split_once("://").ok_or_else(error)? {
            ("tcp", at) => {
                let (host, port) = at.rsplit_once(':').ok_or_else(error)?;
                let port = port.parse().map_err(|_| error())?;
                let host = host.to_owned();
                Ok(Self::Tcp { host, port })
            }
            ("unix", path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dsn())
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "RpcAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(tcp://.*:[0-9]+|unix://.+)$",
            "examples": ["tcp://127.0.0.1:6001", "unix:///run/rr.sock"],
        })
    }
}
