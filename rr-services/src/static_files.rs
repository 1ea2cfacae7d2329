//! The `static` middleware: files of one folder, served without PHP.

mod file;
mod small;

use std::{
    collections::BTreeMap,
    fs::Metadata,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use axum::{
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

use crate::http::Middleware;
use file::File;

/// The middleware `static`; name it in `http.middleware`.
#[derive(Debug)]
pub struct Static;

/// Files served without PHP. What is not found there goes on to PHP.
///
/// Never served, whatever is configured: PHP files, names that begin with a dot, and
/// what lies outside the folder behind a symbolic link.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct StaticConfig {
    /// The folder.
    dir: PathBuf,
    /// Extensions that are not served, with their dot: `.htaccess`.
    #[serde(default)]
    forbid: Vec<String>,
    /// Extensions that alone are served; all where the list is empty. `forbid` wins.
    #[serde(default)]
    allow: Vec<String>,
    /// Gives files an ETag, made of their size and the time of their last change.
    #[serde(default)]
    calculate_etag: bool,
    /// Marks that ETag as a weak one.
    #[serde(default)]
    weak: bool,
    /// Headers of responses with a file.
    #[serde(default)]
    response: BTreeMap<String, String>,
}

impl Service for Static {
    const NAME: &'static str = "static";
    const SECTION: &'static str = "http.static";
    type Config = StaticConfig;
    type Needs = ();
    type Offers = ();

    fn init(self, config: StaticConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let folder = Arc::new(Folder::new(config)?);
        let serve = from_fn(move |request: Request, next: Next| {
            let folder = Arc::clone(&folder);
            async move { folder.answer(request, next).await }
        });
        cx.contribute(Middleware::named(Self::NAME, serve));
        Ok(())
    }
}

/// The folder that files are served from.
struct Folder {
    /// Canonical.
    root: PathBuf,
    forbid: Vec<String>,
    allow: Vec<String>,
    etag: Option<Etag>,
    headers: HeaderMap,
}

#[derive(Clone, Copy)]
enum Etag {
    Strong,
    Weak,
}

/// A folder that cannot be served.
#[derive(Debug, thiserror::Error)]
enum FolderError {
    #[error("`http.static.dir`: cannot serve `{path}`: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`http.static.dir`: `{0}` is no folder")]
    NoFolder(PathBuf),
    #[error("`http.static.response`: `{0}` is no header")]
    Header(String),
}

impl Folder {
    fn new(config: StaticConfig) -> Result<Self, FolderError> {
        let unreadable = |source| FolderError::Unreadable {
            path: config.dir.clone(),
            source,
        };
        let root = file::canonical(&config.dir).map_err(unreadable)?;
        if !root.is_dir() {
            return Err(FolderError::NoFolder(root));
        }
        let header = |(name, value): (String, String)| {
            let parsed = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
            let (Ok(name), Ok(value)) = parsed else {
                return Err(FolderError::Header(format!("{name}: {value}")));
            };
            Ok((name, value))
        };
        let lower = |list: Vec<String>| list.into_iter().map(|it| it.to_lowercase()).collect();
        Ok(Self {
            root,
            forbid: lower(config.forbid),
            allow: lower(config.allow),
            etag: match (config.calculate_etag, config.weak) {
                (true, false) => Some(Etag::Strong),
                (true, true) => Some(Etag::Weak),
                (false, _) => None,
            },
            headers: config
                .response
                .into_iter()
                .map(header)
                .collect::<Result<_, _>>()?,
        })
    }

    /// A file, or what PHP answers where there is none.
    async fn answer(&self, request: Request, next: Next) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return next.run(request).await;
        }
        let Some(file) = self.find(request.uri().path()) else {
            return next.run(request).await;
        };
        let etag = self.etag.and_then(|kind| kind.of(&file.metadata));
        let kind = mime_guess::from_path(&file.path).first_or_octet_stream();
        let mut response = match &etag {
            Some(etag) if is_known(request.headers(), etag) => {
                StatusCode::NOT_MODIFIED.into_response()
            }
            _ => match small::answer(&request, &file, &kind) {
                Some(response) => response,
                None => match ServeFile::new_with_mime(file.alias(), &kind)
                    .oneshot(request)
                    .await
                {
                    Ok(response) => response.map(Body::new),
                    Err(never) => match never {},
                },
            },
        };
        if let Some(etag) = etag {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response.headers_mut().extend(self.headers.clone());
        response
    }

    /// The file that a path of a URI means, if it may be served.
    fn find(&self, path: &str) -> Option<File> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let relative = path.strip_prefix('/')?;
        if !self.may_be_served(relative) {
            return None;
        }
        let found = File::open_below(&self.root, &self.root.join(relative)).ok()?;
        let inside = found.path.strip_prefix(&self.root).ok()?;
        self.may_be_served(inside.to_str()?).then_some(found)
    }

    fn may_be_served(&self, relative: &str) -> bool {
        let plain =
            |name: &str| !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', '\0']);
        if !relative.split('/').all(plain) {
            return false;
        }
        let Some(extension) = Path::new(relative).extension().and_then(|it| it.to_str()) else {
            return false;
        };
        let extension = format!(".{}", extension.to_lowercase());
        !is_php(&extension)
            && !self.forbid.contains(&extension)
            && (self.allow.is_empty() || self.allow.contains(&extension))
    }
}

/// `.php`, `.php8`, `.phtml`, `.phar` and their like.
fn is_php(extension: &str) -> bool {
    matches!(extension, ".phtml" | ".phar" | ".pht" | ".phps") || extension.starts_with(".php")
}

impl Etag {
    fn of(self, metadata: &Metadata) -> Option<HeaderValue> {
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let weak = match self {
            Self::Strong => "",
            Self::Weak => "W/",
        };
        let tag = format!("{weak}\"{:x}-{:x}\"", metadata.len(), changed.as_nanos());
        HeaderValue::from_str(&tag).ok()
    }
}

/// Whether the client has the file already.
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(etag) = etag.to_str() else {
        return false;
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    known
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .any(|it| it.trim() == "*" || bare(it) == bare(etag))
}
