//! The head of a request as workers read it: JSON by default, protobuf where configured.

use std::{borrow::Cow, io::Write as _, net::IpAddr};

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, header};
use serde::Serialize;
use serde_json::Value;

use super::{attributes::Attributes, cookies::cookies, text::text};

/// What a worker is told of a request besides its body.
pub(super) struct Context<'a> {
    /// The client, without its port; `None` on a unix socket.
    pub(super) remote: Option<IpAddr>,
    pub(super) protocol: &'static str,
    pub(super) method: &'a str,
    /// Absolute.
    pub(super) uri: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a str,
    /// The body is a JSON tree of the form's fields.
    pub(super) parsed: bool,
    /// JSON text of the tree of uploads of a multipart form.
    pub(super) uploads: Option<&'a str>,
    pub(super) attributes: Option<&'a Attributes>,
}

impl Context<'_> {
    /// The keys in the order that RoadRunner writes; none is optional.
    pub(super) fn to_json(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(1024);
        out.put_slice(br#"{"remoteAddr":""#);
        if let Some(remote) = self.remote {
            // Formatting into memory cannot fail, here and below.
            write!((&mut out).writer(), "{remote}").ok();
        }
        out.put_slice(br#"","protocol":""#);
        out.put_slice(self.protocol.as_bytes());
        out.put_slice(br#"","method":"#);
        string(&mut out, self.method);
        out.put_slice(br#","uri":"#);
        string(&mut out, self.uri);
        out.put_slice(br#","headers":{"#);
        for (at, name) in self.headers.keys().filter(is_passed_on).enumerate() {
            comma(&mut out, at);
            out.put_u8(b'"');
            canonical(&mut out, name);
            out.put_slice(br#"":["#);
            for (at, value) in self.headers.get_all(name).iter().enumerate() {
                comma(&mut out, at);
                string(&mut out, &text(value.as_bytes()));
            }
            out.put_u8(b']');
        }
        out.put_slice(br#"},"cookies":{"#);
        for (at, (name, value)) in cookies(self.headers).enumerate() {
            comma(&mut out, at);
            string(&mut out, &name);
            out.put_u8(b':');
            string(&mut out, &value);
        }
        out.put_slice(br#"},"rawQuery":"#);
        string(&mut out, self.query);
        out.put_slice(match self.parsed {
            true => br#","parsed":true,"uploads":"#.as_slice(),
            false => br#","parsed":false,"uploads":"#,
        });
        out.put_slice(self.uploads.unwrap_or("null").as_bytes());
        out.put_slice(br#","attributes":{"#);
        for (at, (name, value)) in self.attributes().enumerate() {
            comma(&mut out, at);
            string(&mut out, name);
            out.put_u8(b':');
            write!((&mut out).writer(), "{value}").ok();
        }
        out.put_slice(b"}}");
        out.freeze()
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.attributes.into_iter().flat_map(Attributes::iter)
    }

    /// The message `http.v1.Request`.
    pub(super) fn to_proto(&self) -> Bytes {
        let mut headers = proto::Values::new();
        for name in self.headers.keys().filter(is_passed_on) {
            let mut canonical_name = BytesMut::new();
            canonical(&mut canonical_name, name);
            let values = self.headers.get_all(name).iter();
            headers.insert(
                String::from_utf8_lossy(&canonical_name).into_owned(),
                proto::HeaderValue {
                    value: values.map(|it| it.as_bytes().to_vec()).collect(),
                },
            );
        }
        let single = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
            let value = vec![value.as_bytes().to_vec()];
            (name.into_owned(), proto::HeaderValue { value })
        };
        let request = proto::Request {
            remote_addr: self.remote.map_or_else(String::new, |it| it.to_string()),
            protocol: self.protocol.to_owned(),
            method: self.method.to_owned(),
            uri: self.uri.to_owned(),
            header: headers,
            cookies: cookies(self.headers).map(single).collect(),
            raw_query: self.query.to_owned(),
            parsed: self.parsed,
            uploads: self.uploads.unwrap_or_default().as_bytes().to_vec(),
            attributes: self
                .attributes()
                .map(|(name, value)| {
                    let text = value
                        .as_str()
                        .map_or_else(|| value.to_string().into(), Cow::from);
                    single((name.into(), text))
                })
                .collect(),
        };
        prost::Message::encode_to_vec(&request).into()
    }
}

/// The host is in the URI.
fn is_passed_on(name: &&HeaderName) -> bool {
    **name != header::HOST
}

fn comma(out: &mut BytesMut, at: usize) {
    if at > 0 {
        out.put_u8(b',');
    }
}

fn string(out: &mut BytesMut, text: &str) {
    let mut to = serde_json::Serializer::new(out.writer());
    // Writing a string into memory cannot fail.
    text.serialize(&mut to).ok();
}

/// `x-forwarded-for` as `X-Forwarded-For`, the spelling that PHP code has always been given.
fn canonical(out: &mut BytesMut, name: &HeaderName) {
    let mut start = true;
    for byte in name.as_str().bytes() {
        out.put_u8(if start {
            byte.to_ascii_uppercase()
        } else {
            byte
        });
        start = byte == b'-';
    }
}

/// The messages of package `http.v1`.
pub(super) mod proto {
    use std::collections::BTreeMap;

    pub(in super::super) type Values = BTreeMap<String, HeaderValue>;

    #[derive(Clone, PartialEq, prost::Message)]
    pub(in super::super) struct HeaderValue {
        #[prost(bytes = "vec", repeated, tag = "1")]
        pub(in super::super) value: Vec<Vec<u8>>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(in super::super) struct Request {
        #[prost(string, tag = "1")]
        pub(in super::super) remote_addr: String,
        #[prost(string, tag = "2")]
        pub(in super::super) protocol: String,
        #[prost(string, tag = "3")]
        pub(in super::super) method: String,
        #[prost(string, tag = "4")]
        pub(in super::super) uri: String,
        #[prost(btree_map = "string, message", tag = "5")]
        pub(in super::super) header: Values,
        #[prost(btree_map = "string, message", tag = "6")]
        pub(in super::super) cookies: Values,
        #[prost(string, tag = "7")]
        pub(in super::super) raw_query: String,
        #[prost(bool, tag = "8")]
        pub(in super::super) parsed: bool,
        #[prost(bytes = "vec", tag = "9")]
        pub(in super::super) uploads: Vec<u8>,
        #[prost(btree_map = "string, message", tag = "10")]
        pub(in super::super) attributes: Values,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(in super::super) struct Response {
        #[prost(int64, tag = "1")]
        pub(in super::super) status: i64,
        #[prost(btree_map = "string, message", tag = "2")]
        pub(in super::super) headers: Values,
    }
}
