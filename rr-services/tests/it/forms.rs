//! Forms and uploads in odd shapes.

use std::{fs, process::Command, time::Duration};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{
    client::{Reply, request},
    server::{Running, config, free_port, start},
};

async fn post(server: &Running, boundary: &str, body: &[u8]) -> Reply {
    let kind = format!("Content-Type: multipart/form-data; boundary={boundary}\r\n");
    request(server.http, "POST", "/upload", &kind, body).await
}

fn part(head: &str, content: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
}

#[tokio::test]
async fn multipart_as_clients_write_it() {
    let server = start("").await;
    let check = async |parts: &[String], form: Value, files: Value| {
        let body = format!("{}--x--\r\n", parts.concat());
        let reply = post(&server, "x", body.as_bytes()).await;
        assert_eq!(reply.status, 200, "{body}: {reply:?}");
        let mut seen = reply.json();
        assert_eq!(seen["form"], form, "{body}");
        for file in seen["files"]
            .as_object_mut()
            .into_iter()
            .flat_map(|it| it.values_mut())
        {
            for gone in ["path", "type"] {
                file.as_object_mut().unwrap().remove(gone);
            }
        }
        assert_eq!(seen["files"], files, "{body}");
    };
    check(&[], json!([]), json!([])).await;
    check(
        &[part("name=a", "1"), part("name=a", "2")],
        json!({"a": "2"}),
        json!([]),
    )
    .await;
    check(
        &[
            part("name=\"a[]\"", "1"),
            part("name=\"a[]\"", ""),
            part("name=\"b[c][d]\"", "ü"),
        ],
        json!({"a": ["1", ""], "b": {"c": {"d": "ü"}}}),
        json!([]),
    )
    .await;
    // A file input left empty, and an empty file.
    check(
        &[
            part("name=f; filename=\"\"", ""),
            part("name=g; filename=\"g.txt\"", ""),
        ],
        json!({"f": ""}),
        json!({"g": {"name": "g.txt", "size": 0, "error": 0, "content": ""}}),
    )
    .await;
    check(
        &[
            part("name=f; filename=\"C:\\a\\b.txt\"", "x"),
            part("filename=nameless", "dropped"),
        ],
        json!([]),
        json!({"f": {"name": "b.txt", "size": 1, "error": 0, "content": "x"}}),
    )
    .await;
    let quoted = b"--a b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--a b--".as_slice();
    assert_eq!(
        post(&server, "\"a b\"", quoted).await.json()["form"],
        json!({"a": "1"})
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_form_is_the_clients_mistake() {
    let server = start("").await;
    let field = part("name=a", "1");
    for (boundary, body) in [
        ("x", "nonsense".to_owned()),
        ("x", field.clone()),
        ("x", "--x\r\nno colon\r\n\r\n1\r\n--x--".into()),
        (
            "x",
            format!("--x\r\nX: {}\r\n\r\n1\r\n--x--", "y".repeat(20_000)),
        ),
        ("", format!("{field}--x--")),
        ("caf\u{e9}", format!("{field}--x--")),
        ("x", format!("{field}{}--x--", part("name=\"a[b]\"", "1"))),
    ] {
        let reply = post(&server, boundary, body.as_bytes()).await;
        assert_eq!(reply.status, 400, "{boundary} {body}: {reply:?}");
    }
    let kind = "Content-Type: multipart/form-data\r\n";
    let reply = request(server.http, "POST", "/upload", kind, b"--x--").await;
    assert_eq!(reply.status, 400, "{reply:?}");
    let reply = request(server.http, "GET", "/upload", kind, b"").await;
    assert_eq!(reply.json()["form"], json!([]), "{reply:?}");
    server.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_not_lost() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let reply = request(
            server.http,
            "POST",
            "/request",
            kind,
            b"a=caf%E9&b\xe9=1&c=%C3%A9",
        )
        .await;
        // What is no UTF-8 is taken for Latin-1.
        assert_eq!(
            reply.json()["form"],
            json!({"a": "café", "bé": "1", "c": "é"})
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn too_many_fields_are_refused() {
    let server = start("  body: {max_fields: 3}").await;
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let reply = request(server.http, "POST", "/request", kind, b"a=1&b=2&c=3").await;
    assert_eq!(reply.status, 200);
    let reply = request(server.http, "POST", "/request", kind, b"a=1&b=2&c=3&d=4").await;
    assert_eq!(
        (reply.status, reply.text()),
        (413, "the form has more than 3 fields\n")
    );
    server.stop().await;
}

#[tokio::test]
async fn files_are_for_workers_alone_and_leftovers_go() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join("rr-uploads-killed");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("upload1"), "of a server that was killed").unwrap();
    fs::write(dir.path().join("upload2"), "somebody else's").unwrap();
    let server = start(&format!("  uploads: {{dir: {}}}", dir.path().display())).await;
    assert!(!left.exists());
    let body = format!("{}--x--", part("name=f; filename=f", "content"));
    let kind = "Content-Type: multipart/form-data; boundary=x\r\n";
    let reply = request(server.http, "POST", "/modes", kind, body.as_bytes()).await;
    assert_eq!(reply.json(), json!({"file": "600", "folder": "700"}));
    let found = dir.path().read_dir().unwrap().count();
    assert_eq!(
        found, 2,
        "the run's own folder beside what is somebody else's"
    );
    server.stop().await;
    let names: Vec<_> = dir
        .path()
        .read_dir()
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(names, ["upload2"]);
}

/// The files of a server that is killed in the midst of an upload go with the next one, while
/// those of one that runs beside it stay.
#[tokio::test]
async fn a_killed_server_leaves_nothing_for_long() {
    let dir = tempfile::tempdir().unwrap();
    let (http, rpc) = (free_port(), free_port());
    let uploads = format!("  uploads: {{dir: {}}}\n", dir.path().display());
    let path = dir.path().join("rr.yaml");
    fs::write(
        &path,
        config(http, rpc, &format!("  pool: {{num_workers: 1}}\n{uploads}")),
    )
    .unwrap();
    let mut killed = Command::new(env!("CARGO_BIN_EXE_rr"))
        .args(["serve", "--config"])
        .arg(&path)
        .spawn()
        .unwrap();
    let begin = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\
        Content-Type: multipart/form-data; boundary=x\r\n\r\n\
        --x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ncontent";
    let mut client = loop {
        match TcpStream::connect(http).await {
            Ok(client) => break client,
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    };
    client.write_all(begin).await.unwrap();
    let files = || {
        let folders = dir.path().read_dir().unwrap().map(|it| it.unwrap().path());
        folders
            .filter_map(|it| it.read_dir().ok())
            .flatten()
            .count()
    };
    while files() == 0 {
        sleep(Duration::from_millis(20)).await;
    }
    let beside = start(&uploads).await;
    assert_eq!(files(), 1, "who is alive keeps what is being uploaded");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let next = start(&uploads).await;
    assert_eq!(files(), 0);
    beside.stop().await;
    next.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_php_error_6() {
    let server = start("  uploads: {dir: /nowhere/at/all}").await;
    let body = format!("{}--x--", part("name=f; filename=f", "content"));
    let reply = post(&server, "x", body.as_bytes()).await;
    assert_eq!(reply.status, 200);
    let file = &reply.json()["files"]["f"];
    assert_eq!(
        (&file["error"], &file["path"], &file["size"]),
        (&json!(6), &json!(""), &json!(0))
    );
    server.stop().await;
}
