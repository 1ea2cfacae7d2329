//! The program's server, run by a test in the place of the program.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use rr_core::{lifecycle::Stop, testing::TestServer};
use tokio::{sync::oneshot, time::timeout};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().to_string()
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_until_it_is_told_to_stop() {
    let (http, rpc) = (free_address(), free_address());
    let config = std::fs::read_to_string(Path::new(FOLDER).join(".rr.yaml")).unwrap();
    let config = config
        .replace("127.0.0.1:8080", &http)
        .replace("127.0.0.1:6001", &rpc)
        .replace("worker.php", &format!("{FOLDER}/worker.php"));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded.yaml");
    std::fs::write(&file, config).unwrap();

    let stop = Stop::new();
    let (up, started) = oneshot::channel();
    let told = stop.clone();
    let server =
        tokio::spawn(
            async move { embedded::serve(&file, told, move || up.send(()).unwrap()).await },
        );
    timeout(Duration::from_secs(30), started)
        .await
        .unwrap()
        .unwrap();
    assert!(ask(&http, "/bread").ends_with("\r\n\r\n2 left\n"));
    stop.cancel();
    let ended = timeout(Duration::from_secs(30), server).await;
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn mistakes_are_told_in_place() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.yaml");
    std::fs::write(
        &file,
        "version: '3'\nserver: {command: php}\nhttp: {address: nowhere}\n",
    )
    .unwrap();
    let error = embedded::serve(&file, Stop::new(), || ())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("wrong.yaml:3"), "{error}");
}

#[tokio::test]
async fn services_are_tested_without_a_file() {
    let config = "{version: '3', inventory: {articles: {bread: 3}}}";
    let server = TestServer::start(embedded::services(), config)
        .await
        .unwrap();
    let left: u32 = server.call("inventory.Take", &"bread").await.unwrap();
    assert_eq!(left, 2);
    server.stop().await.unwrap();
}
