//! `config reload`: what a server answers, and how that is shown.

use insta::assert_snapshot;
use serde_json::json;

use super::{Ended, Exit, Folder, Running, rr};
use crate::{
    reconfigure::Report,
    rpc::{Methods, Plain},
};

/// Asks a server that answers `report`; what it was asked must be `dry_run`.
fn reload(report: serde_json::Value, dry_run: bool, arguments: &[&str]) -> Ended {
    let report: Report = serde_json::from_value(report).unwrap();
    let report = Report { dry_run, ..report };
    let server = Running::with(move || {
        let answer = move |Plain(asked): Plain<serde_json::Value>| {
            assert_eq!(asked["dry_run"], dry_run);
            let report = report.clone();
            async move { Plain(report) }
        };
        vec![Methods::new("config").method("Reload", answer)]
    });
    let folder = Folder::with(&format!("rpc:\n  listen: {}\n", server.address));
    rr(&[arguments, &["-c", &folder.file()]].concat())
}

fn change(path: &str, outcome: &str) -> serde_json::Value {
    json!({"path": path, "from": 4, "to": 8, "source": ".rr.yaml:7:18", "outcome": outcome})
}

#[test]
fn all_is_applied() {
    let report = json!({"changes": [
        change("http.pool.num_workers", "applied"),
        {"path": "logs.level", "from": "debug", "to": null, "source": null, "outcome": "applied"},
    ]});
    let told = reload(report.clone(), false, &["reload"]);
    assert_snapshot!(told, @"
    exit: 0 (Ok)
    stdout:
    applied:
      http.pool.num_workers: 4 -> 8 (.rr.yaml:7:18)
      logs.level: debug -> (not set)
    ");
    let same = reload(report.clone(), false, &["config", "reload"]);
    assert_eq!(same.to_string(), told.to_string());
    let dry = reload(report, true, &["reload", "--dry-run"]);
    assert_eq!(
        (dry.exit, &*dry.out),
        (Exit::Ok, &*told.out.replace("applied", "would be applied"))
    );
}

#[test]
fn nothing_has_changed() {
    assert_snapshot!(reload(json!({}), false, &["reload"]), @"
    exit: 0 (Ok)
    stdout:
    nothing has changed
    ");
    assert_snapshot!(reload(json!({}), false, &["reload", "-s"]), @"exit: 0 (Ok)");
}

#[test]
fn some_of_it_is_not_applied() {
    let report = json!({
        "changes": [
            change("http.pool.num_workers", "failed"),
            change("http.socket_mode", "needs_restart"),
            change("http.old", "without_effect"),
            change("logs.level", "applied"),
        ],
        "failures": [{"service": "http", "error": "the worker `php w.php` (pid 7) ended with exit status: 1"}],
    });
    assert_snapshot!(reload(report, false, &["reload"]), @"
    exit: 1 (Command)
    stdout:
    applied:
      logs.level: 4 -> 8 (.rr.yaml:7:18)
    needs a restart:
      http.socket_mode: 4 -> 8 (.rr.yaml:7:18)
    not applied:
      http.pool.num_workers: 4 -> 8 (.rr.yaml:7:18)
    without effect:
      http.old: 4 -> 8 (.rr.yaml:7:18)
    stderr:
    error: `http` goes on as before: the worker `php w.php` (pid 7) ended with exit status: 1
    error: 1 of 4 changes waits for a restart of the server
    help: restart it; where there are signals, SIGUSR2 does so without losing a request
    ");
}

#[test]
fn the_configuration_is_wrong() {
    let finding = json!({
        "severity": "error",
        "path": "http.pool.num_workers",
        "message": "expected a whole number",
        "help": null,
        "file": ".rr.yaml",
        "line": 7,
        "column": 18,
        "text": "`http.pool.num_workers`: expected a whole number\n --> .rr.yaml:7:18",
    });
    let report = json!({"findings": [finding]});
    assert_snapshot!(reload(report.clone(), false, &["reload"]), @"
    exit: 3 (Config)
    stderr:
    error: `http.pool.num_workers`: expected a whole number
     --> .rr.yaml:7:18

    error: the configuration is not reloaded: the server goes on with what it had
    ");
    let told = reload(report, false, &["reload", "--format", "json"]);
    assert_eq!((told.exit, &*told.err), (Exit::Config, ""));
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["findings"][0]["line"], 7);
}
