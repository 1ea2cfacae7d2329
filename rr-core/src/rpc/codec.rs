//! How arguments and results travel: [`Plain`], [`Message`] and [`Raw`], each for its codecs.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned, Visitor},
};

use super::RpcError;
use crate::goridge::Codec;

/// What a method can take: `()` (whatever came is ignored), [`Plain`], [`Message`] or [`Raw`].
#[diagnostic::on_unimplemented(
    message = "an RPC method cannot take `{Self}`",
    note = "a method takes `()`, or `Plain<T>`, `Message<T>` or `Raw` around its argument"
)]
pub trait Argument: Sized {
    /// Whether it is bytes: they travel as they are on the older wire, all else is JSON there.
    const BYTES: bool = false;

    /// Reads the argument of a call; no bytes at all mean the type's zero value.
    ///
    /// # Errors
    /// When the bytes are no such value, or the codec cannot carry one.
    fn decode(codec: Codec, bytes: Bytes) -> Result<Self, RpcError>;
}

/// What a method can return: [`Plain`], [`Message`], [`Raw`], or a `Result` with one of them
/// and anything that becomes an [`RpcError`].
#[diagnostic::on_unimplemented(
    message = "an RPC method cannot return `{Self}`",
    note = "a method returns `Plain<T>`, `Message<T>` or `Raw`, or a `Result` of these"
)]
pub trait Answer: Sized {
    /// Whether it is bytes: they travel as they are on the older wire, all else is JSON there.
    const BYTES: bool = false;

    /// Whether `codec` can carry it: asked before the method runs, so that a call
    /// which cannot be answered has no effect.
    ///
    /// # Errors
    /// With the text for the client, when it cannot.
    fn check(codec: Codec) -> Result<(), RpcError>;

    /// Appends the encoded value to `out`.
    ///
    /// # Errors
    /// When the method failed, or its value has no such encoding.
    fn encode(self, codec: Codec, out: &mut Vec<u8>) -> Result<(), RpcError>;
}

/// A value of plain data, in JSON or MessagePack.
///
/// As an argument, no bytes and `null` are `T::default()`; take an `Option` where the
/// difference matters.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain<T>(pub T);

/// A protobuf message. No bytes are the message with all its defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<T>(pub T);

/// Bytes as they are in the raw codec, a base64 string in JSON, a byte string in MessagePack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw(pub Bytes);

const ONLY_PROTO: RpcError =
    RpcError::fixed("this method speaks protobuf only; help: call it with the protobuf codec");
pub(super) const NO_CODEC: RpcError = RpcError::fixed(
    "the codec of this call is not spoken here; help: use JSON, MessagePack, protobuf or raw bytes",
);

impl Argument for () {
    fn decode(_: Codec, _: Bytes) -> Result<Self, RpcError> {
        Ok(())
    }
}

impl<T: DeserializeOwned + Default> Argument for Plain<T> {
    fn decode(codec: Codec, bytes: Bytes) -> Result<Self, RpcError> {
        let value: Option<T> = match codec {
            Codec::Json | Codec::Msgpack if bytes.is_empty() => None,
            Codec::Json => serde_json::from_slice(&bytes)?,
            Codec::Msgpack => rmp_serde::from_slice(&bytes)?,
            other => return Err(unfit(other)),
        };
        Ok(Self(value.unwrap_or_default()))
    }
}

impl<T: prost::Message + Default> Argument for Message<T> {
    fn decode(codec: Codec, bytes: Bytes) -> Result<Self, RpcError> {
        match codec {
            Codec::Proto => Ok(Self(T::decode(bytes)?)),
            _ => Err(ONLY_PROTO),
        }
    }
}

impl Argument for Raw {
    const BYTES: bool = true;

    fn decode(codec: Codec, bytes: Bytes) -> Result<Self, RpcError> {
        if codec == Codec::Raw {
            return Ok(Self(bytes));
        }
        let Plain(Blob(bytes)) = Plain::decode(codec, bytes)?;
        Ok(Self(bytes))
    }
}

impl<T: Serialize> Answer for Plain<T> {
    fn check(codec: Codec) -> Result<(), RpcError> {
        match codec {
            Codec::Json | Codec::Msgpack => Ok(()),
            other => Err(unfit(other)),
        }
    }

    fn encode(self, codec: Codec, out: &mut Vec<u8>) -> Result<(), RpcError> {
        match codec {
            Codec::Json => Ok(serde_json::to_writer(out, &self.0)?),
            Codec::Msgpack => {
                let mut to = rmp_serde::Serializer::new(out).with_struct_map();
                Ok(self.0.serialize(&mut to)?)
            }
            other => Err(unfit(other)),
        }
    }
}

impl<T: prost::Message> Answer for Message<T> {
    fn check(codec: Codec) -> Result<(), RpcError> {
        match codec {
            Codec::Proto => Ok(()),
            _ => Err(ONLY_PROTO),
        }
    }

    fn encode(self, _: Codec, out: &mut Vec<u8>) -> Result<(), RpcError> {
        Ok(self.0.encode(out)?)
    }
}

impl Answer for Raw {
    const BYTES: bool = true;

    fn check(codec: Codec) -> Result<(), RpcError> {
        match codec {
            Codec::Raw => Ok(()),
            other => Plain::<Blob>::check(other),
        }
    }

    fn encode(self, codec: Codec, out: &mut Vec<u8>) -> Result<(), RpcError> {
        if codec == Codec::Raw {
            out.extend_from_slice(&self.0);
            return Ok(());
        }
        Plain(Blob(self.0)).encode(codec, out)
    }
}

impl<T: Answer, E: Into<RpcError>> Answer for Result<T, E> {
    const BYTES: bool = T::BYTES;

    fn check(codec: Codec) -> Result<(), RpcError> {
        T::check(codec)
    }

    fn encode(self, codec: Codec, out: &mut Vec<u8>) -> Result<(), RpcError> {
        self.map_err(Into::into)?.encode(codec, out)
    }
}

/// Why plain data cannot travel in `codec`; the first two texts are RoadRunner's.
fn unfit(codec: Codec) -> RpcError {
    match codec {
        Codec::Raw => RpcError::fixed("unknown Raw payload type"),
        Codec::Proto => RpcError::fixed("goridge_read_request_body: message type is not a proto"),
        _ => NO_CODEC,
    }
}

/// Bytes among plain data: base64 where the format is text.
#[derive(Default)]
struct Blob(Bytes);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => to.serialize_str(&BASE64.encode(&self.0)),
            false => to.serialize_bytes(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match from.is_human_readable() {
            true => from.deserialize_str(BlobVisitor),
            false => from.deserialize_byte_buf(BlobVisitor),
        }
    }
}

struct BlobVisitor;

impl Visitor<'_> for BlobVisitor {
    type Value = Blob;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes (in JSON: a base64 string)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Blob, E> {
        let bytes = BASE64.decode(text).map_err(E::custom)?;
        Ok(Blob(bytes.into()))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Blob, E> {
        Ok(Blob(Bytes::copy_from_slice(bytes)))
    }
}
