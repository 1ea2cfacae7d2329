//! Channels and rotating files of the log, as the program itself writes them.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::time::sleep;

use crate::{
    client::get,
    logging::{rr, stop, up},
    server::{config, free_port},
};

fn records(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str(it).expect(it));
    lines.collect()
}

fn put_aside(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|it| it.starts_with("programs-")).collect()
}

#[tokio::test]
async fn a_channel_has_a_file_of_its_own_that_is_put_aside_when_it_is_full() {
    const LINES: usize = 4000;
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    let script = dir.path().join("printer");
    let long = "x".repeat(1000);
    fs::write(
        &script,
        format!("seq -f 'line %g {long}' 1 {LINES}\nexec sleep 60\n"),
    )
    .unwrap();
    let text = config(http, rpc, "  pool: {num_workers: 1}")
        + &format!(
            "logs:\n  mode: production\n  output: {}\n  channels:\n    http: {{mode: none}}\n    service:\n      file_logger_options: {{log_output: {}, max_size: 1, max_backups: 2, compress: true}}\n\
             service:\n  printer: {{command: sh {}, service_name_in_log: true}}\n",
            log.display(),
            dir.path().join("programs.log").display(),
            script.display(),
        );
    fs::write(&path, text).unwrap();
    let mut server = rr(&path);
    up(http).await;
    assert_eq!(get(http, "/").await.status, 200);

    let programs = dir.path().join("programs.log");
    let limit = Instant::now() + Duration::from_secs(20);
    let is_done = || {
        let last = fs::read_to_string(&programs).unwrap_or_default();
        let names = put_aside(dir.path());
        last.contains(&format!("line {LINES} "))
            && names.len() == 2
            && names.iter().all(|it| it.ends_with(".log.gz"))
    };
    while !is_done() {
        assert!(Instant::now() < limit, "{:?}", put_aside(dir.path()));
        sleep(Duration::from_millis(20)).await;
    }
    stop(&mut server);
    assert!(fs::metadata(&programs).unwrap().len() <= 1 << 20);
    for record in records(&programs).iter().filter(|it| it["level"] == "info") {
        let message = record["msg"].as_str().unwrap();
        if message.starts_with("line ") {
            assert_eq!(record["logger"], "service.printer");
            assert!(message.ends_with(&long) && record["pid"].is_u64());
        }
    }
    let log = records(&log);
    assert!(
        log.iter()
            .all(|it| it["logger"] != "http" && it["logger"] != "service")
    );
}

#[tokio::test]
async fn two_rules_for_one_file_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".rr.yaml");
    let file = dir.path().join("app.log");
    let file = file.display();
    let text = format!(
        "version: '3'\nlogs:\n  file_logger_options: {{log_output: {file}}}\n  channels: {{http: {{output: {file}}}}}\n"
    );
    fs::write(&path, text).unwrap();
    let mut server = rr(&path);
    let mut said = String::new();
    std::io::Read::read_to_string(&mut server.stderr.take().unwrap(), &mut said).unwrap();
    assert!(!server.wait().unwrap().success());
    let expected = format!("two channels of `logs` write to `{file}`, by different rules");
    assert!(said.contains(&expected), "{said}");
}
