//! What a server hands to its successor: listening sockets, the pid file, the line to process 1.
//!
//! A list first, then one byte for each of its items, and with the byte the descriptor.

use std::{
    fs::File,
    io::{self, IoSlice, IoSliceMut, Read as _, Write as _},
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
    time::Duration,
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
    },
};
use serde::{Deserialize, Serialize};

use crate::listen::handover::{Place, Socket};

/// All that changes hands.
#[derive(Debug, Default)]
pub(super) struct Estate {
    pub(super) sockets: Vec<Socket>,
    pub(super) pid_file: Option<(PathBuf, File)>,
    pub(super) first_process: Option<OwnedFd>,
}

/// Raised when what is said between the two changes in a way that the other one cannot read.
const PROTOCOL: u32 = 1;

/// How long the other process may be silent in the midst of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest list, in bytes.
const LONGEST: u32 = 1 << 20;

/// What goes with each descriptor, as it cannot go alone.
const MARK: u8 = b'+';

#[derive(Deserialize)]
struct Head {
    protocol: u32,
}

#[derive(Serialize, Deserialize)]
struct List {
    protocol: u32,
    items: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
enum Item {
    Socket(Place),
    PidFile(PathBuf),
    FirstProcess,
}

impl Estate {
    /// Blocks until the other process has taken all of it.
    ///
    /// # Errors
    /// When it does not, or ends.
    pub(super) fn send(self, mut to: &UnixStream) -> io::Result<()> {
        let sockets = self.sockets.into_iter();
        let mut all: Vec<(Item, OwnedFd)> = sockets
            .map(|it| (Item::Socket(it.place), it.handle))
            .collect();
        let file = self.pid_file.into_iter();
        all.extend(file.map(|(path, file)| (Item::PidFile(path), file.into())));
        let line = self.first_process.into_iter();
        all.extend(line.map(|it| (Item::FirstProcess, it)));

        let (items, handles): (_, Vec<OwnedFd>) = all.into_iter().unzip();
        let list = serde_json::to_vec(&List {
            protocol: PROTOCOL,
            items,
        })?;
        let length = u32::try_from(list.len()).map_err(io::Error::other)?;
        to.set_write_timeout(Some(PATIENCE))?;
        to.write_all(&length.to_be_bytes())?;
        to.write_all(&list)?;
        handles.iter().try_for_each(|it| send_one(to, it))
    }

    /// Blocks until all of it is there.
    ///
    /// # Errors
    /// When it does not come, or not as this version knows it.
    pub(super) fn receive(mut from: &UnixStream) -> io::Result<Self> {
        from.set_read_timeout(Some(PATIENCE))?;
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST {
            return Err(invalid(format!("a list of {length} bytes")));
        }
        let mut list = vec![0; length as usize];
        from.read_exact(&mut list)?;
        let Head { protocol } = serde_json::from_slice(&list)?;
        if protocol != PROTOCOL {
            return Err(invalid(format!(
                "it speaks version {protocol} of the protocol, this program version {PROTOCOL}: stop the one and start the other"
            )));
        }
        let List { items, .. } = serde_json::from_slice(&list)?;
        let mut estate = Self::default();
        for item in items {
            let handle = receive_one(from)?;
            match item {
                Item::Socket(place) => estate.sockets.push(Socket { place, handle }),
                Item::PidFile(path) => estate.pid_file = Some((path, handle.into())),
                Item::FirstProcess => estate.first_process = Some(handle),
            }
        }
        Ok(estate)
    }
}

fn send_one(to: &UnixStream, handle: &OwnedFd) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut attached = SendAncillaryBuffer::new(&mut space);
    let handles = [std::os::fd::AsFd::as_fd(handle)];
    if !attached.push(SendAncillaryMessage::ScmRights(&handles)) {
        return Err(io::Error::other("no space for a descriptor"));
    }
    match sendmsg(
        to,
        &[IoSlice::new(&[MARK])],
        &mut attached,
        SendFlags::empty(),
    )? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        _ => Ok(()),
    }
}

fn receive_one(from: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut attached = RecvAncillaryBuffer::new(&mut space);
    let mut mark = [0];
    let read = recvmsg(
        from,
        &mut [IoSliceMut::new(&mut mark)],
        &mut attached,
        RecvFlags::empty(),
    )?;
    if read.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let handles = attached.drain().filter_map(|it| match it {
        RecvAncillaryMessage::ScmRights(handles) => Some(handles),
        _ => None,
    });
    let handle = handles.flatten().next();
    let handle = handle.ok_or_else(|| invalid("a descriptor is missing".to_owned()))?;
    // Not for workers; none is started before all of it is here.
    fcntl_setfd(&handle, FdFlags::CLOEXEC)?;
    Ok(handle)
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_is_sent_arrives() {
        let (one, other) = UnixStream::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pid");
        std::fs::write(&path, "7").unwrap();
        let sent = Estate {
            sockets: vec![
                Socket {
                    place: Place::Tcp(address),
                    handle: listener.into(),
                },
                Socket {
                    place: Place::Systemd(1, "web".to_owned()),
                    handle: TcpListener::bind("127.0.0.1:0").unwrap().into(),
                },
            ],
            pid_file: Some((path.clone(), File::open(&path).unwrap())),
            first_process: Some(one.try_clone().unwrap().into()),
        };
        sent.send(&one).unwrap();
        let got = Estate::receive(&other).unwrap();
        let places: Vec<_> = got.sockets.iter().map(|it| it.place.clone()).collect();
        assert_eq!(
            places,
            [Place::Tcp(address), Place::Systemd(1, "web".to_owned())]
        );
        assert!(got.first_process.is_some());
        let (there, mut file) = got.pid_file.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((there, &*text), (path, "7"));
        // The same socket: who connects to it is in its queue.
        let client = TcpStream::connect(address).unwrap();
        let socket = got.sockets.into_iter().next().unwrap().handle;
        let (_, peer) = TcpListener::from(socket).accept().unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    }

    #[test]
    fn what_is_no_estate_is_refused() {
        let check = |bytes: &[u8], expected: &str| {
            let (mut one, other) = UnixStream::pair().unwrap();
            one.write_all(bytes).unwrap();
            drop(one);
            let error = Estate::receive(&other).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        let list = |text: &str| {
            let length = u32::try_from(text.len()).unwrap().to_be_bytes();
            [&length, text.as_bytes()].concat()
        };
        check(b"", "failed to fill");
        check(b"\xff\xff\xff\xff", "a list of 4294967295 bytes");
        check(&list("nonsense"), "expected");
        check(&list(r#"{"protocol": 2}"#), "version 2 of the protocol");
        let one = r#"{"protocol": 1, "items": ["FirstProcess"]}"#;
        check(&list(one), "unexpected end of file");
        check(&[list(one), vec![MARK]].concat(), "descriptor is missing");
    }
}
