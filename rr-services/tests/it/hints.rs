//! Interim responses, before the one that counts.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{client::raw, server::start};

/// The heads of all responses on a connection that asks for `path`, and what follows the last.
async fn heads(path: &str, version: &str) -> Vec<String> {
    let server = start("  pool: {num_workers: 1}").await;
    let ask = format!("GET {path} HTTP/{version}\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = raw(server.http, ask.as_bytes()).await;
    server.stop().await;
    let answer = String::from_utf8(answer).unwrap();
    answer.split("\r\n\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn hints_go_out_before_the_answer_and_leave_its_status_alone() {
    let heads = heads("/hints", "1.1").await;
    assert_eq!(
        heads[0],
        "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload"
    );
    assert!(
        heads[1].starts_with("HTTP/1.1 404 Not Found\r\n"),
        "{heads:?}"
    );
    assert!(
        heads[1].contains("link: </style.css>; rel=preload"),
        "{heads:?}"
    );
    assert_eq!(heads[2], "4\r\npage\r\n0");
}

#[tokio::test]
async fn several_hints_and_nothing_but_hints() {
    for code in [102, 103] {
        let heads = heads(&format!("/interim?code={code}"), "1.1").await;
        let first = format!("HTTP/1.1 {code} ");
        assert!(heads[0].starts_with(&first), "{heads:?}");
        assert!(
            heads[0].ends_with("\r\nx-first: 1\r\nx-first: 2"),
            "no length: {heads:?}"
        );
        assert!(heads[1].starts_with(&first), "{heads:?}");
        assert!(
            heads[1].ends_with("\r\nx-second: a  X-Evil: yes"),
            "{heads:?}"
        );
        assert!(
            heads[2].starts_with("HTTP/1.1 201 Created\r\n"),
            "{heads:?}"
        );
        assert_eq!(heads[2].matches("x-second").count(), 1, "{heads:?}");
    }
    // Nothing to continue, nothing to switch to.
    for code in [100, 101] {
        let heads = heads(&format!("/interim?code={code}"), "1.1").await;
        assert!(
            heads[0].starts_with("HTTP/1.1 201 Created\r\n"),
            "{heads:?}"
        );
        assert!(!heads[0].contains("x-first"), "{heads:?}");
    }
}

#[tokio::test]
async fn old_clients_get_no_hints() {
    let heads = heads("/hints", "1.0").await;
    assert!(
        heads[0].starts_with("HTTP/1.0 404 Not Found\r\n"),
        "{heads:?}"
    );
    assert!(heads[0].contains("link: "), "{heads:?}");
}

/// Responses and hints in turn, to a client that asks for all at once and reads late.
#[tokio::test]
async fn hints_never_land_in_another_response() {
    const PAIRS: usize = 30;
    let server = start("").await;
    let mut client = TcpStream::connect(server.http).await.unwrap();
    let pair =
        "GET /big?bytes=300000 HTTP/1.1\r\nHost: a\r\n\r\nGET /hints HTTP/1.1\r\nHost: a\r\n\r\n";
    client
        .write_all(pair.repeat(PAIRS).as_bytes())
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let mut answer = Vec::new();
    loop {
        let mut some = vec![0; 1 << 20];
        let read = client.read(&mut some).await.unwrap();
        assert!(read > 0, "the server closed");
        answer.extend_from_slice(&some[..read]);
        if answer.ends_with(b"page\r\n0\r\n\r\n")
            && answer.windows(4).filter(|it| *it == b"page").count() == PAIRS
        {
            break;
        }
    }
    // Without the hints each body is what it is.
    let text = String::from_utf8(answer).unwrap();
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
    let bodies = text.replace(hint, "");
    assert_eq!(
        bodies
            .matches(&format!("\r\n\r\n{}HTTP/1.1 404", "x".repeat(300_000)))
            .count(),
        PAIRS
    );
    server.stop().await;
}
