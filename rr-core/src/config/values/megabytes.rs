//! Sizes that the configuration counts in megabytes.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A size in a configuration: a whole number of megabytes of 1,048,576 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Megabytes(u64);

impl Megabytes {
    /// The largest size whose bytes can be counted.
    const MOST: u64 = u64::MAX >> 20;

    /// That many megabytes, at most as many as can be counted in bytes.
    pub const fn new(megabytes: u64) -> Self {
        Self(if megabytes > Self::MOST {
            Self::MOST
        } else {
            megabytes
        })
    }

    /// The number as configured.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// In bytes.
    pub const fn bytes(self) -> u64 {
        self.0 << 20
    }

    /// Whether it is nothing; many settings mean "no limit" by it.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Megabytes {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::new)
    }
}

impl fmt::Display for Megabytes {
    /// `64 MB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MB", self.0)
    }
}

impl Serialize for Megabytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Megabytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let megabytes = u64::deserialize(deserializer)?;
        if megabytes > Self::MOST {
            let message = format!("`{megabytes}` megabytes are more than any machine has");
            return Err(D::Error::custom(message));
        }
        Ok(Self(megabytes))
    }
}

impl JsonSchema for Megabytes {
    fn schema_name() -> Cow<'static, str> {
        "Megabytes".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        u64::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::Megabytes;

    #[test]
    fn megabytes_are_of_1024_squared() {
        assert_eq!("64".parse::<Megabytes>().unwrap().bytes(), 67_108_864);
        assert_eq!(Megabytes::new(u64::MAX).bytes() >> 20, u64::MAX >> 20);
        assert_eq!(Megabytes::new(64).to_string(), "64 MB");
        assert!("64M".parse::<Megabytes>().is_err());
    }
}
