//! Multipart forms: files go to temporary files as they arrive, the rest are fields.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};
use rr_core::pool::RunAs;
use serde::Serialize;
use tempfile::TempPath;
use tokio::{io::AsyncWriteExt as _, runtime::Handle, task::spawn_blocking};

use super::{config::UploadsConfig, form::Blank};

/// PHP's upload error codes, as the Go server uses them.
const OK: u8 = 0;
const NO_FOLDER: u8 = 6;
const CANNOT_WRITE: u8 = 7;
const FORBIDDEN: u8 = 8;

/// The most parts of a form, PHP's own bounds being 20 files and 1000 fields: an empty part is
/// sixty bytes to send and a file to create.
const MAX_PARTS: usize = 1000;

/// Where uploaded files go and which are taken.
#[derive(Debug)]
pub(super) struct UploadRules {
    dir: PathBuf,
    forbid: Vec<String>,
    allow: Vec<String>,
    /// Whom the files belong to, so that workers can read them.
    owner: Option<RunAs>,
}

/// Files that are removed when this is dropped; one that PHP moved away is not missed.
#[derive(Debug, Default)]
pub(super) struct TemporaryFiles(Vec<TempPath>);

/// A multipart form that is none, or too much of one.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadForm {
    #[error("the multipart form is malformed: {0}")]
    Malformed(#[from] multer::Error),
    #[error("the multipart form has more than {MAX_PARTS} parts")]
    TooManyParts,
}

/// A multipart form, its files on disk.
#[derive(Default)]
pub(super) struct Form {
    pub(super) fields: Vec<(String, String)>,
    pub(super) uploads: Vec<(String, Upload)>,
    pub(super) files: TemporaryFiles,
}

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
        Self {
            dir: config.dir.unwrap_or_else(std::env::temp_dir),
            forbid: lower(config.forbid),
            allow: lower(config.allow),
            owner,
        }
    }

    fn takes(&self, name: &str) -> bool {
        let extension = name.rfind('.').map_or("", |at| &name[at..]).to_lowercase();
        let listed = |list: &[String]| list.contains(&extension);
        !listed(&self.forbid) && (self.allow.is_empty() || listed(&self.allow))
    }

    async fn create(&self) -> io::Result<(tokio::fs::File, TempPath)> {
        let (dir, owner) = (self.dir.clone(), self.owner);
        let created = spawn_blocking(move || create(&dir, owner)).await;
        let (file, path) = created.map_err(io::Error::other)??;
        Ok((file.into(), path))
    }
}

/// A file that only its owner may read.
fn create(dir: &Path, owner: Option<RunAs>) -> io::Result<(File, TempPath)> {
    let file = tempfile::Builder::new().prefix("upload").tempfile_in(dir)?;
    if let Some(RunAs { uid, gid }) = owner {
        std::os::unix::fs::chown(file.path(), Some(uid), Some(gid))?;
    }
    Ok(file.into_parts())
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

/// Reads a form to its end.
pub(super) async fn read<S, E>(
    body: S,
    boundary: String,
    rules: &UploadRules,
) -> Result<Form, BadForm>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let mut form = Form::default();
    let mut parts = multer::Multipart::new(body, boundary);
    let mut left = MAX_PARTS;
    while let Some(mut part) = parts.next_field().await? {
        left = left.checked_sub(1).ok_or(BadForm::TooManyParts)?;
        let Some(field) = part.name().map(str::to_owned) else {
            continue;
        };
        let Some(name) = part
            .file_name()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
        else {
            form.fields.push((field, text(part).await?));
            continue;
        };
        let mime = part
            .content_type()
            .map_or_else(String::new, ToString::to_string);
        let mut upload = Upload {
            error: OK,
            size: 0,
            tmp_name: String::new(),
            mime,
            name,
        };
        if !rules.takes(&upload.name) {
            upload.error = FORBIDDEN;
        } else {
            match rules.create().await {
                Ok((mut file, path)) => {
                    match copy(&mut part, &mut file).await? {
                        Ok(size) => {
                            upload.size = size;
                            upload.tmp_name = path.to_string_lossy().into_owned();
                        }
                        Err(error) => upload.fail(CANNOT_WRITE, &error),
                    }
                    form.files.0.push(path);
                }
                Err(error) => upload.fail(NO_FOLDER, &error),
            }
        }
        form.uploads.push((field, upload));
    }
    Ok(form)
}

impl Upload {
    fn fail(&mut self, code: u8, error: &io::Error) {
        tracing::error!(target: "http", %error, "an uploaded file could not be kept\nhelp: check `http.uploads.dir`");
        self.error = code;
    }
}

/// The outer error is the client's, the inner one the disk's.
async fn copy(
    part: &mut multer::Field<'_>,
    file: &mut tokio::fs::File,
) -> multer::Result<io::Result<u64>> {
    let mut size = 0;
    while let Some(chunk) = part.try_next().await? {
        if let Err(error) = file.write_all(&chunk).await {
            return Ok(Err(error));
        }
        size += chunk.len() as u64;
    }
    Ok(file.flush().await.map(|()| size))
}

async fn text(part: multer::Field<'_>) -> multer::Result<String> {
    let bytes = part.bytes().await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
