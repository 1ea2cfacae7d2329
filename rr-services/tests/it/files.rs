//! Middleware that comes with the server: static files and headers.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    client::{get, request},
    server::start,
};

#[tokio::test]
async fn files_are_served_and_what_may_not_be_seen_goes_to_php() {
    let dir = tempfile::tempdir().unwrap();
    let public = dir.path().join("public");
    fs::create_dir_all(public.join(".git")).unwrap();
    fs::write(public.join("style.css"), "body {}").unwrap();
    fs::write(public.join("a b.txt"), "spaced").unwrap();
    fs::write(public.join("large.bin"), vec![7; 300_000]).unwrap();
    for name in [
        ".env",
        ".git/config.txt",
        "index.php",
        "x.PHP7",
        "y.phtml",
        "noextension",
        "z.key",
    ] {
        fs::write(public.join(name), "secret").unwrap();
    }
    fs::write(dir.path().join("outside.txt"), "secret").unwrap();
    symlink(dir.path().join("outside.txt"), public.join("link.txt")).unwrap();

    let server = start(&format!(
        "  middleware: static\n  static:\n    dir: {}\n    forbid: [.key]\n    calculate_etag: true\n    response:\n      x-from: disk",
        public.display(),
    ))
    .await;
    let reply = get(server.http, "/style.css").await;
    assert_eq!((reply.status, reply.text()), (200, "body {}"));
    assert_eq!(reply.header("content-type"), ["text/css"]);
    assert_eq!(reply.header("x-from"), ["disk"]);
    let etag = reply.header("etag")[0].to_owned();
    let known = format!("If-None-Match: {etag}\r\n");
    assert_eq!(
        request(server.http, "GET", "/style.css", &known, b"")
            .await
            .status,
        304
    );
    let part = request(
        server.http,
        "GET",
        "/style.css",
        "Range: bytes=0-3\r\n",
        b"",
    )
    .await;
    assert_eq!((part.status, part.text()), (206, "body"));
    assert_eq!(get(server.http, "/a%20b.txt").await.text(), "spaced");
    let changed = format!(
        "If-Modified-Since: {}\r\n",
        reply.header("last-modified")[0]
    );
    let again = request(server.http, "GET", "/style.css", &changed, b"").await;
    assert_eq!((again.status, again.text()), (304, ""));
    let head = request(server.http, "HEAD", "/style.css", "", b"").await;
    assert_eq!(
        (head.text(), &*head.header("content-length")),
        ("", &["7"][..])
    );
    let large = get(server.http, "/large.bin").await;
    assert_eq!(large.body, vec![7; 300_000]);
    assert_eq!(large.header("content-type"), ["application/octet-stream"]);

    for path in [
        "/.env",
        "/%2eenv",
        "/.git/config.txt",
        "/index.php",
        "/x.PHP7",
        "/y.phtml",
        "/noextension",
        "/z.key",
        "/link.txt",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/a/..%2f..%2foutside.txt",
        "/style.css/",
        "/style.css%00.txt",
        "//style.css",
        "/missing.txt",
    ] {
        let reply = get(server.http, path).await;
        assert!(!reply.text().contains("secret"), "{path}");
        assert_eq!(
            (reply.status, reply.text()),
            (404, "no such page"),
            "{path}"
        );
    }
    assert_eq!(
        request(server.http, "POST", "/style.css", "", b"")
            .await
            .status,
        404
    );
    server.stop().await;
}

