//! Uploaded files: which are taken, where they lie, and that they go.

mod folder;

use std::{
    fs::File,
    io::{self, Write as _},
    sync::Arc,
};

use bytes::Bytes;
use rr_core::pool::RunAs;
use serde::Serialize;
use tempfile::TempPath;
use tokio::runtime::Handle;

use super::{config::UploadsConfig, form::Blank, spool::blocking};
use folder::Folder;

/// PHP's upload error codes, as the Go server uses them.
const OK: u8 = 0;
const NO_FOLDER: u8 = 6;
const CANNOT_WRITE: u8 = 7;
const FORBIDDEN: u8 = 8;

/// How many bytes of a file are gathered in memory, lest each part of the body be a trip to the disk.
const GATHERED: usize = 256 << 10;

/// Where uploaded files go and which are taken.
#[derive(Debug)]
pub(super) struct UploadRules {
    folder: Arc<Folder>,
    forbid: Vec<String>,
    allow: Vec<String>,
    /// Whom the files belong to, so that workers can read them.
    owner: Option<RunAs>,
}

/// Files that are removed when this is dropped; one that PHP moved away is not missed.
#[derive(Debug, Default)]
pub(super) struct TemporaryFiles(Vec<TempPath>);

/// One file as PHP is told of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Upload {
    name: String,
    mime: String,
    size: u64,
    error: u8,
    tmp_name: String,
}

impl Blank for Upload {
    fn is_blank(&self) -> bool {
        false
    }
}

impl UploadRules {
    pub(super) fn new(config: UploadsConfig, owner: Option<RunAs>) -> Self {
        let lower = |list: Vec<String>| list.into_iter().map(|it| it.to_lowercase()).collect();
        let dir = config.dir.unwrap_or_else(std::env::temp_dir);
        Self {
            folder: Arc::new(Folder::new(dir, owner)),
            forbid: lower(config.forbid),
            allow: lower(config.allow),
            owner,
        }
    }

    /// Other extensions, and the folder that is in use: it goes with the last who know of it.
    pub(super) fn with(&self, config: UploadsConfig) -> Self {
        Self {
            folder: Arc::clone(&self.folder),
            ..Self::new(config, self.owner)
        }
    }

    /// Removes what servers left that did not end in good order; on a thread that may wait.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn sweep(&self) -> io::Result<()> {
        self.folder.sweep()
    }

    fn takes(&self, name: &str) -> bool {
        let extension = name.rfind('.').map_or("", |at| &name[at..]).to_lowercase();
        let listed = |list: &[String]| list.contains(&extension);
        !listed(&self.forbid) && (self.allow.is_empty() || listed(&self.allow))
    }

    async fn create(&self) -> io::Result<(File, TempPath)> {
        let (folder, owner) = (Arc::clone(&self.folder), self.owner);
        blocking(move || {
            // Where files have modes, others may not read it.
            let file = tempfile::Builder::new()
                .prefix("upload")
                .tempfile_in(folder.path()?)?;
            folder::give(file.path(), owner)?;
            Ok(file.into_parts())
        })
        .await
    }
}

impl TemporaryFiles {
    pub(super) fn push(&mut self, file: Option<TempPath>) {
        self.0.extend(file);
    }
}

impl Drop for TemporaryFiles {
    fn drop(&mut self) {
        let files = std::mem::take(&mut self.0);
        // Disks may take their time, which requests on this thread have not got.
        match Handle::try_current() {
            Ok(runtime) if !files.is_empty() => drop(runtime.spawn_blocking(|| drop(files))),
            _ => drop(files),
        }
    }
}

/// A file on its way to the disk.
#[derive(Debug)]
pub(super) struct Arriving {
    upload: Upload,
    /// `None` where it is refused, or the disk failed.
    file: Option<(File, TempPath)>,
    gathered: Vec<u8>,
}

impl Arriving {
    /// Begins a file of the name and type that the client gives it.
    pub(super) async fn begin(name: String, mime: String, rules: &UploadRules) -> Self {
        let takes = rules.takes(&name);
        let mut arriving = Self {
            upload: Upload {
                name,
                mime,
                size: 0,
                error: if takes { OK } else { FORBIDDEN },
                tmp_name: String::new(),
            },
            file: None,
            gathered: Vec::new(),
        };
        if takes {
            match rules.create().await {
                Ok(file) => arriving.file = Some(file),
                Err(error) => arriving.fail(NO_FOLDER, &error),
            }
        }
        arriving
    }

    /// Adds bytes; those of a file that is not kept are dropped.
    pub(super) async fn push(&mut self, data: Bytes) {
        if self.file.is_none() {
            return;
        }
        self.upload.size += data.len() as u64;
        self.gathered.extend_from_slice(&data);
        if self.gathered.len() >= GATHERED {
            self.write_out().await;
        }
    }

    /// What PHP is told, and the file that it is told of.
    pub(super) async fn finish(mut self) -> (Upload, Option<TempPath>) {
        if !self.gathered.is_empty() {
            self.write_out().await;
        }
        let path = self.file.map(|(_, path)| path);
        if let Some(path) = &path {
            self.upload.tmp_name = path.to_string_lossy().into_owned();
        }
        (self.upload, path)
    }

    async fn write_out(&mut self) {
        let Some((mut file, path)) = self.file.take() else {
            return;
        };
        let data = std::mem::take(&mut self.gathered);
        let written = blocking(move || file.write_all(&data).map(|()| (file, data)));
        match written.await {
            Ok((file, mut data)) => {
                data.clear();
                self.gathered = data;
                self.file = Some((file, path));
            }
            Err(error) => self.fail(CANNOT_WRITE, &error),
        }
    }

    fn fail(&mut self, code: u8, error: &io::Error) {
        tracing::error!(target: "http", %error, "an uploaded file could not be kept\nhelp: check `http.uploads.dir`");
        self.upload.error = code;
        self.upload.size = 0;
    }
}
