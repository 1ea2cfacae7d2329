use super::*;
use crate::config::schema::{Section, document};
#[test]
fn probe_schema() {
    let doc = document([
        Section::of::<Static>("http.static"),
        Section::of::<Http>("http"),
        Section::of::<Server>("server"),
        Section::of::<Logs>("logs"),
        Section::of::<Grpc>("grpc"),
        Section::of::<()>("informer"),
        Section::of::<Static>("x.y"),
    ]);
    eprintln!("{}", serde_json::to_string_pretty(&doc).unwrap());
}
