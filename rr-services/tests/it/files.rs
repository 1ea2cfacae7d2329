//! The `static` middleware: files that go out, and all that stays in.
#![cfg(unix)]

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
    assert_eq!(reply.header("content-type"), ["text/css; charset=utf-8"]);
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

/// A server of the files in one folder.
async fn serve(dir: &tempfile::TempDir, more: &str) -> crate::server::Running {
    let config = format!(
        "  middleware: static\n  static:\n    dir: {}\n",
        dir.path().display()
    );
    start(&format!("{config}{more}")).await
}

#[tokio::test]
async fn parts_of_files_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..600_000_u32).map(|it| (it % 251) as u8).collect();
    fs::write(dir.path().join("a.bin"), &content).unwrap();
    fs::write(dir.path().join("empty.txt"), "").unwrap();
    let server = serve(&dir, "    calculate_etag: true").await;
    let ask = async |range: &str, more: &str| {
        let headers = format!("Range: {range}\r\n{more}");
        request(server.http, "GET", "/a.bin", &headers, b"").await
    };
    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=599999-", 599_999, 600_000),
        ("bytes=-200000", 400_000, 600_000),
        ("bytes=10-299999", 10, 300_000),
    ] {
        let reply = ask(range, "").await;
        assert_eq!(reply.status, 206, "{range}");
        assert!(reply.body == content[start..end], "{range}");
        let expected = format!("bytes {start}-{}/600000", end - 1);
        assert_eq!(reply.header("content-range"), [expected]);
        assert_eq!(reply.header("content-length"), [(end - start).to_string()]);
    }
    let behind = ask("bytes=600000-", "").await;
    assert_eq!((behind.status, behind.text()), (416, ""));
    assert_eq!(behind.header("content-range"), ["bytes */600000"]);

    let parts = ask("bytes=0-1,5-300004", "").await;
    assert_eq!(parts.status, 206);
    let kind = parts.header("content-type")[0];
    let boundary = kind
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let head = |range: &str| {
        format!(
            "\r\n--{boundary}\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes {range}/600000\r\n\r\n"
        )
    };
    let expected = [
        head("0-1").as_bytes(),
        &content[..2],
        head("5-300004").as_bytes(),
        &content[5..300_005],
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    assert!(parts.body == expected);
    assert_eq!(parts.header("content-length"), [expected.len().to_string()]);

    let etag = parts.header("etag")[0];
    assert_eq!(
        ask("bytes=0-0", &format!("If-Range: {etag}\r\n"))
            .await
            .status,
        206
    );
    let other = ask("bytes=0-0", "If-Range: \"other\"\r\n").await;
    assert_eq!(other.status, 200);
    assert!(other.body == content);
    let changed = ask("bytes=0-0", "If-Match: \"other\"\r\n").await;
    assert_eq!((changed.status, changed.text()), (412, ""));
    let head = request(server.http, "HEAD", "/a.bin", "Range: bytes=0-0\r\n", b"").await;
    assert_eq!(
        (head.status, &*head.header("content-length")),
        (200, &["600000"][..])
    );
    let empty = get(server.http, "/empty.txt").await;
    assert_eq!(
        (empty.status, &*empty.header("content-length")),
        (200, &["0"][..])
    );
    server.stop().await;
}

#[tokio::test]
async fn compressed_neighbours_go_to_who_takes_them() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("app.js", "plain"),
        ("app.js.br", "as br"),
        ("app.js.gz", "as gzip"),
        ("lone.js", "plain"),
    ] {
        fs::write(dir.path().join(name), content).unwrap();
    }
    fs::write(dir.path().join("secret.txt"), "secret").unwrap();
    symlink("secret.txt", dir.path().join("lone.js.gz")).unwrap();
    let more = "    calculate_etag: true\n    precompressed: br,gzip";
    let server = serve(&dir, more).await;
    let mut etags = vec![];
    for (path, accepted, coding, content) in [
        ("/app.js", "gzip, br", &["br"][..], "as br"),
        ("/app.js", "gzip", &["gzip"], "as gzip"),
        ("/app.js", "br;q=0.1, gzip", &["gzip"], "as gzip"),
        ("/app.js", "zstd", &[], "plain"),
        ("/app.js", "", &[], "plain"),
        ("/lone.js", "gzip, br", &[], "plain"),
    ] {
        let headers = format!("Accept-Encoding: {accepted}\r\n");
        let reply = request(server.http, "GET", path, &headers, b"").await;
        assert_eq!(
            (reply.status, reply.text()),
            (200, content),
            "{path} {accepted}"
        );
        assert_eq!(reply.header("content-encoding"), coding);
        assert_eq!(reply.header("vary"), ["accept-encoding"]);
        assert_eq!(
            reply.header("content-type"),
            ["text/javascript; charset=utf-8"]
        );
        etags.push(reply.header("etag")[0].to_owned());
        let known = format!("{headers}If-None-Match: {}\r\n", etags.last().unwrap());
        let again = request(server.http, "GET", path, &known, b"").await;
        assert_eq!((again.status, again.text()), (304, ""));
        assert_eq!(again.header("vary"), ["accept-encoding"]);
    }
    assert_ne!(etags[0], etags[1]);
    assert_ne!(etags[0], etags[3]);
    server.stop().await;
}

#[tokio::test]
async fn disguised_paths_are_not_served() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("sub")).unwrap();
    for name in [
        "sub/a.css",
        "x.php.bak",
        "y.php~",
        "b.css.",
        "c.css ",
        "UP.CSS",
        "d.ini",
    ] {
        fs::write(dir.path().join(name), "found").unwrap();
    }
    let server = serve(&dir, "    forbid: [.INI]").await;
    for (path, found) in [
        ("/sub/a.css", true),
        ("/UP.CSS", true),
        ("/%73ub/a.css", true),
        ("/sub%2fa.css", false),
        ("/sub%2Fa.css", false),
        ("/sub%5ca.css", false),
        ("/sub//a.css", false),
        ("/./sub/a.css", false),
        ("/sub/", false),
        ("/sub", false),
        ("/x.php.bak", false),
        ("/y.php~", false),
        ("/b.css.", false),
        ("/c.css%20", false),
        ("/sub/a.css%00", false),
        ("/sub/a.css%ff", false),
        ("/d.ini", false),
        ("/d.INI", false),
    ] {
        let reply = get(server.http, path).await;
        let expected = if found {
            (200, "found")
        } else {
            (404, "no such page")
        };
        assert_eq!((reply.status, reply.text()), expected, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_new_release_behind_a_link_is_served_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for release in ["1", "2"] {
        fs::create_dir(dir.path().join(release)).unwrap();
        fs::write(dir.path().join(release).join("v.txt"), release).unwrap();
    }
    let current = dir.path().join("current");
    symlink("1", &current).unwrap();
    let config = format!(
        "  middleware: static\n  static: {{dir: {}}}",
        current.display()
    );
    let server = start(&config).await;
    assert_eq!(get(server.http, "/v.txt").await.text(), "1");
    symlink("2", dir.path().join("next")).unwrap();
    fs::rename(dir.path().join("next"), &current).unwrap();
    assert_eq!(get(server.http, "/v.txt").await.text(), "2");
    server.stop().await;
}
