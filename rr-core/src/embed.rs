//! Files that a program carries: the PHP code of an application, static files. They are unpacked when
//! the server starts, since PHP reads files, into a folder that others cannot write to.

mod place;
mod unpack;

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
};

use crate::config::Lookup;

pub(crate) use unpack::Unpacked;

/// The variable that says where the files are, in the configuration and to the workers. Where it is
/// set already, that folder is meant, and nothing is unpacked.
pub const VARIABLE: &str = "RR_APP";

/// A file that a program carries.
#[derive(Debug, Hash)]
pub struct File {
    name: &'static str,
    executable: bool,
    bytes: &'static [u8],
}

/// What a program carries besides its code.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carried {
    /// The text of a configuration, which holds where none is named and none lies in the folder.
    pub config: Option<&'static str>,
    /// The files.
    pub files: &'static [File],
}

impl File {
    /// The file `name`, with `/` between its parts; it is `executable` or only read.
    #[must_use]
    pub const fn new(name: &'static str, executable: bool, bytes: &'static [u8]) -> Self {
        Self {
            name,
            executable,
            bytes,
        }
    }
}

impl Carried {
    /// The folder that its files are unpacked to by the program called `program`; `None` if it
    /// carries none, or if the variable names another folder.
    pub(crate) fn folder(&self, program: &str, env: &Lookup<'_>) -> Option<Folder> {
        if self.files.is_empty() {
            return None;
        }
        let cache = place::cache(program, env);
        let folder = cache.as_ref().map(|it| it.join(self.state()));
        let ours = folder.as_ref().map(|it| it.to_string_lossy().into_owned());
        let set = env(VARIABLE).filter(|it| !it.is_empty());
        if set.is_some() && set != ours {
            return None;
        }
        Some(Folder {
            cache,
            state: self.state(),
        })
    }

    /// One folder for each state of the files, so that none changes under a running server.
    fn state(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.files.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// Where files are unpacked to.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The folder of all states; `None` if nothing says where it could be.
    cache: Option<PathBuf>,
    state: String,
}

impl Folder {
    /// The variable with its value.
    pub(crate) fn variable(&self) -> Option<(String, String)> {
        let folder = self.cache.as_ref()?.join(&self.state);
        let folder = folder.to_string_lossy().into_owned();
        Some((VARIABLE.to_owned(), folder))
    }
}
