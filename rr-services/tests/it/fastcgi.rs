//! FastCGI: by raw records, and with nginx in front.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use rr_services::http::fcgi::{
    params::pack,
    record::{Kind, Record},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    client::{get, raw, request},
    server::{Running, free_port, start},
};

async fn start_fcgi(more: &str) -> (Running, SocketAddr) {
    let fcgi = free_port();
    let server = start(&format!("  fcgi: {{address: '{fcgi}'}}\n{more}")).await;
    (server, fcgi)
}

/// The records of a request; `flags` 1 keeps the connection.
fn records(id: u16, flags: u8, variables: &[(&str, &str)], body: &[&str]) -> Vec<u8> {
    let mut packed = BytesMut::new();
    for (name, value) in variables {
        pack(&mut packed, name.as_bytes(), value.as_bytes());
    }
    let mut out = BytesMut::new();
    let mut put = |kind, content: &[u8]| {
        let content = Bytes::copy_from_slice(content);
        Record { kind, id, content }.encode(&mut out);
    };
    put(Kind::Begin, &[0, 1, flags, 0, 0, 0, 0, 0]);
    put(Kind::Params, &packed);
    put(Kind::Params, b"");
    for part in body {
        put(Kind::Stdin, part.as_bytes());
    }
    out.to_vec()
}

fn get_records(id: u16, flags: u8, target: &str) -> Vec<u8> {
    let variables = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", target),
        ("HTTP_HOST", "shop.test"),
        ("REMOTE_ADDR", "192.0.2.7"),
    ];
    records(id, flags, &variables, &[""])
}

/// What an answer says, up to its end; `None` where it has none.
async fn answer(stream: &mut TcpStream) -> Option<(u16, String)> {
    let mut buffer = BytesMut::new();
    let mut text = Vec::new();
    loop {
        while let Some(record) = Record::decode(&mut buffer).unwrap() {
            match record.kind {
                Kind::Stdout => text.extend_from_slice(&record.content),
                Kind::End => {
                    assert!(buffer.is_empty());
                    return Some((record.id, String::from_utf8(text).unwrap()));
                }
                Kind::Abort => return None,
                other => panic!("{other:?}"),
            }
        }
        let read = timeout(Duration::from_secs(10), stream.read_buf(&mut buffer));
        if read.await.expect("in time").unwrap_or(0) == 0 {
            return None;
        }
    }
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let (server, fcgi) = start_fcgi("").await;
    let mut stream = TcpStream::connect(fcgi).await.unwrap();
    for id in [1, 1, 500] {
        stream
            .write_all(&get_records(id, 1, "/request?x=1"))
            .await
            .unwrap();
        let (about, text) = answer(&mut stream).await.unwrap();
        assert_eq!(about, id);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("Status: 200 OK\r\n"), "{head}");
        let seen: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(seen["uri"], "http://shop.test/request?x=1");
        assert_eq!(seen["remote"], "192.0.2.7");
    }
    stream.write_all(&get_records(1, 0, "/")).await.unwrap();
    answer(&mut stream).await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "not kept");
    server.stop().await;
}

