//! The parts of a multipart form as they arrive: fields one after another into a spool, files to disk.

use std::ops::Range;

use bytes::Bytes;

use super::{
    BadRequest, RequestRules,
    content::{Arrived, Field, Form},
};
use crate::http::{
    body::{BadBody, Incoming},
    multipart::{Event, Parser, PartHead},
    spool::Spool,
    text::text,
    uploads::{Arriving, TemporaryFiles, Upload, UploadRules},
};

/// The most files of one form, PHP's own bound being 20: an empty one is sixty bytes to send and a file to create.
const MAX_FILES: usize = 1000;

/// Reads a multipart form to its end.
pub(super) async fn read(
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
