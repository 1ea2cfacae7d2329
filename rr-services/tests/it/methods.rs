//! Every RPC method of the services that are there, called by PHP in the program as it is delivered.
#![cfg(unix)]

use std::{
    collections::BTreeSet,
    io::Write as _,
    net::SocketAddr,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    project::Project,
    server::{APP, free_port},
    wire::{recorded, recordings},
};

const CALLER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/methods.php");

/// What a method is called with.
enum Argument {
    Json(Value),
    /// A message, in hex.
    Proto(&'static str),
    /// That of a public PHP package, by the name of its recording.
    Recorded(&'static str),
}

/// What it answers.
enum Answer {
    Is(Value),
    /// These are parts of it, as JSON.
    Has(&'static [&'static str]),
}

use Answer::{Has, Is};
use Argument::{Json, Proto, Recorded};

const TILL: &str = "0a0474696c6c1203616e6e";

/// In an order that makes sense: what is declared is pushed to, what is created is asked for.
fn calls() -> Vec<(&'static str, Argument, Answer)> {
    let metric =
        |name: &str, labels: Value| Json(json!({"name": name, "value": 2, "labels": labels}));
    let yes = || Is(json!(true));
    // Of `app`: the answer of methods without a result.
    let no = || Is(json!(false));
    let message = |hex: &str| Is(json!(hex));
    vec![
        ("rpc.Version", Json(json!(true)), Is(json!("2025.1.15"))),
        ("rpc.Config", Json(Value::Null), Has(&["eyJ2ZXJzaW9uIjoi"])),
        ("informer.List", Json(json!(true)), Has(&["\"http\""])),
        (
            "informer.Workers",
            Json(json!("http")),
            Has(&[
                "\"pid\":",
                "\"status\":1",
                "\"numExecs\":0",
                "\"created\":",
                "\"memoryUsage\":",
                "\"CPUPercent\":",
                "\"command\":\"\"",
                "\"statusStr\":\"ready\"",
            ]),
        ),
        ("informer.Jobs", Json(json!("jobs")), Is(Value::Null)),
        ("informer.AddWorker", Json(json!("http")), no()),
        ("informer.RemoveWorker", Json(json!("http")), no()),
        ("resetter.List", Json(json!(true)), Has(&["\"http\""])),
        ("resetter.Reset", Json(json!("http")), yes()),
        ("status.Status", Proto("0a0468747470"), message("08c801")),
        ("status.Ready", Proto("0a0468747470"), message("08c801")),
        ("metrics.Add", Recorded("metrics.Add"), yes()),
        ("metrics.Set", Recorded("metrics.Set"), yes()),
        ("metrics.Sub", metric("temp", json!([])), yes()),
        ("metrics.Observe", metric("took", json!(["a"])), yes()),
        ("metrics.Declare", Recorded("metrics.Declare"), yes()),
        ("metrics.Unregister", Recorded("metrics.Unregister"), yes()),
        ("lock.Lock", Recorded("lock.Lock"), message("0801")),
        ("lock.Lock", Recorded("lock.Lock-2"), message("")),
        ("lock.Exists", Recorded("lock.Exists"), message("0801")),
        (
            "lock.UpdateTTL",
            Recorded("lock.UpdateTTL"),
            message("0801"),
        ),
        ("lock.Release", Recorded("lock.Release"), message("0801")),
        ("lock.LockRead", Recorded("lock.LockRead"), message("0801")),
        (
            "lock.ForceRelease",
            Recorded("lock.ForceRelease"),
            message("0801"),
        ),
        ("lock.Exists", Proto(TILL), message("")),
        (
            "service.Create",
            Recorded("service.Create"),
            message("1001"),
        ),
        (
            "service.List",
            Recorded("service.List"),
            message("0a03737663"),
        ),
        // The command of each of two processes, `php a.php`.
        (
            "service.Statuses",
            Recorded("service.Statuses"),
            Has(&["22097068702061"]),
        ),
        (
            "service.Status",
            Recorded("service.Statuses"),
            Has(&["22097068702061"]),
        ),
        (
            "service.Restart",
            Recorded("service.Restart"),
            message("1001"),
        ),
        (
            "service.Terminate",
            Recorded("service.Terminate"),
            message("1001"),
        ),
        ("app.Error", Json(json!("one")), no()),
        ("app.Warning", Json(json!("two")), no()),
        ("app.Info", Recorded("app.Info"), no()),
        ("app.Debug", Json(json!("four")), no()),
        ("app.Log", Recorded("app.Log"), no()),
        (
            "app.ErrorWithContext",
            Recorded("app.InfoWithContext"),
            message(""),
        ),
        (
            "app.WarningWithContext",
            Recorded("app.InfoWithContext"),
            message(""),
        ),
        (
            "app.InfoWithContext",
            Recorded("app.InfoWithContext"),
            message(""),
        ),
        (
            "app.DebugWithContext",
            Recorded("app.InfoWithContext"),
            message(""),
        ),
        (
            "app.LogWithContext",
            Recorded("app.InfoWithContext"),
            message(""),
        ),
    ]
}

/// The codec and the argument, as the caller wants them.
fn written(argument: &Argument) -> [Value; 2] {
    match argument {
        Json(value) => [json!("json"), value.clone()],
        Proto(hex) => [json!("proto"), json!(hex)],
        Recorded(name) => {
            let frame = recorded(&format!("{name}-request"));
            let is_json = frame[1] == 0x08;
            let method = usize::from(frame[16]);
            let argument = &frame[20 + method..];
            match is_json {
                true => [json!("json"), serde_json::from_slice(argument).unwrap()],
                false => [json!("proto"), json!(hex(argument))],
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn php(rpc: SocketAddr, calls: &Value) -> Vec<Value> {
    let mut caller = Command::new("php")
        .args([CALLER, &format!("tcp://{rpc}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = caller.stdin.take().unwrap();
    stdin.write_all(calls.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = caller.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn every_method_is_called_from_php() {
    let [http, rpc, metrics, status] = [(); 4].map(|()| free_port());
    let project = Project::with(&format!(
        "version: '3'\nrpc: {{listen: 'tcp://{rpc}'}}\nserver: {{command: [php, {APP}]}}\n\
         http: {{address: '{http}', pool: {{num_workers: 1}}}}\n\
         status: {{address: '{status}'}}\nservice: {{}}\n\
         metrics:\n  address: {metrics}\n  collect:\n    hits: {{type: counter, labels: [x, y]}}\n\
         \x20   temp: {{type: gauge}}\n    took: {{type: summary, labels: [x]}}\n"
    ));
    let _server = project.serve(&[], http);
    let calls = calls();
    let asked = calls.iter().map(|(method, argument, _)| {
        let [codec, argument] = written(argument);
        json!([method, codec, argument])
    });
    let answers = php(rpc, &asked.collect());
    for ((method, _, expected), answer) in calls.iter().zip(answers) {
        match expected {
            Is(value) => assert_eq!(answer, *value, "{method}"),
            Has(parts) => {
                let text = answer.to_string();
                let missing = parts.iter().find(|it| !text.contains(**it));
                assert_eq!(missing, None, "{method}: {text}");
            }
        }
    }
}

/// The list above lacks no method that was recorded, nor one that is documented.
#[test]
fn no_method_is_left_out() {
    let calls = calls();
    let used: BTreeSet<_> = calls
        .iter()
        .filter_map(|(_, argument, _)| match argument {
            Recorded(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect();
    let of_ours = ["metrics.", "lock.", "service.", "app.", "status."];
    let missing: Vec<_> = recordings()
        .into_iter()
        .filter_map(|it| it.strip_suffix("-request").map(str::to_owned))
        .filter(|it| of_ours.iter().any(|service| it.starts_with(service)))
        .filter(|it| !used.contains(it))
        .collect();
    assert_eq!(missing, [""; 0]);

    let called: BTreeSet<_> = calls.iter().map(|(method, ..)| *method).collect();
    let services = called.iter().map(|it| it.split_once('.').unwrap().0);
    let mut counts = std::collections::BTreeMap::new();
    for service in services {
        *counts.entry(service).or_insert(0) += 1;
    }
    let documented = [
        ("app", 10),
        ("informer", 5),
        ("lock", 6),
        ("metrics", 6),
        ("resetter", 2),
        ("rpc", 2),
        ("service", 6),
        ("status", 2),
    ];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), documented);
}
