//! Heads as PHP packages were recorded writing them.

use bytes::Bytes;
use serde_json::Value;

use super::*;

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../rr-core/tests/vectors/http.json"
);

/// The payloads of all recorded answers, by name.
fn answers() -> Vec<(String, Payload)> {
    let text = std::fs::read_to_string(VECTORS).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let all = file["vectors"].as_array().unwrap().iter();
    let answers = all.filter(|it| it["direction"] == "worker->server");
    answers
        .filter(|it| it["decoded"]["flags"] != 0x40)
        .map(|it| (it["name"].as_str().unwrap().to_owned(), payload(it)))
        .collect()
}

fn payload(vector: &Value) -> Payload {
    let hex = vector["hex"].as_str().unwrap().as_bytes();
    let byte = |it: &[u8]| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap();
    let frame: Vec<u8> = hex.chunks(2).map(byte).collect();
    let mut body = Bytes::from(frame).split_off(usize::from(byte(&hex[..2]) & 15) * 4);
    let context = vector["decoded"]["options"][0].as_u64().unwrap();
    Payload {
        codec: match vector["decoded"]["flags"].as_u64().unwrap() {
            0x08 => Some(Codec::Json),
            0x80 => Some(Codec::Proto),
            _ => None,
        },
        context: body.split_to(usize::try_from(context).unwrap()),
        body,
    }
}

/// `200 content-type: a/b, set-cookie: c`
fn spelled(head: Result<Head, BadHead>) -> String {
    match head {
        Err(error) => error.to_string(),
        Ok(Head { status, headers }) => {
            let mut fields: Vec<_> = headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            fields.sort();
            format!("{} {}", status.as_u16(), fields.join(", "))
        }
    }
}

#[test]
fn recorded_answers_are_read() {
    let read = answers().into_iter();
    let read: Vec<_> = read
        .map(|(name, payload)| format!("{name} => {}", spelled(Head::read(&payload))))
        .collect();
    insta::assert_snapshot!(read.join("\n"));
}
