//! The body of a request as PHP gets it: bytes as they came, or a form taken apart.
//!
//! In two steps. While the body arrives, what is large goes to files, so that many slow clients
//! fill no memory. When it is there, it is loaded for a worker, as many at a time as workers can take.

use std::{io, ops::Range};

use bytes::Bytes;
use http::{header, request::Parts};
use serde::Serialize;
use tokio::{sync::OwnedSemaphorePermit, task::spawn_blocking, time::timeout};

use super::{BadRequest, LargeBodies, RequestRules, parts};
use crate::http::{
    body::{BadBody, Incoming},
    form::{BadForm, Tree, urlencoded},
    multipart::boundary,
    spool::Spool,
    text::text,
    uploads::{TemporaryFiles, Upload},
};

/// A body as PHP gets it.
#[derive(Default)]
pub(super) struct Content {
    pub(super) body: Bytes,
    /// The body is a JSON tree of form fields.
    pub(super) parsed: bool,
    /// A JSON tree of uploads.
    pub(super) uploads: Option<String>,
    pub(super) kept: Kept,
}

/// What lives as long as a worker may look at the task: its files, and its place among the large ones.
#[derive(Debug, Default)]
pub(in super::super) struct Kept {
    _files: TemporaryFiles,
    _place: Option<OwnedSemaphorePermit>,
}

/// A body that is there, what is large of it on disk.
pub(super) struct Arrived {
    pub(super) bytes: Spool,
    pub(super) form: Form,
    pub(super) files: TemporaryFiles,
}

/// What the bytes are.
pub(super) enum Form {
    None,
    Urlencoded,
    /// Names and values of the fields one after another.
    Multipart {
        fields: Vec<Field>,
        uploads: Vec<(String, Upload)>,
    },
}

/// Where a field's name and value lie.
pub(super) struct Field {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

impl Arrived {
    pub(super) async fn read(
        parts: &Parts,
        body: &mut Incoming,
        rules: &RequestRules,
    ) -> Result<Self, BadRequest> {
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let kind = kind.map_or(&b""[..], |it| it.as_bytes());
        let form = match () {
            () if rules.raw_body => Form::None,
            () if contains(kind, b"application/x-www-form-urlencoded") => Form::Urlencoded,
            // Some clients say of every request that it is a form.
            () if contains(kind, b"multipart/form-data") && body.is_end() => Form::Multipart {
                fields: Vec::new(),
                uploads: Vec::new(),
            },
            () if contains(kind, b"multipart/form-data") => {
                return parts::read(&boundary(kind)?, body, rules).await;
            }
            () => Form::None,
        };
        Ok(Self {
            bytes: body.spool(&rules.spool).await?,
            form,
            files: TemporaryFiles::default(),
        })
    }

    /// Brings it into memory.
    pub(super) async fn load(self, rules: &RequestRules) -> Result<Content, BadRequest> {
        let Self { bytes, form, files } = self;
        let most = rules.body.limits.max_fields;
        let is_large = bytes.is_on_disk();
        let place = match is_large {
            true => Some(rules.large.enter().await?),
            false => None,
        };
        let bytes = bytes.into_bytes().await.map_err(BadBody::from)?;
        let mut content = match (form, is_large) {
            (Form::None, _) => Content {
                body: bytes,
                ..Content::default()
            },
            (form, false) => form.content(&bytes, most)?,
            // Long enough for others to notice, on the thread of their requests.
            (form, true) => {
                let content = spawn_blocking(move || form.content(&bytes, most)).await;
                content.map_err(io::Error::other).map_err(BadBody::from)??
            }
        };
        content.kept = Kept {
            _files: files,
            _place: place,
        };
        Ok(content)
    }
}

impl Form {
    fn content(self, bytes: &Bytes, most: usize) -> Result<Content, BadForm> {
        Ok(match self {
            Self::None => Content::default(),
            Self::Urlencoded => Content {
                body: json(&Tree::<String>::from_fields(urlencoded(bytes), most)?).into(),
                parsed: true,
                ..Content::default()
            },
            Self::Multipart { fields, uploads } => {
                let text = |range: Range<usize>| text(bytes.get(range).unwrap_or_default());
                let fields = fields.into_iter().map(|it| (text(it.name), text(it.value)));
                Content {
                    body: json(&Tree::<String>::from_fields(fields, most)?).into(),
                    parsed: true,
                    uploads: Some(json(&Tree::<Upload>::from_fields(uploads, 0)?)),
                    ..Content::default()
                }
            }
        })
    }
}

impl LargeBodies {
    async fn enter(&self) -> Result<OwnedSemaphorePermit, BadRequest> {
        let place = self.places.clone().acquire_owned();
        match timeout(self.patience, place).await {
            Ok(place) => Ok(place.expect("never closed")),
            Err(_elapsed) => Err(BadRequest::Busy(self.patience)),
        }
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len())
        .any(|it| it.eq_ignore_ascii_case(what))
}

fn json(tree: &impl Serialize) -> String {
    serde_json::to_string(tree).expect("trees of strings are JSON")
}
