//! Locks on the wire: as recorded, and calls that wait beside calls that do not.

use rr_core::goridge::Codec;

use crate::{
    clients::start,
    wire::{Wire, replay},
};

/// A request for `till`: no time to live, a minute to wait.
fn request(id: &str) -> Vec<u8> {
    let wait = [0x20, 0x80, 0x8e, 0xce, 0x1c];
    let id = [&[0x12, id.len() as u8], id.as_bytes()].concat();
    [b"\x0a\x04till", &*id, &wait].concat()
}

const YES: [u8; 2] = [0x08, 0x01];

#[tokio::test]
async fn locks_as_recorded() {
    let server = start("").await;
    replay(
        server.rpc,
        &[
            "lock.Lock",
            "lock.ForceRelease",
            "lock.Lock-2",
            "lock.Exists",
            "lock.UpdateTTL",
            "lock.Release",
            "lock.LockRead",
            "lock.ForceRelease",
        ],
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_call_that_waits_holds_up_no_other_one() {
    let server = start("").await;
    let mut wire = Wire::connect(server.rpc).await;
    let call = async |wire: &mut Wire, sequence, method, id| {
        wire.call(Codec::Proto, sequence, method, &request(id))
            .await;
    };
    call(&mut wire, 1, "lock.Lock", "ann").await;
    assert_eq!(wire.answer().await, (1, YES.to_vec()));
    call(&mut wire, 2, "lock.Lock", "bob").await;
    call(&mut wire, 3, "lock.Exists", "bob").await;
    assert_eq!(wire.answer().await, (3, vec![]));
    call(&mut wire, 4, "lock.Release", "ann").await;
    let mut answers = [wire.answer().await, wire.answer().await];
    answers.sort_unstable();
    assert_eq!(answers, [(2, YES.to_vec()), (4, YES.to_vec())]);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_who_waits() {
    let server = start("").await;
    let mut wire = Wire::connect(server.rpc).await;
    wire.call(Codec::Proto, 1, "lock.Lock", &request("ann"))
        .await;
    assert_eq!(wire.answer().await, (1, YES.to_vec()));
    wire.call(Codec::Proto, 2, "lock.Lock", &request("bob"))
        .await;
    wire.call(Codec::Proto, 3, "lock.Exists", &request("ann"))
        .await;
    assert_eq!(wire.answer().await, (3, YES.to_vec()));
    // `stop` fails the test after less than the minute.
    server.stop().await;
    assert_eq!(wire.answer().await, (2, b"the server is stopping".to_vec()));
}

#[tokio::test]
async fn times_must_not_be_negative() {
    let server = start("").await;
    let mut wire = Wire::connect(server.rpc).await;
    let negative = [&[0x18][..], &[0xff; 9], &[0x01]].concat();
    let argument = [b"\x0a\x01r\x12\x01i", &*negative].concat();
    wire.call(Codec::Proto, 1, "lock.Lock", &argument).await;
    let error = b"`ttl` is -1, microseconds from 0 on are expected";
    assert_eq!(wire.answer().await, (1, error.to_vec()));
    server.stop().await;
}
