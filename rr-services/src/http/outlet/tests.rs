//! Stand-ins over a real socket: what the client sees, and that it never sees what is wrong.
#![cfg(target_os = "linux")]

use std::{fs::File, io::Write as _, ops::Range, sync::Arc};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use super::{
    Outlet,
    system::{Direct, direct},
};

/// Bytes of which no two stretches are alike.
fn content(length: usize) -> Vec<u8> {
    let words = (0_u32..).flat_map(u32::to_le_bytes);
    words.take(length).collect()
}

fn file(content: &[u8]) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Arc::new(file)
}

fn stand_in(outlet: &Outlet, file: &Arc<File>, range: Range<u64>) -> Bytes {
    outlet.stand_in(file, range).unwrap()
}

/// A connection with its outlet, and the client's end of it.
fn connected() -> (Direct<UnixStream>, Outlet, UnixStream) {
    let (server, client) = UnixStream::pair().unwrap();
    let (direct, outlet) = direct(server);
    (direct, outlet.unwrap(), client)
}

/// What the client sees of `parts`, which are written at once, and whether all could be.
async fn seen(
    mut direct: Direct<UnixStream>,
    mut client: UnixStream,
    parts: Vec<Bytes>,
) -> (Vec<u8>, bool) {
    let writing = async move {
        let mut queue = parts.into_iter();
        // Two at a time, so that one call has stand-ins among its buffers.
        while let Some(first) = queue.next() {
            let mut two = first.chain(queue.next().unwrap_or_default());
            if direct.write_all_buf(&mut two).await.is_err() {
                return false;
            }
        }
        true
    };
    let mut bytes = Vec::new();
    let (whole, read) = tokio::join!(writing, client.read_to_end(&mut bytes));
    read.unwrap();
    (bytes, whole)
}

#[tokio::test]
async fn files_go_out_in_place_of_their_stand_ins() {
    let (direct, outlet, client) = connected();
    // More than a socket holds, so that what is sent goes in parts.
    let (one, two) = (content(900_000), content(70_000));
    let (first, second) = (file(&one), file(&two));
    let longest = Outlet::LONGEST;
    let parts = vec![
        Bytes::from_static(b"head"),
        stand_in(&outlet, &first, 3..longest),
        stand_in(&outlet, &first, longest..2 * longest),
        Bytes::from_static(b"text"),
        Bytes::from_static(b"more"),
        stand_in(&outlet, &second, 69_999..70_000),
        stand_in(&outlet, &first, 100..40_000),
    ];
    let (bytes, whole) = seen(direct, client, parts).await;
    let longest = longest as usize;
    let expected = [
        b"head",
        &one[3..2 * longest],
        b"textmore",
        &two[69_999..],
        &one[100..40_000],
    ]
    .concat();
    assert!(whole && bytes == expected);
}

#[tokio::test]
async fn files_of_systems_that_cannot_send_them_are_copied() {
    let (direct, outlet, client) = connected();
    let path = "/proc/self/status";
    let status = Arc::new(File::open(path).unwrap());
    let mut byte = 0;
    let refused = rustix::fs::sendfile(&client, &status, Some(&mut byte), 5);
    assert_eq!(
        refused,
        Err(rustix::io::Errno::INVAL),
        "`{path}` is no example any more"
    );
    let parts = vec![
        Bytes::from_static(b"it says "),
        stand_in(&outlet, &status, 0..5),
    ];
    assert_eq!(
        seen(direct, client, parts).await,
        (b"it says Name:".to_vec(), true)
    );
}

#[tokio::test]
async fn a_file_that_has_become_shorter_ends_the_connection() {
    let (direct, outlet, client) = connected();
    let content = content(50_000);
    let file = file(&content);
    let stand_in = stand_in(&outlet, &file, 0..50_000);
    file.set_len(20_000).unwrap();
    let (bytes, whole) = seen(direct, client, vec![stand_in]).await;
    assert!(!whole && bytes == content[..20_000]);
}

#[tokio::test]
async fn nothing_is_sent_once_a_stand_in_was_taken_for_bytes() {
    let (direct, outlet, client) = connected();
    let stand_in = stand_in(&outlet, &file(b"content"), 0..7);
    let copied = Bytes::copy_from_slice(&stand_in);
    drop(stand_in);
    assert_eq!(seen(direct, client, vec![copied]).await, (vec![], false));
}

#[tokio::test]
async fn nothing_is_sent_once_a_part_of_a_stand_in_is_lost() {
    let (direct, outlet, client) = connected();
    let mut stand_in = stand_in(&outlet, &file(b"content"), 0..7);
    stand_in.truncate(3);
    let parts = vec![stand_in, Bytes::new(), Bytes::from_static(b"next response")];
    assert_eq!(seen(direct, client, parts).await, (b"con".to_vec(), false));
}

#[tokio::test]
async fn a_closed_outlet_is_open_for_the_next_request() {
    let (_direct, outlet, _client) = connected();
    let file = file(b"content");
    outlet.open().close();
    assert_eq!(outlet.stand_in(&file, 0..7), None);
    assert!(outlet.open().stand_in(&file, 0..7).is_some());
}
