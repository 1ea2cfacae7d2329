//! Any bytes on an RPC connection are answered or end it; none stops the server.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rr_core::{
    lifecycle::Stop,
    rpc::{Limits, Methods, Plain, Registry, RpcError, serve_connection},
};

fuzz_target!(|bytes: &[u8]| {
    let methods = Methods::new("test")
        .method("Echo", async |Plain(text): Plain<String>| Ok::<_, RpcError>(Plain(text)))
        .method("Sum", async |Plain(all): Plain<Vec<i64>>| {
            let sum = all.iter().try_fold(0_i64, |sum, it| sum.checked_add(*it));
            sum.map(Plain).ok_or(RpcError::from("too large"))
        });
    let registry = Arc::new(Registry::new([methods]).expect("the names differ"));
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
        .block_on(serve_connection(bytes, tokio::io::sink(), registry, limits, Stop::new()))
        .ok();
});
