//! Where forked workers dial in: a socket in a folder that nobody else can enter.

use std::{io, path::Path, sync::Arc};

use tempfile::TempDir;

use crate::{
    pool::{RunAs, SpawnError, Spawner},
    relay::{RelayAddress, RelayListener, Wire},
};

/// The listener for the workers of one zygote. Closed, and its folder removed, when it is dropped.
#[derive(Debug)]
pub(super) struct Home {
    listener: Arc<RelayListener>,
    /// `None` where the workers of the server dial in anyway.
    _folder: Option<TempDir>,
}

impl Home {
    /// Takes the listener of `spawner`, or opens one that its user can reach.
    ///
    /// # Errors
    /// When there is no place for the socket.
    pub(super) async fn open(spawner: &Spawner) -> Result<Self, SpawnError> {
        if let Some(listener) = &spawner.listener {
            return Ok(Self {
                listener: Arc::clone(listener),
                _folder: None,
            });
        }
        private(spawner.command.user)
            .await
            .map_err(|source| SpawnError::Start {
                command: spawner.command.to_string(),
                source: io::Error::new(
                    source.kind(),
                    format!("there is no place for the socket of its workers: {source}; `TMPDIR` says where it is looked for"),
                ),
            })
    }

    pub(super) fn listener(&self) -> &RelayListener {
        &self.listener
    }

    /// How the zygote is started: its orders come over its pipes, whatever its workers use.
    pub(super) fn spawner(&self, workers: &Spawner) -> Spawner {
        let mut spawner = workers.clone();
        spawner.listener = None;
        let address = self.listener.address().to_string();
        spawner.command.env.extend([
            ("RR_RELAY".to_owned(), "pipes".into()),
            ("RR_ZYGOTE".to_owned(), address.into()),
        ]);
        spawner
    }
}

async fn private(user: Option<RunAs>) -> io::Result<Home> {
    // Made with mode 0700.
    let folder = tempfile::Builder::new().prefix("rr-").tempdir()?;
    let path = folder.path().join("workers.sock");
    let address = RelayAddress::Unix(path.clone());
    let listener = RelayListener::bind(&address, Wire::Frames).await?;
    if let Some(user) = user {
        give(&path, user)?;
        give(folder.path(), user)?;
    }
    Ok(Home {
        listener: Arc::new(listener),
        _folder: Some(folder),
    })
}

#[cfg(unix)]
fn give(path: &Path, user: RunAs) -> io::Result<()> {
    std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid))
}

#[cfg(not(unix))]
fn give(_: &Path, _: RunAs) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
