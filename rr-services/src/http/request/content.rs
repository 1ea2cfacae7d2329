//! The body of a request as PHP gets it: bytes as they came, or a form taken apart.
//!
//! In two steps. While the body arrives, what is large goes to files, so that many slow clients
//! fill no memory. When it is there, it is loaded for a worker, as many at a time as workers can take.

use std::ops::Range;

use bytes::Bytes;
use http::{header, request::Parts};
use serde::Serialize;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{BadRequest, LargeBodies, RequestRules};
use crate::http::{
    body::{BadBody, Incoming},
    form::{Tree, urlencoded},
    multipart::{Event, Parser, PartHead, boundary},
    spool::Spool,
    text::text,
    uploads::{Arriving, TemporaryFiles, Upload, UploadRules},
};

/// The most files of one form, PHP's own bound being 20: an empty one is sixty bytes to send and a file to create.
const MAX_FILES: usize = 1000;

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
    bytes: Spool,
    form: Form,
    files: TemporaryFiles,
}

/// What the bytes are.
enum Form {
    None,
    Urlencoded,
    /// Names and values of the fields one after another.
    Multipart {
        fields: Vec<Field>,
        uploads: Vec<(String, Upload)>,
    },
}

/// Where a field's name and value lie.
struct Field {
    name: Range<usize>,
    value: Range<usize>,
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
            () if contains(kind, b"multipart/form-data") => {
                return multipart(&boundary(kind)?, body, rules).await;
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
        let place = match self.bytes.is_on_disk() {
            true => Some(rules.large.enter().await?),
            false => None,
        };
        let bytes = self.bytes.into_bytes().await.map_err(BadBody::from)?;
        let kept = Kept {
            _files: self.files,
            _place: place,
        };
        let most = rules.body.limits.max_fields;
        Ok(match self.form {
            Form::None => Content {
                body: bytes,
                kept,
                ..Content::default()
            },
            Form::Urlencoded => Content {
                body: json(&Tree::<String>::from_fields(urlencoded(&bytes), most)?).into(),
                parsed: true,
                kept,
                ..Content::default()
            },
            Form::Multipart { fields, uploads } => {
                let text = |range: Range<usize>| text(bytes.get(range).unwrap_or_default());
                let fields = fields.into_iter().map(|it| (text(it.name), text(it.value)));
                Content {
                    body: json(&Tree::<String>::from_fields(fields, most)?).into(),
                    parsed: true,
                    uploads: Some(json(&Tree::<Upload>::from_fields(uploads, most)?)),
                    kept,
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

async fn multipart(
    boundary: &[u8],
    body: &mut Incoming,
    rules: &RequestRules,
) -> Result<Arrived, BadRequest> {
    let mut parser = Parser::new(boundary);
    let mut form = Arriver::new(rules);
    while let Some(bytes) = body.next().await? {
        parser.feed(&bytes);
        while let Some(event) = parser.next()? {
            match event {
                Event::Part(head) => form.begin(head).await?,
                Event::Data(data) => form.push(data).await?,
                Event::End => form.end().await,
            }
        }
    }
    parser.finish()?;
    Ok(form.finish())
}

/// Puts the parts of a form where they belong.
struct Arriver<'a> {
    max_fields: usize,
    uploads_rules: &'a UploadRules,
    bytes: Spool,
    fields: Vec<Field>,
    uploads: Vec<(String, Upload)>,
    files: TemporaryFiles,
    open: Open,
}

/// The part that is being read.
enum Open {
    /// None, or one that is nobody's.
    None,
    Field(Field),
    File(String, Arriving),
}

impl<'a> Arriver<'a> {
    fn new(rules: &'a RequestRules) -> Self {
        Self {
            max_fields: match rules.body.limits.max_fields {
                0 => usize::MAX,
                most => most,
            },
            uploads_rules: &rules.uploads,
            bytes: Spool::new(&rules.spool),
            fields: Vec::new(),
            uploads: Vec::new(),
            files: TemporaryFiles::default(),
            open: Open::None,
        }
    }

    async fn begin(&mut self, head: PartHead) -> Result<(), BadRequest> {
        let Some(name) = head.name else {
            return Ok(());
        };
        self.open = match head.file.filter(|it| !it.is_empty()) {
            Some(file) => {
                if self.uploads.len() == MAX_FILES {
                    return Err(BadRequest::Files(MAX_FILES));
                }
                let (file, mime) = (text(&file).into_owned(), text(&head.mime).into_owned());
                let file = Arriving::begin(file, mime, self.uploads_rules).await;
                Open::File(text(&name).into_owned(), file)
            }
            // A file input that was left empty is an empty field.
            None => {
                if self.fields.len() == self.max_fields {
                    return Err(BadRequest::Fields(self.max_fields));
                }
                let name = self.append(name.into()).await?;
                let value = name.end..name.end;
                Open::Field(Field { name, value })
            }
        };
        Ok(())
    }

    async fn push(&mut self, data: Bytes) -> Result<(), BadRequest> {
        match &mut self.open {
            Open::None => {}
            Open::File(_, file) => file.push(data).await,
            Open::Field(_) => {
                let value = self.append(data).await?;
                if let Open::Field(field) = &mut self.open {
                    field.value.end = value.end;
                }
            }
        }
        Ok(())
    }

    async fn end(&mut self) {
        match std::mem::replace(&mut self.open, Open::None) {
            Open::None => {}
            Open::Field(field) => self.fields.push(field),
            Open::File(name, file) => {
                let (upload, path) = file.finish().await;
                self.uploads.push((name, upload));
                self.files.push(path);
            }
        }
    }

    async fn append(&mut self, data: Bytes) -> Result<Range<usize>, BadRequest> {
        // Shorter than the body, which is shorter than a frame.
        let start = self.bytes.len() as usize;
        let end = start + data.len();
        self.bytes.push(data).await.map_err(BadBody::from)?;
        Ok(start..end)
    }

    fn finish(self) -> Arrived {
        Arrived {
            bytes: self.bytes,
            form: Form::Multipart {
                fields: self.fields,
                uploads: self.uploads,
            },
            files: self.files,
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
