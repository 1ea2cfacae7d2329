//! The `sendfile` middleware: files that PHP names, and those that it names in vain.
#![cfg(unix)]

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::{
    client::{Reply, request},
    server::{Running, start},
};

async fn serve(dir: &Path) -> Running {
    let config = "  middleware: sendfile\n  sendfile:\n    dirs: ";
    start(&format!("{config}{}", dir.display())).await
}

async fn ask(server: &Running, path: &Path, query: &str, headers: &str) -> Reply {
    let path = path.to_str().unwrap().replace(' ', "%20");
    let target = format!("/answer?body=from+php&X-Sendfile={path}{query}");
    request(server.http, "GET", &target, headers, b"").await
}

#[tokio::test]
async fn files_that_php_names_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    fs::create_dir(&store).unwrap();
    fs::write(store.join("a b.pdf"), "%PDF").unwrap();
    fs::write(store.join("empty"), "").unwrap();
    let large: Vec<u8> = (0..1_000_000_u32).map(|it| (it % 251) as u8).collect();
    fs::write(store.join("blob"), &large).unwrap();
    let server = serve(&store).await;

    let reply = ask(&server, &store.join("a b.pdf"), "&X-Other=kept", "").await;
    assert_eq!((reply.status, reply.text()), (200, "%PDF"));
    assert_eq!(reply.header("content-type"), ["application/pdf"]);
    assert_eq!(reply.header("content-length"), ["4"]);
    assert_eq!(reply.header("x-other"), ["kept"]);
    assert!(reply.header("x-sendfile").is_empty());
    let known = format!(
        "If-Modified-Since: {}\r\n",
        reply.header("last-modified")[0]
    );
    assert_eq!(
        ask(&server, &store.join("a b.pdf"), "", &known)
            .await
            .status,
        304
    );

    let empty = ask(&server, &store.join("empty"), "", "").await;
    assert_eq!((empty.status, empty.text()), (200, ""));
    assert_eq!(empty.header("content-length"), ["0"]);
    let blob = ask(&server, &store.join("blob"), "", "").await;
    assert!(blob.body == large);

    let query = "&Content-Type=text/x-own&ETag=%22own%22";
    let part = ask(
        &server,
        &store.join("blob"),
        query,
        "Range: bytes=10-19\r\n",
    )
    .await;
    assert_eq!(part.status, 206);
    assert!(part.body == large[10..20]);
    assert_eq!(part.header("content-type"), ["text/x-own"]);
    assert_eq!(part.header("etag"), ["\"own\""]);
    let known = "If-None-Match: \"own\"\r\n";
    assert_eq!(
        ask(&server, &store.join("blob"), query, known).await.status,
        304
    );

    let paid = ask(
        &server,
        &store.join("blob"),
        "&status=402",
        "Range: bytes=0-0\r\n",
    )
    .await;
    assert_eq!((paid.status, paid.body.len()), (402, 1_000_000));
    let empty = ask(&server, &store.join("blob"), "&status=204", "").await;
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    for name in ["content-length", "content-type", "accept-ranges"] {
        assert!(empty.header(name).is_empty(), "{name}");
    }
    let plain = request(server.http, "GET", "/", "", b"").await;
    assert_eq!(plain.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn files_elsewhere_are_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    fs::create_dir(&store).unwrap();
    for name in ["secret.txt", "store/.env", "store/index.php"] {
        fs::write(dir.path().join(name), "secret").unwrap();
    }
    symlink("../secret.txt", store.join("link.txt")).unwrap();
    symlink("index.php", store.join("code.txt")).unwrap();
    symlink("store", dir.path().join("current")).unwrap();
    fs::write(store.join("open.txt"), "open").unwrap();
    let server = serve(&dir.path().join("current")).await;
    for (path, status, text) in [
        ("store/open.txt", 200, "open"),
        ("current/open.txt", 200, "open"),
        ("secret.txt", 403, "forbidden\n"),
        ("store/../secret.txt", 403, "forbidden\n"),
        ("store/.env", 403, "forbidden\n"),
        ("store/index.php", 403, "forbidden\n"),
        ("store/code.txt", 403, "forbidden\n"),
        ("store/link.txt", 404, "not found\n"),
        ("store/missing.txt", 404, "not found\n"),
        ("store", 404, "not found\n"),
    ] {
        let reply = ask(&server, &dir.path().join(path), "", "").await;
        assert_eq!((reply.status, reply.text()), (status, text), "{path}");
        assert!(reply.header("x-sendfile").is_empty(), "{path}");
    }
    server.stop().await;
}
