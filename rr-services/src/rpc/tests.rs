//! Binding, serving and stopping, with real sockets and rr-core's client.

use std::{os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use rr_core::{
    config::Address,
    lifecycle::Stop,
    listen::{Access, BindError, Listener},
    rpc::{Client, Limits, Methods, Plain, Registry},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixListener},
    task::JoinHandle,
    time::timeout,
};

use super::accept;

struct Server {
    address: Address,
    stop: Stop,
    ended: JoinHandle<()>,
}

async fn bind(listen: &str) -> Result<Listener, BindError> {
    Listener::bind(&listen.parse().unwrap(), "rpc.listen", Access::Owner).await
}

async fn serve(listen: &str) -> Server {
    let listener = bind(listen).await.unwrap();
    let methods = Methods::new("test")
        .method("Add", async |Plain((a, b)): Plain<(i64, i64)>| Plain(a + b))
        .method("Sleep", async |Plain(millis): Plain<u64>| {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Plain(millis)
        });
    let address = listener.address();
    let stop = Stop::new();
    let registry = Registry::new([methods]).unwrap();
    let serving = accept::serve(listener, registry, Limits::default(), stop.clone());
    Server {
        address,
        stop,
        ended: tokio::spawn(serving),
    }
}

impl Server {
    async fn client(&self) -> Client {
        Client::connect(&self.address).await.unwrap()
    }

    async fn stopped(self) {
        self.stop.cancel();
        let ended = timeout(Duration::from_secs(5), self.ended).await;
        ended.expect("a stop ends the server").unwrap();
    }
}

async fn refused(listen: &str) -> String {
    match bind(listen).await {
        Ok(_) => panic!("`{listen}` cannot be bound"),
        Err(error) => error.to_string(),
    }
}

fn unix(path: &Path) -> String {
    format!("unix://{}", path.display())
}

#[tokio::test]
async fn calls_over_tcp_and_over_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    for listen in ["tcp://127.0.0.1:0", &unix(&dir.path().join("rr.sock"))] {
        let server = serve(listen).await;
        let mut client = server.client().await;
        for i in 0..3 {
            let sum: i64 = client.call("test.Add", &(40, i)).await.unwrap();
            assert_eq!(sum, 40 + i);
        }
        let error = client.call::<i64>("test.Nope", &1).await.unwrap_err();
        assert_eq!(error.to_string(), "rpc: can't find method test.Nope");
        server.stopped().await;
    }
}

#[tokio::test]
async fn listening_everywhere_is_told_as_loopback() {
    let server = serve("tcp://:0").await;
    assert!(server.address.dsn().starts_with("tcp://127.0.0.1:"));
    server.client().await;
    server.stopped().await;
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = refused(&format!("tcp://127.0.0.1:{port}")).await;
    let error = error.replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(error, @"
    cannot listen on `tcp://127.0.0.1:PORT`: something listens there already
    help: stop the other server, or change `rpc.listen`
    ");
}

#[tokio::test]
async fn an_address_of_another_machine_is_told() {
    let error = refused("tcp://192.0.2.1:6001").await;
    insta::assert_snapshot!(error, @"
    cannot listen on `tcp://192.0.2.1:6001`: Cannot assign requested address (os error 99)
    help: check `rpc.listen`
    ");
}

#[tokio::test]
async fn a_socket_is_for_its_owner_and_goes_with_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rr.sock");
    let server = serve(&unix(&path)).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.stopped().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_dead_socket_is_taken_over_a_living_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rr.sock");
    let living = UnixListener::bind(&path).unwrap();
    let error = refused(&unix(&path)).await;
    assert!(error.contains("something listens there already"), "{error}");
    drop(living);
    assert!(path.exists(), "its file stays behind");
    serve(&unix(&path)).await.stopped().await;
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("precious");
    std::fs::write(&path, "data").unwrap();
    refused(&unix(&path)).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "data");
}

#[tokio::test]
async fn broken_clients_harm_nobody_else() {
    let server = serve("tcp://127.0.0.1:0").await;
    let mut client = server.client().await;
    let at = server.address.to_string();
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 64], &[0x1f; 12]] {
        let mut broken = TcpStream::connect(&at).await.unwrap();
        broken.write_all(garbage).await.unwrap();
        let mut rest = Vec::new();
        broken.read_to_end(&mut rest).await.ok();
        assert!(rest.is_empty(), "closed without an answer");
        assert_eq!(client.call::<i64>("test.Add", &(1, 1)).await.unwrap(), 2);
    }
    server.stopped().await;
}

#[tokio::test]
async fn a_stop_waits_for_calls_and_not_for_idle_clients() {
    let server = serve("tcp://127.0.0.1:0").await;
    let _idle = server.client().await;
    let _mute = TcpStream::connect(server.address.to_string())
        .await
        .unwrap();
    let mut client = server.client().await;
    let stop = server.stop.clone();
    let (slept, ()) = tokio::join!(client.call::<u64>("test.Sleep", &100), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        stop.cancel();
    });
    assert_eq!(slept.unwrap(), 100);
    server.stopped().await;
}
