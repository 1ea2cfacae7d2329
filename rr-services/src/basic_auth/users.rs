//! The users and their hashes, and who was found right a while ago.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};

use moka::sync::Cache;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::fingerprint::Fingerprints;

use super::password::{BadHash, Hash};

/// How long a password that was right needs no computing: a hash is slow on purpose, and each
/// request carries the password again.
const REMEMBERED: Duration = Duration::from_secs(600);

/// How many right passwords are remembered.
const MOST: u64 = 1000;

pub(super) struct Users {
    hashes: HashMap<String, Arc<Hash>>,
    /// What a name that nobody has is compared with, so that it takes as long as any.
    nobody: Option<Arc<Hash>>,
    /// Fingerprints of the names and passwords that were right.
    right: Cache<u128, ()>,
    keys: Fingerprints,
    /// Hashing takes whole processors: the other requests are to have some.
    turns: Semaphore,
}

/// Users that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadUsers {
    #[error("`http.basic_auth.users_file`: cannot read `{path}`: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{place}: {source}")]
    Hash { place: String, source: BadHash },
    #[error("{0}: expected `name:hash`")]
    Line(String),
    #[error("{0}: the user has a hash already")]
    Twice(String),
    #[error(
        "`http.basic_auth` names no user: nobody could get in\nhelp: give `users_file`, or `users`"
    )]
    Nobody,
}

impl Users {
    /// # Errors
    /// If there are none, or one of them is not written as it should be.
    pub(super) fn read(file: Option<&Path>, lines: &[String]) -> Result<Self, BadUsers> {
        let mut hashes = HashMap::new();
        if let Some(path) = file {
            let text = fs::read_to_string(path).map_err(|source| BadUsers::File {
                path: path.to_owned(),
                source,
            })?;
            for (at, line) in text.lines().enumerate() {
                let line = line.trim();
                if !line.is_empty() && !line.starts_with('#') {
                    let place = format!("{}:{}", path.display(), at + 1);
                    add(&mut hashes, line, place)?;
                }
            }
        }
        for (at, line) in lines.iter().enumerate() {
            let place = format!("`http.basic_auth.users[{at}]`");
            add(&mut hashes, line.trim(), place)?;
        }
        if hashes.is_empty() {
            return Err(BadUsers::Nobody);
        }
        let parallel = available_parallelism().map_or(1, |it| it.get().div_ceil(2));
        Ok(Self {
            nobody: hashes.values().next().cloned(),
            hashes,
            right: Cache::builder()
                .max_capacity(MOST)
                .time_to_live(REMEMBERED)
                .build(),
            keys: Fingerprints::default(),
            turns: Semaphore::new(parallel),
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.hashes.contains_key(name)
    }

    /// Whether the user has that password. A name that nobody has takes as long as one that
    /// somebody has.
    pub(super) async fn check(&self, name: &str, password: &str) -> bool {
        let known = self.hashes.get(name);
        let key = self.keys.of((name, password));
        if known.is_some() && self.right.contains_key(&key) {
            return true;
        }
        let Some(hash) = known.or(self.nobody.as_ref()).map(Arc::clone) else {
            return false;
        };
        let Ok(_turn) = self.turns.acquire().await else {
            return false;
        };
        let password = password.to_owned();
        let right = spawn_blocking(move || hash.is_of(&password)).await;
        let right = right.unwrap_or(false) && known.is_some();
        if right {
            self.right.insert(key, ());
        }
        right
    }
}

fn add(hashes: &mut HashMap<String, Arc<Hash>>, line: &str, place: String) -> Result<(), BadUsers> {
    let parts = line.split_once(':').filter(|(name, _)| !name.is_empty());
    let Some((name, hash)) = parts else {
        return Err(BadUsers::Line(place));
    };
    let hash = match Hash::read(hash) {
        Ok(hash) => hash,
        Err(source) => return Err(BadUsers::Hash { place, source }),
    };
    match hashes.insert(name.to_owned(), hash.into()) {
        None => Ok(()),
        Some(_) => Err(BadUsers::Twice(place)),
    }
}
