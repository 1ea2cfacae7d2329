//! What PHP gets to see of a request.

use std::{path::Path, time::Duration};

use rr_services::{MiddlewareExt as _, http::Attributes};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{
    client::{get, raw, request},
    server::{services, start, start_with},
};

#[tokio::test]
async fn php_sees_the_request_as_it_was_sent() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let headers =
            "Accept: */*\r\nX-Multi: 1\r\nX-Multi: 2\r\nCookie: s=a%2Fb+c; t=q; bad=%zz\r\n";
        let reply = request(server.http, "GET", "/request?x[]=1&y=a+b", headers, b"").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(
            reply.json(),
            json!({
                "method": "GET",
                "uri": "http://shop.test/request?x[]=1&y=a+b",
                "protocol": "HTTP/1.1",
                "remote": "127.0.0.1",
                "headers": {
                    "Connection": ["close"],
                    "Accept": ["*/*"],
                    "X-Multi": ["1", "2"],
                    "Cookie": ["s=a%2Fb+c; t=q; bad=%zz"],
                },
                "cookies": {"s": "a/b c", "t": "q"},
                "query": {"x": ["1"], "y": "a b"},
                "attributes": [],
                "body": "",
                "form": null,
            }),
            "{codec}",
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn bodies_are_handed_over() {
    let server = start("").await;
    let json = "Content-Type: application/json\r\n";
    let reply = request(server.http, "PUT", "/request", json, br#"{"a":1}"#).await;
    assert_eq!(reply.json()["body"], r#"{"a":1}"#);
    let reply = request(server.http, "DELETE", "/echo", json, b"gone").await;
    assert_eq!(reply.text(), "gone");

    let big = vec![b'x'; 3 << 20];
    let reply = request(server.http, "POST", "/echo", json, &big).await;
    assert_eq!(reply.body, big);

    let chunked = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let answer = raw(server.http, chunked).await;
    assert!(answer.ends_with(b"hello world"), "{answer:?}");
    server.stop().await;
}

const URLENCODED: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[tokio::test]
async fn forms_are_parsed_into_trees() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let body = b"a[b][]=1&a[b][]=2&c=d+e";
        let reply = request(server.http, "POST", "/request", URLENCODED, body).await;
        assert_eq!(
            reply.json()["form"],
            json!({"a": {"b": ["1", "2"]}, "c": "d e"})
        );
        let reply = request(server.http, "POST", "/request", URLENCODED, b"").await;
        assert_eq!(reply.json()["form"], json!([]));
        let reply = request(server.http, "POST", "/request", URLENCODED, b"a=1&a[b]=2").await;
        assert_eq!(reply.status, 400);
        assert_eq!(
            reply.text(),
            "the form names `a[b]` both as a value and as an array\n"
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn raw_bodies_are_not_parsed() {
    let server = start("  raw_body: true").await;
    let reply = request(server.http, "POST", "/request", URLENCODED, b"a=1").await;
    assert_eq!(
        (&reply.json()["body"], &reply.json()["form"]),
        (&json!("a=1"), &json!(null))
    );
    server.stop().await;
}

const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=xyz\r\n";

#[tokio::test]
async fn uploads_are_files_until_the_answer_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let uploads = format!(
        "  uploads:\n    dir: {}\n    forbid: [.exe]",
        dir.path().display()
    );
    let server = start(&uploads).await;
    let body = b"--xyz\r\nContent-Disposition: form-data; name=\"a[b]\"\r\n\r\nvalue\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nfile one\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"g\"; filename=\"b.EXE\"\r\n\r\nMZ\r\n--xyz--\r\n";
    let reply = request(server.http, "POST", "/upload", MULTIPART, body).await;
    let mut seen = reply.json();
    let path = seen["files"]["f"]["path"].take();
    assert!(
        path.as_str()
            .unwrap()
            .starts_with(dir.path().to_str().unwrap())
    );
    assert_eq!(
        seen,
        json!({
            "form": {"a": {"b": "value"}},
            "files": {
                "f": {"name": "a.txt", "type": "text/plain", "size": 8, "error": 0, "path": null, "content": "file one"},
                "g": {"name": "b.EXE", "type": "", "size": 0, "error": 8, "path": "", "content": null},
            },
        }),
    );
    emptied(dir.path()).await;

    let reply = request(
        server.http,
        "POST",
        "/upload",
        MULTIPART,
        b"--xyz\r\nnonsense",
    )
    .await;
    assert_eq!(reply.status, 400, "{reply:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_cookie_that_is_not_ascii_costs_no_other() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let ask = b"GET /request HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
            Cookie: session=abc; city=Z\xc3\xbcrich; bad=%zz\r\nCookie: a=\"1+%32\"\r\n\r\n";
        let answer = String::from_utf8(raw(server.http, ask).await).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let seen: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            seen["cookies"],
            json!({"session": "abc", "city": "Zürich", "a": "1 2"}),
        );
        server.stop().await;
    }
    let server = start("").await;
    let crumbs = "Cookie: a=1\r\nCookie: b=2\r\n";
    let reply = request(server.http, "GET", "/request", crumbs, b"").await;
    assert_eq!(reply.json()["headers"]["Cookie"], json!(["a=1; b=2"]));
    server.stop().await;
}

/// Files are removed in the background; the folder of the server's run stays as long as it.
async fn emptied(dir: &Path) {
    for _ in 0..100 {
        let folders = dir.read_dir().unwrap().map(|it| it.unwrap().path());
        if folders
            .map(|it| it.read_dir().unwrap().count())
            .sum::<usize>()
            == 0
        {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("files are left in {}", dir.display());
}

#[tokio::test]
async fn uploads_outlive_a_client_that_leaves() {
    let (dir, notes) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let note = notes.path().join("note");
    let server = start(&format!("  uploads: {{dir: {}}}", dir.path().display())).await;
    let body = "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n\
        content\r\n--xyz--\r\n";
    let request = format!(
        "POST /late-upload?note={} HTTP/1.1\r\nHost: a\r\n{MULTIPART}Content-Length: {}\r\n\r\n{body}",
        note.display(),
        body.len(),
    );
    let mut client = TcpStream::connect(server.http).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    drop(client);
    emptied(dir.path()).await;
    assert_eq!(std::fs::read_to_string(note).unwrap(), "content");
    server.stop().await;
}

#[tokio::test]
async fn a_form_of_too_many_parts_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(&format!("  uploads: {{dir: {}}}", dir.path().display())).await;
    let part = "--xyz\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n\r\n";
    for (parts, status) in [(1000, 200), (1001, 413)] {
        let body = part.repeat(parts) + "--xyz--\r\n";
        let reply = request(server.http, "POST", "/", MULTIPART, body.as_bytes()).await;
        assert_eq!(reply.status, status, "{parts}: {}", reply.text());
        emptied(dir.path()).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_a_413() {
    let server = start("  max_request_size: 1").await;
    let big = vec![b'x'; (1 << 20) + 1];
    for headers in ["", URLENCODED] {
        let reply = request(server.http, "POST", "/echo", headers, &big).await;
        assert_eq!(reply.status, 413);
    }
    let form = [
        b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
        &big[..],
        b"\r\n--xyz--\r\n",
    ];
    let reply = request(server.http, "POST", "/upload", MULTIPART, &form.concat()).await;
    assert_eq!(reply.status, 413);

    let chunk = format!("{:x}\r\n", big.len());
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunked = [head, chunk.as_bytes(), &big, b"\r\n0\r\n\r\n"].concat();
    let answer = raw(server.http, &chunked).await;
    assert!(
        answer.starts_with(b"HTTP/1.1 413 "),
        "{:?}",
        String::from_utf8_lossy(&answer[..20])
    );
    server.stop().await;
}

#[tokio::test]
async fn workers_know_where_they_are() {
    let server = start("").await;
    let env = get(server.http, "/env").await.json();
    assert_eq!(
        env,
        json!({
            "RR_RELAY": "pipes",
            "RR_RPC": format!("tcp://{}", server.rpc),
            "RR_VERSION": "2025.1.15",
            "RR_MODE": "http",
            "APP_COLOUR": "green",
        }),
    );
    server.stop().await;
}

#[tokio::test]
async fn php_asks_a_rust_service_over_rpc() {
    let server = start("").await;
    assert_eq!(get(server.http, "/rpc?n=21").await.text(), "42");
    server.stop().await;
}

#[tokio::test]
async fn middleware_of_the_project_reaches_php_and_the_client() {
    let stamp = axum::middleware::from_fn(
        |mut request: axum::extract::Request, next: axum::middleware::Next| async move {
            let attributes = request
                .extensions_mut()
                .get_or_insert_default::<Attributes>();
            attributes.set("tenant", "acme");
            attributes.set("tries", 3);
            attributes.set("user", json!({"id": 7, "admin": true}));
            let mut response = next.run(request).await;
            let seen = axum::http::HeaderValue::from_static("yes");
            response.headers_mut().insert("x-stamp", seen);
            response
        },
    );
    for codec in ["json", "protobuf"] {
        let builder = services().middleware(stamp.clone());
        let server = start_with(
            builder,
            &format!("  codec: {codec}\n  pool: {{num_workers: 1}}"),
        )
        .await;
        let reply = get(server.http, "/request").await;
        let expected = match codec {
            "json" => json!({"tenant": ["acme"], "tries": [3], "user": [{"id": 7, "admin": true}]}),
            // It has texts alone.
            _ => json!({"tenant": ["acme"], "tries": ["3"], "user": ["{\"id\":7,\"admin\":true}"]}),
        };
        assert_eq!(reply.json()["attributes"], expected);
        assert_eq!(reply.header("x-stamp"), ["yes"]);
        server.stop().await;
    }
}
