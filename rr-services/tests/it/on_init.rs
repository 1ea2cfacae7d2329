//! `server.on_init`: what runs before the workers, and what its failure does.

use std::{fs, time::Duration};

use crate::{
    client::get,
    server::{APP, Running, free_port, run, run_then_stop, services},
};

/// A config with a script as `on_init`, whose further keys are `more`.
fn config(dir: &tempfile::TempDir, script: &str, more: &str) -> String {
    let path = dir.path().join("init.sh");
    fs::write(&path, script).unwrap();
    format!(
        "version: '3'\nrpc: {{listen: 'tcp://127.0.0.1:0'}}\n\
         server:\n  command: [php, {APP}]\n  on_init:\n    command: sh {}\n{more}\
         http: {{address: 'ADDRESS', pool: {{num_workers: 1, destroy_timeout: 5s}}}}\n",
        path.display()
    )
}

async fn start(script: &str, more: &str) -> Result<Running, String> {
    let dir = tempfile::tempdir().unwrap();
    let http = free_port();
    let text = config(&dir, script, more).replace("ADDRESS", &http.to_string());
    run(services(), http, http, &text).await
}

#[tokio::test]
async fn the_command_has_ended_before_a_worker_starts() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let script = format!("sleep 0.3; echo \"$COLOUR $RR_RPC\" > {}", mark.display());
    let server = start(&script, "    env: {colour: green}\n").await.unwrap();
    let said = fs::read_to_string(&mark).unwrap();
    let port = said.strip_prefix("green tcp://127.0.0.1:").unwrap();
    assert_ne!(port.trim(), "0", "the port that was bound");
    assert_eq!(get(server.http, "/").await.status, 200);
    server.stop().await;
}

/// The message of a start that fails, `PATH` for the script's.
async fn fails(script: &str, more: &str) -> String {
    let Err(error) = start(script, more).await else {
        panic!("it started: {script}");
    };
    let from = error.find("(`sh ").unwrap() + 5;
    let to = error.find("`)").unwrap();
    format!("{}PATH{}", &error[..from], &error[to..])
}

#[tokio::test]
async fn a_failure_stops_the_start_with_what_was_printed() {
    insta::assert_snapshot!(
        fails("echo migrating; echo 'no database' >&2; exit 3", "").await,
        @r"
    `server` cannot start: `server.on_init.command` (`sh PATH`) ended with exit status: 3; it printed:
        migrating
        no database
    "
    );
    insta::assert_snapshot!(
        fails("exec sleep 60", "    exec_timeout: 200ms\n").await,
        @r"
    `server` cannot start: `server.on_init.command` (`sh PATH`) did not end within 200ms and was killed; it printed nothing
    help: `server.on_init.exec_timeout` is the limit
    "
    );
}

#[tokio::test]
async fn a_failure_may_be_passed_over() {
    let server = start("exit 3", "    exit_on_error: false\n").await.unwrap();
    assert_eq!(get(server.http, "/").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_command() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let script = format!("echo begun > {}; sleep 60; echo done", mark.display());
    let text = config(&dir, &script, "").replace("ADDRESS", "127.0.0.1:0");
    let failed = run_then_stop(&text, Duration::from_secs(1)).await;
    assert_eq!(failed, None);
    assert_eq!(fs::read_to_string(&mark).unwrap(), "begun\n");
}
