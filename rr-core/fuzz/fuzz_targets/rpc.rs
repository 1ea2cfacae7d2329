//! Any bytes on an RPC connection are answered or end it; none stops the server.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rr_core::{
    lifecycle::Stop,
    rpc::{Limits, Methods, Plain, Raw, Registry, RpcError, serve_connection},
};

fuzz_target!(|bytes: &[u8]| {
    // Named as in the recorded calls, which are the corpus to begin with.
    let methods = [
        Methods::new("informer")
            .method("List", async |Plain(_): Plain<bool>| {
                Ok::<_, RpcError>(Plain(["http"]))
            })
            .method("Workers", async |Plain(name): Plain<String>| {
                Ok::<_, RpcError>(Plain(name))
            }),
        Methods::new("resetter").method("Reset", async |Plain(name): Plain<String>| {
            Err::<Plain<bool>, _>(RpcError::from(name))
        }),
        Methods::new("rpc").method("Config", async |raw: Raw| Ok::<_, RpcError>(raw)),
    ];
    let registry = Arc::new(Registry::new(methods).expect("the names differ"));
    let limits = Limits {
        frame: 1 << 16,
        ..Limits::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("it needs nothing");
    // How it ends is the client's business; that it ends is what is tried here.
    runtime
        .block_on(serve_connection(
            bytes,
            tokio::io::sink(),
            registry,
            limits,
            Stop::new(),
        ))
        .ok();
});
