//! Addresses to listen on or to connect to: `127.0.0.1:8080`, `tcp://:6001`, `unix://rr.sock`, `fd://web`.

use std::{borrow::Cow, fmt, path::PathBuf, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

pub(super) const TYPE_NAME: &str = "rr::Address";

/// Where to listen, in a configuration.
///
/// `host:port`, `:port` (every interface), `tcp://host:port`, `unix://path` or `fd://name`; an IPv6
/// address stands in brackets: `[::1]:8080`. Names are not looked up here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A TCP port.
    Tcp {
        /// Name or literal without brackets; empty for every interface.
        host: String,
        /// 0 lets the system choose.
        port: u16,
    },
    /// A unix socket.
    Unix(PathBuf),
    /// A socket that whoever started the server has opened and handed over, as systemd does: the
    /// number of its descriptor, 3 being the first, or its name (`FileDescriptorName=`).
    Inherited(String),
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is written.
    #[error("expected an address such as `127.0.0.1:8080`, found empty text")]
    Empty,
    /// A host alone.
    #[error(
        "`{0}` has no port\nhelp: write `{0}:8080`, `:8080` for every interface, or `unix://` and a path"
    )]
    NoPort(String),
    /// A port alone.
    #[error(
        "`{0}` is a port without its colon\nhelp: write `:{0}` for every interface, `127.0.0.1:{0}` for this machine alone"
    )]
    PortAlone(String),
    /// The port is not one.
    #[error("the port of `{0}` is not a number from 0 to 65535")]
    BadPort(String),
    /// More colons than brackets explain.
    #[error("`{0}` has too many colons\nhelp: an IPv6 address stands in brackets: `[::1]:8080`")]
    NoBrackets(String),
    /// Neither TCP nor a unix socket.
    #[error(
        "`{0}` is no address that can be listened on\nhelp: write `tcp://host:port`, `unix://path` or `fd://name`"
    )]
    BadScheme(String),
    /// `unix://` and nothing behind it.
    #[error("`unix://` lacks the path of the socket")]
    NoPath,
    /// `fd://` and nothing behind it.
    #[error("`fd://` lacks the name or the number of the socket that is handed over")]
    NoName,
}

impl Address {
    /// With its scheme, as workers and clients are told: `tcp://127.0.0.1:6001`,
    /// `unix:///run/rr.sock`.
    pub fn dsn(&self) -> String {
        match self {
            Self::Tcp { .. } => format!("tcp://{self}"),
            Self::Unix(_) | Self::Inherited(_) => self.to_string(),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = match text.split_once("://") {
            Some(("unix", "")) => return Err(AddressError::NoPath),
            Some(("unix", path)) => return Ok(Self::Unix(path.into())),
            Some(("fd", "")) => return Err(AddressError::NoName),
            Some(("fd", name)) => return Ok(Self::Inherited(name.to_owned())),
            Some(("tcp", rest)) => rest,
            Some(_) => return Err(AddressError::BadScheme(text.to_owned())),
            None => text,
        };
        let Some((host, port)) = rest.rsplit_once(':') else {
            return Err(match rest {
                "" => AddressError::Empty,
                port if port.bytes().all(|c| c.is_ascii_digit()) => {
                    AddressError::PortAlone(port.to_owned())
                }
                host => AddressError::NoPort(host.to_owned()),
            });
        };
        let host = match host.strip_prefix('[').map(|host| host.strip_suffix(']')) {
            Some(Some(host)) if !host.contains(['[', ']']) => host,
            Some(_) => return Err(AddressError::NoPort(rest.to_owned())),
            None if host.contains([':', '[', ']']) => {
                return Err(AddressError::NoBrackets(rest.to_owned()));
            }
            None => host,
        };
        let digits = port.bytes().all(|c| c.is_ascii_digit());
        match port.parse() {
            Ok(port) if digits => Ok(Self::Tcp {
                host: host.to_owned(),
                port,
            }),
            _ => Err(AddressError::BadPort(rest.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    /// As it is written: `127.0.0.1:8080`, `:8080`, `[::1]:8080`, `unix://rr.sock`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Inherited(name) => write!(f, "fd://{name}"),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TYPE_NAME, AddressVisitor)
    }
}

struct AddressVisitor;

impl<'de> Visitor<'de> for AddressVisitor {
    type Value = Address;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address such as `127.0.0.1:8080`")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Address, D::Error> {
        inner.deserialize_str(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Address, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "address",
            "type": "string",
            "pattern": "^(tcp://)?[^/]*:[0-9]{1,5}$|^(unix|fd)://.",
            "patternErrorMessage": "an address is `host:port`, `:port` for all interfaces, or `unix://path`",
            "examples": ["127.0.0.1:8080", ":8080", "tcp://127.0.0.1:6001", "unix://rr.sock"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Address;

    fn check(text: &str, expected: &str) {
        let shown = match text.parse::<Address>() {
            Ok(address) => format!("{address} {}", address.dsn()),
            Err(err) => err
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn addresses() {
        check("127.0.0.1:8080", "127.0.0.1:8080 tcp://127.0.0.1:8080");
        check(":8080", ":8080 tcp://:8080");
        check(
            "tcp://127.0.0.1:6001",
            "127.0.0.1:6001 tcp://127.0.0.1:6001",
        );
        check("tcp://:6001", ":6001 tcp://:6001");
        check("localhost:0", "localhost:0 tcp://localhost:0");
        check("[::1]:80", "[::1]:80 tcp://[::1]:80");
        check("[::]:80", "[::]:80 tcp://[::]:80");
        check("unix://rr.sock", "unix://rr.sock unix://rr.sock");
        check(
            "unix:///run/rr.sock",
            "unix:///run/rr.sock unix:///run/rr.sock",
        );
        check("fd://3", "fd://3 fd://3");
        check("fd://web", "fd://web fd://web");
    }

    #[test]
    fn no_addresses() {
        check(
            "",
            "expected an address such as `127.0.0.1:8080`, found empty text",
        );
        check(
            "tcp://",
            "expected an address such as `127.0.0.1:8080`, found empty text",
        );
        check("localhost", "`localhost` has no port");
        check("8080", "`8080` is a port without its colon");
        check("::1:80", "`::1:80` has too many colons");
        check("[::1]", "`[::1]` has no port");
        check(
            "a:65536",
            "the port of `a:65536` is not a number from 0 to 65535",
        );
        check(
            "a:+80",
            "the port of `a:+80` is not a number from 0 to 65535",
        );
        check("a:", "the port of `a:` is not a number from 0 to 65535");
        check("unix://", "`unix://` lacks the path of the socket");
        check(
            "fd://",
            "`fd://` lacks the name or the number of the socket that is handed over",
        );
        check(
            "http://a:80",
            "`http://a:80` is no address that can be listened on",
        );
    }

    proptest! {
        #[test]
        fn what_is_read_is_shown_so_that_it_reads_the_same(text in r"(tcp://|unix://|fd://)?[a-z0-9.:\[\]/]{0,12}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address.clone()));
                prop_assert_eq!(address.dsn().parse(), Ok(address));
            }
        }
    }
}