#[tokio::test]
async fn links_are_followed_inside_the_folder_only() {
    let dir = tempfile::tempdir().unwrap();
    let public = dir.path().join("public");
    fs::create_dir_all(&public).unwrap();
    fs::write(dir.path().join("outside.txt"), "secret").unwrap();
    fs::write(public.join("inside.txt"), "open").unwrap();
    fs::write(public.join("index.php"), "secret").unwrap();
    symlink("inside.txt", public.join("relative.txt")).unwrap();
    symlink(public.join("inside.txt"), public.join("absolute.txt")).unwrap();
    symlink("index.php", public.join("code.txt")).unwrap();
    symlink("../outside.txt", public.join("out.txt")).unwrap();
    symlink("/dev/zero", public.join("zero.txt")).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(public.join("pipe.txt"))
        .status();
    assert!(pipe.unwrap().success());

    let server = start(&format!(
        "  middleware: static\n  static: {{dir: {}}}",
        public.display()
    ))
    .await;
    for (path, expected) in [
        ("/relative.txt", "open"),
        ("/absolute.txt", "open"),
        ("/code.txt", "no such page"),
        ("/out.txt", "no such page"),
        ("/zero.txt", "no such page"),
        ("/pipe.txt", "no such page"),
    ] {
        for headers in ["", "Range: bytes=0-99\r\n"] {
            let reply = request(server.http, "GET", path, headers, b"").await;
            assert_eq!(reply.text(), expected, "{path} {headers}");
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_changed_meanwhile_leads_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let public = dir.path().join("public");
    fs::create_dir_all(&public).unwrap();
    fs::write(dir.path().join("outside.txt"), "secret").unwrap();
    fs::write(public.join("inside.txt"), "open").unwrap();
    let server = start(&format!(
        "  middleware: static\n  static: {{dir: {}}}",
        public.display()
    ))
    .await;
    let over = Arc::new(AtomicBool::new(false));
    let swapping = std::thread::spawn({
        let over = Arc::clone(&over);
        move || {
            while !over.load(Ordering::Relaxed) {
                for target in ["inside.txt", "../outside.txt"] {
                    symlink(target, public.join("new")).unwrap();
                    fs::rename(public.join("new"), public.join("link.txt")).unwrap();
                }
            }
        }
    });
    let mut served = 0;
    for _ in 0..300 {
        for headers in ["", "Range: bytes=0-99\r\n"] {
            let reply = request(server.http, "GET", "/link.txt", headers, b"").await;
            assert_ne!(reply.text(), "secret");
            served += usize::from(reply.text() == "open");
        }
    }
    over.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
    assert!(served > 0);
    server.stop().await;
}

#[tokio::test]
async fn headers_are_added_on_both_ways() {
    let server = start(
        "  middleware: [headers]\n  headers:\n    request:\n      X-Added: in\n    response:\n      X-Out: out\n      Set-Cookie: c=3",
    )
    .await;
    let reply = get(server.http, "/request").await;
    assert_eq!(reply.json()["headers"]["X-Added"][0], "in");
    assert_eq!(reply.header("x-out"), ["out"]);
    assert_eq!(
        get(server.http, "/many").await.header("set-cookie"),
        ["a=1", "b=2", "c=3"]
    );
    server.stop().await;
}

#[tokio::test]
async fn preflights_are_answered_without_php() {
    let server = start(
        "  middleware: [headers]\n  headers:\n    cors:\n      allowed_origin: https://shop.test\n      allowed_methods: GET,PUT\n      allowed_headers: X-Token\n      allow_credentials: true\n      max_age: 600",
    )
    .await;
    let ask = "Origin: https://shop.test\r\nAccess-Control-Request-Method: PUT\r\n";
    let reply = request(server.http, "OPTIONS", "/", ask, b"").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("access-control-allow-origin"),
        ["https://shop.test"]
    );
    assert_eq!(reply.header("access-control-allow-methods"), ["GET,PUT"]);
    assert_eq!(reply.header("access-control-allow-credentials"), ["true"]);
    assert_eq!(reply.header("access-control-max-age"), ["600"]);
    let other = request(
        server.http,
        "GET",
        "/",
        "Origin: https://evil.test\r\n",
        b"",
    )
    .await;
    assert!(other.header("access-control-allow-origin").is_empty());
    server.stop().await;
}
