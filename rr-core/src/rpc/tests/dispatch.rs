//! What a call answers: methods, codecs, arguments, and the texts of what is wrong.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{call, open};
use crate::{
    goridge::Codec,
    rpc::{Methods, Plain, Registry},
};

async fn check(codec: Codec, method: &str, argument: &[u8], expected: &str) {
    let (mut stream, _served) = open().await;
    assert_eq!(call(&mut stream, codec, method, argument).await, expected);
    let alive = call(&mut stream, Codec::Json, "rpc.Version", b"true").await;
    assert_eq!(alive, "\"2025.1.15\"", "the connection lives on");
}

#[tokio::test]
async fn unknown_names() {
    for (name, expected) in [
        ("nodot", "rpc: service/method request ill-formed: nodot"),
        ("", "rpc: service/method request ill-formed: "),
        ("nope.List", "rpc: can't find service nope.List"),
        ("informer.list", "rpc: can't find method informer.list"),
        ("informer.", "rpc: can't find method informer."),
        (".List", "rpc: can't find service .List"),
        ("a.informer.List", "rpc: can't find service a.informer.List"),
    ] {
        check(Codec::Json, name, b"true", &format!("ERROR: {expected}")).await;
    }
}

#[tokio::test]
async fn no_argument_is_the_zero_value() {
    check(Codec::Json, "test.Sum", b"", "0").await;
    check(Codec::Json, "test.Sum", b"null", "0").await;
    check(Codec::Msgpack, "test.Sum", b"", "\0").await;
    check(Codec::Msgpack, "test.Sum", b"\xc0", "\0").await;
    check(Codec::Proto, "test.Double", b"", "").await;
    check(Codec::Raw, "test.Echo", b"", "").await;
    check(Codec::Json, "test.Echo", b"", "\"\"").await;
}

#[tokio::test]
async fn each_codec() {
    check(Codec::Json, "test.Sum", b"[1,2,39]", "42").await;
    check(Codec::Msgpack, "test.Sum", b"\x93\x01\x02\x27", "\x2a").await;
    check(Codec::Proto, "test.Double", b"\x0a\x02ab", "\n\x04abab").await;
    check(Codec::Raw, "test.Echo", b"\0any", "\0any").await;
    let text = format!("\"{}\"", STANDARD.encode(b"\0any"));
    check(Codec::Json, "test.Echo", text.as_bytes(), &text).await;
    check(Codec::Msgpack, "test.Echo", b"\xc4\x02ab", "\u{fffd}\x02ab").await;
    check(Codec::Raw, "rpc.Config", b"anything", r#"{"version":"3"}"#).await;
    check(
        Codec::Json,
        "rpc.Config",
        b"true",
        r#""eyJ2ZXJzaW9uIjoiMyJ9""#,
    )
    .await;
}

#[tokio::test]
async fn codecs_that_cannot_carry_the_value() {
    let not_proto = "ERROR: goridge_read_request_body: message type is not a proto";
    check(Codec::Proto, "test.Sum", b"", not_proto).await;
    check(Codec::Proto, "informer.List", b"", not_proto).await;
    check(Codec::Proto, "test.Echo", b"", not_proto).await;
    check(
        Codec::Raw,
        "test.Sum",
        b"[1]",
        "ERROR: unknown Raw payload type",
    )
    .await;
    check(
        Codec::Json,
        "test.Double",
        b"\"ab\"",
        "ERROR: this method speaks protobuf only; help: call it with the protobuf codec",
    )
    .await;
    check(
        Codec::Gob,
        "informer.List",
        b"\x03\x02\0\x01",
        "ERROR: the codec of this call is not spoken here; help: use JSON, MessagePack, protobuf or raw bytes",
    )
    .await;
}

#[tokio::test]
async fn arguments_that_are_none() {
    for (codec, method, argument, expected) in [
        (
            Codec::Json,
            "test.Sum",
            &b"[1,"[..],
            "EOF while parsing a value at line 1 column 3",
        ),
        (
            Codec::Json,
            "test.Sum",
            b"[] []",
            "trailing characters at line 1 column 4",
        ),
        (
            Codec::Json,
            "test.Echo",
            b"\"*\"",
            "Invalid symbol 42, offset 0. at line 1 column 3",
        ),
        (
            Codec::Msgpack,
            "test.Sum",
            b"\xa1x",
            "invalid type: string \"x\", expected a sequence",
        ),
        (
            Codec::Proto,
            "test.Double",
            b"\x0a\x09ab",
            "failed to decode Protobuf message: buffer underflow",
        ),
    ] {
        check(codec, method, argument, &format!("ERROR: {expected}")).await;
    }
}

#[tokio::test]
async fn a_method_that_panics_fails_alone() {
    check(
        Codec::Json,
        "test.Panic",
        b"",
        "ERROR: internal error: `test.Panic` panicked",
    )
    .await;
}

#[test]
fn two_methods_of_one_name_are_refused_with_both_places() {
    let one = Methods::new("shop").method("Stock", async |()| Plain(1));
    let other = Methods::new("shop").method("Stock", async |()| Plain(2));
    let Err(duplicate) = Registry::new([one, other]) else {
        panic!("two of a name are refused");
    };
    assert_eq!(duplicate.first.line() + 1, duplicate.second.line());
    let text = duplicate.to_string();
    let begin = "the RPC method `shop.Stock` exists twice: registered at rr-core/src/rpc/tests/";
    assert!(text.starts_with(begin), "{text}");
}

#[test]
fn several_may_add_to_one_service() {
    let one = Methods::new("shop").method("Stock", async |()| Plain(1));
    let other = Methods::new("shop").method_with("Price", &5, async |price, ()| Plain(price));
    let registry = Registry::new([one, other]).unwrap();
    assert_eq!(registry.names(), ["shop.Price", "shop.Stock"]);
}
