//! What PHP logs: records of the program itself, as whoever reads its log gets them.

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
    time::Duration,
};

use rr_core::goridge::Codec;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::sleep};

use crate::{
    clients::{CLIENTS, calls},
    server::{APP, config, free_port},
    wire::{Wire, recorded},
};

#[tokio::test]
async fn the_application_logs() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    let logs = format!(
        "logs: {{mode: production, level: debug, output: {}}}\n",
        log.display()
    );
    let text = config(http, rpc, "  pool: {num_workers: 1}").replace(APP, CLIENTS) + &logs;
    fs::write(&path, text).unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_rr"))
        .args(["serve", "--config"])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while TcpStream::connect(http).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    let results = calls(
        http,
        json!([
            ["logger", "error", ["one"]],
            ["logger", "warning", ["two"]],
            ["logger", "info", ["three"]],
            ["logger", "debug", ["four"]],
            ["logger", "write", ["raw;"]],
            ["logger", "error", ["one", {"order": 7}]],
            ["logger", "warning", ["two", {"paid": true, "items": ["a", 1]}]],
            ["logger", "info", ["three", {"msg": "x", "logger": "y"}]],
            ["logger", "debug", ["four", {"k": "ä"}]],
            ["logger", "write", ["raw", {"k": "v", "n": 1}]],
        ]),
    )
    .await;
    assert!(
        results.as_array().unwrap().iter().all(Value::is_null),
        "{results}"
    );

    let mut wire = Wire::connect(rpc).await;
    for (sequence, level) in (1..).zip(["Error", "Warning", "Info", "Debug", "Log"]) {
        let method = format!("app.{level}");
        wire.call(Codec::Json, sequence, &method, br#""!""#).await;
        assert_eq!(wire.answer().await, (sequence, b"false".to_vec()));
    }
    wire.write(&recorded("app.InfoWithContext-request")).await;
    let answer = wire.frame().await;
    assert_eq!(
        [&*answer.head(), &*answer.payload].concat(),
        recorded("app.InfoWithContext-response")
    );

    let asked = Command::new("kill").arg(server.id().to_string()).status();
    assert!(asked.unwrap().success());
    assert!(server.wait().unwrap().success());
    let log = fs::read_to_string(&log).unwrap();
    let records: Vec<Value> = log
        .lines()
        .map(|it| serde_json::from_str::<Value>(it).unwrap())
        .filter(|it| it["logger"] == "app")
        .map(|mut it| {
            let record = it.as_object_mut().unwrap();
            record.shift_remove("ts");
            record.shift_remove("logger");
            it
        })
        .collect();
    let expected = json!([
        {"level": "error", "msg": "one"},
        {"level": "warn", "msg": "two"},
        {"level": "info", "msg": "three"},
        {"level": "debug", "msg": "four"},
        {"level": "error", "msg": "one", "order": "7"},
        {"level": "warn", "msg": "two", "paid": "true", "items": "[\"a\",1]"},
        {"level": "info", "msg": "three", "msg_": "x", "logger_": "y"},
        {"level": "debug", "msg": "four", "k": "ä"},
        {"level": "error", "msg": "!"},
        {"level": "warn", "msg": "!"},
        {"level": "info", "msg": "!"},
        {"level": "debug", "msg": "!"},
        {"level": "info", "msg": "hello", "k": "v", "n": "1"},
    ]);
    assert_eq!(Value::Array(records), expected);
    let mut stderr = String::new();
    server
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(stderr.contains("raw;raw k:v,n:1!"), "{stderr}");
}
