//! A registry with recorded data, and what every test does with it.

mod arbitrary;
mod connection;
mod dispatch;
mod packages;
mod vectors;

use std::{future::pending, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{
    ConnectionError, Limits, Message, Methods, Plain, Raw, Registry, RpcError, Worker, Workers,
    serve_connection,
};
use crate::{
    goridge::{Codec, Flags, Frame, Options},
    lifecycle::Stop,
};

/// The server that the vectors were recorded from, as far as its answers go.
fn registry() -> Arc<Registry> {
    let recorded = [
        Methods::new("informer")
            .method("List", async |()| Plain(["http"]))
            .method("Workers", async |Plain(name): Plain<String>| {
                Plain(workers(&name))
            })
            .method("Jobs", async |Plain(_): Plain<String>| Plain(()))
            .method("AddWorker", manage)
            .method("RemoveWorker", manage),
        Methods::new("resetter")
            .method("List", async |()| Plain(["http"]))
            .method("Reset", async |Plain(name): Plain<String>| match &*name {
                "http" => Ok(Plain(true)),
                _ => Err(format!(
                    "resetter_rpc_reset:\n\tresetter_plugin_reset_by_name: no such plugin: {name}"
                )),
            }),
        Methods::new("rpc")
            .method("Version", async |()| Plain(super::COMPATIBLE_WITH))
            .method("Config", async |()| {
                Raw(Bytes::from_static(b"{\"version\":\"3\"}"))
            }),
        Methods::new("http")
            .method("Workers", async |Plain(_): Plain<bool>| {
                Plain(workers_of_1())
            })
            .method("Reset", async |Plain(_): Plain<bool>| Plain("OK")),
        Methods::new("system").method("Stop", async |Plain(_): Plain<bool>| Plain("OK")),
        Methods::new("metrics").method("Add", async |Plain(_): Plain<Value>| Plain(true)),
        Methods::new("test")
            .method("Echo", async |Raw(bytes)| Raw(bytes))
            .method("Double", async |Message(name): Message<String>| {
                Message(name.repeat(2))
            })
            .method("Sum", async |Plain(numbers): Plain<Vec<i64>>| {
                Plain(numbers.iter().sum::<i64>())
            })
            .method("Sleep", async |Plain(millis): Plain<u64>| {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Plain(millis)
            })
            .method("Hang", async |()| -> Plain<bool> { pending().await })
            .method("Panic", async |()| -> Plain<bool> { panic!("on purpose") }),
    ];
    Arc::new(Registry::new(recorded).unwrap())
}

fn workers(pool: &str) -> Workers {
    let worker = Worker {
        pid: 8696,
        status: 1,
        num_execs: 5,
        created: 1795369948504955927,
        memory_usage: 14557184,
        cpu_percent: 0.014872625312019378,
        command: String::new(),
        status_str: "ready".to_owned(),
        doing: None,
    };
    Workers {
        workers: (pool == "http").then(|| vec![worker]),
    }
}

/// As RoadRunner 1.9.2 told it, but for the moment, which each record has of its own.
fn workers_of_1() -> Value {
    json!({"workers": [{
        "pid": 28106, "status": "ready", "numExecs": 3, "created": 0, "memoryUsage": 0,
    }]})
}

async fn manage(Plain(name): Plain<String>) -> Result<Plain<bool>, RpcError> {
    match &*name {
        "http" => Ok(Plain(false)),
        _ => Err(format!("plugin {name} does not support workers management").into()),
    }
}

fn request(codec: Codec, sequence: u32, method: &str, argument: &[u8]) -> Frame {
    Frame {
        options: Options::from([sequence, method.len() as u32]),
        ..Frame::new(codec.into(), [method.as_bytes(), argument].concat())
    }
}

fn bytes(frame: &Frame) -> Vec<u8> {
    [&*frame.head(), &*frame.payload].concat()
}

/// A served connection over a real socket, and how it will end.
async fn connect(limits: Limits, stop: Stop) -> (TcpStream, Served) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, writer) = stream.into_split();
        serve_connection(reader, writer, registry(), limits, stop).await
    });
    (TcpStream::connect(address).await.unwrap(), served)
}

type Served = JoinHandle<Result<(), ConnectionError>>;

async fn open() -> (TcpStream, Served) {
    connect(Limits::default(), Stop::new()).await
}

async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> (Flags, u32, String) {
    let mut head = [0; 20];
    stream.read_exact(&mut head).await.unwrap();
    let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
    let mut payload = vec![0; word(2) as usize];
    stream.read_exact(&mut payload).await.unwrap();
    let result = payload.split_off(word(16) as usize);
    let result = String::from_utf8_lossy(&result).into_owned();
    (Flags(head[1]), word(12), result)
}

/// Sends one call and gives the text of its result, `ERROR: ` before that of an error.
async fn call(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    codec: Codec,
    method: &str,
    argument: &[u8],
) -> String {
    let frame = request(codec, 77, method, argument);
    stream.write_all(&bytes(&frame)).await.unwrap();
    let (flags, sequence, result) = receive(stream).await;
    assert_eq!(sequence, 77);
    match flags.contains(Flags::ERROR) {
        true => format!("ERROR: {result}"),
        false => result,
    }
}

fn vectors() -> Vec<Value> {
    vectors_of(include_str!("../../../tests/vectors/rpc.json"))
}

fn vectors_of(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn hex(vector: &Value) -> Vec<u8> {
    let text = vector["hex"].as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
