//! Misbehaving workers and wrong configs: a clear word, and the server goes on.

use std::time::{Duration, Instant};

use tokio::{io::AsyncWriteExt as _, time::sleep};

use crate::{
    client::{get, raw, request},
    server::{config, free_port, run, run_then_stop, services, start},
};

#[tokio::test]
async fn a_failing_request_costs_only_itself() {
    let server = start("  pool: {num_workers: 1}").await;
    let pid = get(server.http, "/pid").await.text().to_owned();
    assert_eq!(get(server.http, "/throw").await.status, 500);
    assert_eq!(
        get(server.http, "/pid").await.text(),
        pid,
        "a soft error leaves the worker"
    );
    // Our own library keeps what PHP prints off the relay.
    assert_eq!(get(server.http, "/echoed").await.text(), "said");
    assert_eq!(get(server.http, "/garbage").await.text(), "printed");
    assert_eq!(get(server.http, "/pid").await.text(), pid);
    assert_eq!(get(server.http, "/exit").await.status, 500);
    assert_ne!(get(server.http, "/pid").await.text(), pid);
    server.stop().await;
}

#[tokio::test]
async fn overload_is_a_503_with_the_word_when_to_come_again() {
    let server = start("  pool: {num_workers: 1, allocate_timeout: 500ms}").await;
    let (slow, refused) = tokio::join!(get(server.http, "/slow?ms=1500"), async {
        sleep(Duration::from_millis(100)).await;
        get(server.http, "/").await
    });
    assert_eq!(slow.text(), "slept");
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), ["1"]);
    assert_eq!(get(server.http, "/").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_lets_requests_finish() {
    let server = start("").await;
    let http = server.http;
    let slow = tokio::spawn(async move { get(http, "/slow?ms=500").await });
    sleep(Duration::from_millis(200)).await;
    server.stop().await;
    assert_eq!(slow.await.unwrap().text(), "slept");
    assert!(tokio::net::TcpStream::connect(http).await.is_err());
}

#[tokio::test]
async fn clients_that_stall_do_not_hold_a_stop() {
    let server = start("").await;
    let mut stalled = Vec::new();
    for sent in [
        "",
        "GET / HT",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
    ] {
        let mut stream = tokio::net::TcpStream::connect(server.http).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stalled.push(stream);
    }
    let pid: u32 = get(server.http, "/pid").await.text().parse().unwrap();
    let (http, began) = (server.http, Instant::now());
    let slow = tokio::spawn(async move { get(http, "/slow?ms=11000").await });
    sleep(Duration::from_millis(200)).await;
    server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(slow.await.unwrap().text(), "slept");
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_workers_that_boot() {
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, "  pool: {num_workers: 1, allocate_timeout: 60s}");
    let text = text.replace("[php, ", "[php, -r, 'sleep(60);', ");
    let began = Instant::now();
    let error = run_then_stop(&text, Duration::from_millis(500)).await;
    assert_eq!(error, None);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_is_no_http_is_a_client_error() {
    let server = start("").await;
    for nonsense in [
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/request?\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: good\r\nHost: evil\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: u@h#f\r\nConnection: close\r\n\r\n",
        "GET ftp://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ] {
        let answer = raw(server.http, nonsense.as_bytes()).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.starts_with("HTTP/1.1 400 "),
            "{nonsense:?}: {answer}"
        );
    }
    let connect = b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n";
    let answer = raw(server.http, connect).await;
    assert!(answer.starts_with(b"HTTP/1.1 405 "));
    let absolute =
        b"GET https://other.test/request HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = raw(server.http, absolute).await;
    let answer = String::from_utf8_lossy(&answer).replace("\\/", "/");
    assert!(answer.contains("http://other.test/request"), "{answer}");
    let broken = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let answer = raw(server.http, broken).await;
    assert!(
        answer.starts_with(b"HTTP/1.1 400 "),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    assert_eq!(get(server.http, "/").await.status, 200);
    server.stop().await;
}

/// Why a server with this text does not start, its own ports left out.
async fn refused(text: impl FnOnce(String) -> String) -> String {
    let (http, rpc) = (free_port(), free_port());
    let text = text(config(
        http,
        rpc,
        "  pool: {num_workers: 1, allocate_timeout: 2s}",
    ));
    match run(services(), http, rpc, &text).await {
        Ok(server) => {
            server.stop().await;
            panic!("it started");
        }
        Err(error) => error
            .replace(&http.to_string(), "HTTP")
            .replace(&rpc.to_string(), "RPC")
            .replace(env!("CARGO_MANIFEST_DIR"), "DIR"),
    }
}

#[tokio::test]
async fn a_port_in_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = refused(|text| {
        let at = text.find("address: ").unwrap() + 9;
        let end = at + text[at..].find('\n').unwrap();
        format!("{}{address}{}", &text[..at], &text[end..])
    })
    .await;
    insta::assert_snapshot!(error.replace(&address, "TAKEN"), @r"
    `http` cannot start: cannot listen on `tcp://TAKEN`: something listens there already
    help: stop the other server, or change `http.address`
    ");
}

#[tokio::test]
async fn a_command_that_dies_at_boot() {
    let error = refused(|text| {
        text.replace(
            "[php, ",
            "[php, -r, 'fwrite(STDERR, \"no database\"); exit(4);', ",
        )
    })
    .await;
    assert!(
        error.starts_with("`http` cannot start: the worker `php -r"),
        "{error}"
    );
    assert!(
        error.ends_with(
            "ended with exit status: 4 before it was ready; it printed:\n    no database"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_config_with_many_mistakes_tells_them_all() {
    let error = refused(|text| {
        text.replace("num_workers: 1", "num_workers: four, max_jobs: -1")
            .replace("  command:", "  user: nobody-at-all\n  comand:")
            + "  ssl: {cert: a}\n  uploads: no\n"
    })
    .await;
    for expected in [
        "http.pool.num_workers",
        "http.pool.max_jobs",
        "http.ssl",
        "http.uploads",
        "`command`",
    ] {
        assert!(error.contains(expected), "{expected} in:\n{error}");
    }
}

#[tokio::test]
async fn a_limit_that_no_frame_holds_is_refused() {
    let error = refused(|text| text + "  max_request_size: 4096\n").await;
    insta::assert_snapshot!(error, @r"
    `http` cannot start: `max_request_size` is 4096 megabytes, more than fits into the one frame that a worker gets a request in
    help: give 4095 at most
    ");
}

#[tokio::test]
async fn an_unknown_user_is_refused() {
    let error =
        refused(|text| text.replace("  command:", "  user: nobody-at-all\n  command:")).await;
    insta::assert_snapshot!(error, @r"
    `server` cannot start: there is no user `nobody-at-all` on this system
    help: correct `server.user`
    ");
}

#[tokio::test]
async fn http_without_a_server_section_says_what_is_missing() {
    let error = refused(|text| {
        let (from, to) = (text.find("server:").unwrap(), text.find("http:").unwrap());
        format!("{}{}", &text[..from], &text[to..])
    })
    .await;
    insta::assert_snapshot!(error, @r"
    `http` needs `server`, which is off
    help: give `server` a section `server:` in .rr.yaml
    ");
}

#[tokio::test]
async fn a_client_that_leaves_costs_no_worker() {
    let server = start("  pool: {num_workers: 1}").await;
    let pid = get(server.http, "/pid").await.text().to_owned();
    for _ in 0..5 {
        let mut stream = tokio::net::TcpStream::connect(server.http).await.unwrap();
        let request = b"GET /slow?ms=50 HTTP/1.1\r\nHost: a\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, request)
            .await
            .unwrap();
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(get(server.http, "/pid").await.text(), pid);
    assert_eq!(request(server.http, "GET", "/", "", b"").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn the_supervisor_of_the_config_kills_what_hangs() {
    let server = start("  pool: {num_workers: 1, supervisor: {exec_ttl: 300ms, ttl: 1h}}").await;
    assert_eq!(get(server.http, "/slow?ms=5000").await.status, 500);
    assert_eq!(get(server.http, "/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn debugging_shows_changed_code_and_its_errors_at_once() {
    let server = start("  pool: {debug: true}").await;
    let first = get(server.http, "/pid").await.text().to_owned();
    assert_ne!(get(server.http, "/pid").await.text(), first);
    let failed = get(server.http, "/throw").await;
    assert_eq!(failed.status, 500);
    assert!(
        failed.text().contains("the application failed"),
        "{failed:?}"
    );
    let both = tokio::join!(
        get(server.http, "/slow?ms=300"),
        get(server.http, "/slow?ms=300")
    );
    assert_eq!((both.0.text(), both.1.text()), ("slept", "slept"));
    server.stop().await;
}