#[tokio::test]
async fn bodies_arrive_whole_or_not_at_all() {
    let (server, fcgi) = start_fcgi("").await;
    let post = |length| {
        [
            ("REQUEST_METHOD", "POST"),
            ("REQUEST_URI", "/echo"),
            ("HTTP_HOST", "a"),
            ("CONTENT_TYPE", "text/plain"),
            ("CONTENT_LENGTH", length),
        ]
    };
    for (length, parts, expected) in [
        ("6", &["one", "two", ""][..], Some("onetwo")),
        ("", &["one", "two", ""], Some("onetwo")),
        ("7", &["one", "two", ""], None),
        ("5", &["one", "two", ""], None),
    ] {
        let mut stream = TcpStream::connect(fcgi).await.unwrap();
        stream
            .write_all(&records(1, 0, &post(length), parts))
            .await
            .unwrap();
        let (_, text) = answer(&mut stream).await.unwrap();
        match expected {
            Some(body) => assert!(text.ends_with(&format!("\r\n\r\n{body}")), "{text}"),
            None => assert!(text.starts_with("Status: 400 "), "{text}"),
        }
    }
    // Beyond the limit, and answered before it is there.
    let mut stream = TcpStream::connect(fcgi).await.unwrap();
    stream
        .write_all(&records(1, 1, &post("2000000000"), &["x"]))
        .await
        .unwrap();
    let (_, text) = answer(&mut stream).await.unwrap();
    assert!(text.starts_with("Status: 413 "), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn an_abort_ends_the_answer_and_not_the_connection() {
    let (server, fcgi) = start_fcgi("  pool: {num_workers: 1}").await;
    let mut stream = TcpStream::connect(fcgi).await.unwrap();
    stream
        .write_all(&get_records(1, 1, "/slow?ms=1000"))
        .await
        .unwrap();
    sleep(Duration::from_millis(100)).await;
    stream.write_all(&[1, 2, 0, 1, 0, 0, 0, 0]).await.unwrap();
    assert_eq!(answer(&mut stream).await, Some((1, String::new())));
    stream.write_all(&get_records(2, 1, "/")).await.unwrap();
    let (_, text) = answer(&mut stream).await.unwrap();
    assert!(text.ends_with("hello"), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_fastcgi_costs_only_its_connection() {
    let (server, fcgi) = start_fcgi("").await;
    let begin: &[u8] = &[1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for nonsense in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[1, 1, 0, 1, 0, 2, 0, 0, 0, 1],
        &[begin, begin].concat(),
        &[2; 100],
    ] {
        let closed = timeout(Duration::from_secs(5), raw(fcgi, nonsense)).await;
        assert_eq!(closed.expect("it is closed"), b"", "{nonsense:?}");
    }
    let broken = [
        begin,
        &[1, 4, 0, 1, 0, 2, 0, 0, 9, 9, 1, 4, 0, 1, 0, 0, 0, 0],
    ]
    .concat();
    let mut stream = TcpStream::connect(fcgi).await.unwrap();
    stream.write_all(&broken).await.unwrap();
    let (_, text) = answer(&mut stream).await.unwrap();
    assert!(text.starts_with("Status: 400 "), "{text}");
    let long = "a".repeat(20_000);
    let mut stream = TcpStream::connect(fcgi).await.unwrap();
    stream
        .write_all(&get_records(1, 1, &format!("/{long}")))
        .await
        .unwrap();
    let (_, text) = answer(&mut stream).await.unwrap();
    assert!(text.starts_with("Status: 414 "), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_has_no_end() {
    let (server, fcgi) = start_fcgi("").await;
    let mut stream = TcpStream::connect(fcgi).await.unwrap();
    stream
        .write_all(&get_records(1, 1, "/stream-dies"))
        .await
        .unwrap();
    assert_eq!(answer(&mut stream).await, None);
    server.stop().await;
}

/// An nginx that hands everything to FastCGI.
struct Nginx {
    process: Child,
    http: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Nginx {
    async fn start(fcgi: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (http, at) = (free_port(), folder.path().display());
        let config = format!(
            "daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/error.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; client_body_temp_path {at}/body; fastcgi_temp_path {at}/fastcgi;\n\
             proxy_temp_path {at}/proxy; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
             client_max_body_size 50m;\n\
             upstream rr {{ server {fcgi}; keepalive 4; }}\n\
             server {{ listen {http}; location / {{ include /etc/nginx/fastcgi_params; fastcgi_pass rr;\n\
             fastcgi_keep_conn on; fastcgi_request_buffering off; fastcgi_buffering off; }} }} }}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let process = Command::new("nginx")
            .args([
                "-p".as_ref(),
                folder.path(),
                "-c".as_ref(),
                "nginx.conf".as_ref(),
            ])
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        let up = async {
            while TcpStream::connect(http).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(10), up)
            .await
            .expect("nginx is up");
        Self {
            process,
            http,
            _folder: folder,
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test]
async fn behind_nginx() {
    let (server, fcgi) = start_fcgi("").await;
    let nginx = Nginx::start(fcgi).await;
    for _ in 0..3 {
        let seen = get(nginx.http, "/request?a=b").await.json();
        assert_eq!(seen["uri"], "http://shop.test/request?a=b");
        assert_eq!(seen["protocol"], "HTTP/1.1");
        assert_eq!(seen["remote"], "127.0.0.1");
    }
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let seen = request(nginx.http, "POST", "/request", form, b"a%5Bb%5D=1").await;
    assert_eq!(seen.json()["form"]["a"]["b"], "1");
    let large = vec![b'x'; 5 << 20];
    let kind = "Content-Type: text/plain\r\n";
    let echoed = request(nginx.http, "POST", "/echo", kind, &large).await;
    assert_eq!(echoed.body.len(), large.len());
    assert_eq!(request(nginx.http, "HEAD", "/", "", b"").await.status, 200);
    assert_eq!(get(nginx.http, "/nowhere").await.status, 404);
    assert!(get(nginx.http, "/stream").await.text().contains("part 20;"));
    assert_eq!(
        get(nginx.http, "/many").await.header("set-cookie"),
        ["a=1", "b=2"]
    );
    // nginx does not take a part for the whole either.
    let broken = raw(
        nginx.http,
        b"GET /stream-dies HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    let broken = broken.await;
    assert!(
        !broken.ends_with(b"0\r\n\r\n"),
        "{}",
        String::from_utf8_lossy(&broken)
    );
    server.stop().await;
}
