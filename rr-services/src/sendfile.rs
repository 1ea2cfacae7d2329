//! The `sendfile` middleware: PHP names a file in `X-Sendfile`, the server sends it.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    files::{self, File, Folder, Representation, is_secret, kind_of, respond},
    http::{Middleware, Outlet},
};

/// The middleware `sendfile`; name it in `http.middleware`. It needs no section.
#[derive(Debug)]
pub struct Sendfile;

/// Sends the file that PHP names in the header `X-Sendfile`, in place of the body.
///
/// Never sent, whatever is configured: PHP files, names that begin with a dot, and what lies
/// outside of the folders, behind a symbolic link as well.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SendfileConfig {
    /// The folders that files may lie in; the working directory by default.
    dirs: Vec<PathBuf>,
}

impl Default for SendfileConfig {
    fn default() -> Self {
        Self {
            dirs: [PathBuf::from(".")].into(),
        }
    }
}

impl Service for Sendfile {
    const NAME: &'static str = "sendfile";
    const SECTION: &'static str = "http.sendfile";
    type Config = SendfileConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<SendfileConfig> {
        Some(SendfileConfig::default())
    }

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: SendfileConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let store = config.dirs.iter().map(|it| Root::new(it));
        let store = Arc::new(Store(store.collect::<Result<_, _>>()?));
        let send = from_fn(move |request: Request, next: Next| {
            let store = Arc::clone(&store);
            async move {
                let asked = Asked::of(&request);
                let mut response = next.run(request).await;
                // Gone in any case: it tells where files lie.
                match response.headers_mut().remove(X_SENDFILE) {
                    Some(path) => store.send(&asked, response, path.as_bytes()),
                    None => response,
                }
            }
        });
        cx.contribute(Middleware::named(Self::NAME, send).sends_files());
        Ok(())
    }
}

const X_SENDFILE: HeaderName = HeaderName::from_static("x-sendfile");

/// What of a request matters once there is a file.
struct Asked {
    method: Method,
    headers: HeaderMap,
    outlet: Option<Outlet>,
}

/// The folders that files are sent from.
struct Store(Vec<Root>);

struct Root {
    /// As it was written, made absolute.
    path: PathBuf,
    folder: Folder,
}

/// A folder that files cannot be sent from.
#[derive(Debug, thiserror::Error)]
#[error(
    "`http.sendfile.dirs`: cannot send from `{path}`: {source}\nhelp: a relative path is seen from the working directory"
)]
struct UnreadableFolder {
    path: PathBuf,
    source: io::Error,
}

/// Why a file is not sent.
#[derive(Debug, thiserror::Error)]
enum NotSent {
    #[error("it is not in one of `http.sendfile.dirs`, or has a name that is never sent")]
    Forbidden,
    #[error("{0}")]
    Unreadable(#[from] io::Error),
}

impl Asked {
    fn of(request: &Request) -> Self {
        let conditions = [
            header::RANGE,
            header::IF_RANGE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
        ];
        let mut headers = HeaderMap::new();
        for name in conditions {
            for value in request.headers().get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        Self {
            method: request.method().clone(),
            headers,
            outlet: request.extensions().get().cloned(),
        }
    }
}

impl Store {
    /// The file with PHP's status and headers; PHP's own body is dropped.
    fn send(&self, asked: &Asked, response: Response, path: &[u8]) -> Response {
        if is_bodiless(response.status()) {
            return response;
        }
        let found = files::path(path).ok_or(NotSent::Forbidden);
        let file = match found.and_then(|it| self.open(&it)) {
            Ok(file) => file,
            Err(error) => {
                tracing::error!(target: "sendfile", %error, "cannot send `{}`", String::from_utf8_lossy(path));
                return match error {
                    NotSent::Forbidden => (StatusCode::FORBIDDEN, "forbidden\n").into_response(),
                    NotSent::Unreadable(_) => {
                        (StatusCode::NOT_FOUND, "not found\n").into_response()
                    }
                };
            }
        };
        let (mut parts, _) = response.into_parts();
        // These are of the body that is dropped.
        for name in [
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            header::ACCEPT_RANGES,
            header::TRAILER,
        ] {
            parts.headers.remove(name);
        }
        let kind = parts.headers.remove(header::CONTENT_TYPE);
        let date = parts.headers.remove(header::LAST_MODIFIED);
        let date = date.and_then(|it| httpdate::parse_http_date(it.to_str().ok()?).ok());
        let file = Representation {
            length: file.metadata.len(),
            kind: kind.unwrap_or_else(|| kind_of(&file.inside.to_string_lossy())),
            etag: parts.headers.remove(header::ETAG),
            modified: date.or_else(|| file.metadata.modified().ok()),
            content: file.content,
        };
        // A page that says something else than 200 is sent as a whole.
        let conditional =
            parts.status == StatusCode::OK && matches!(asked.method, Method::GET | Method::HEAD);
        let unconditional = HeaderMap::new();
        let headers = match conditional {
            true => &asked.headers,
            false => &unconditional,
        };
        let mut answer = respond(&asked.method, headers, file, asked.outlet.as_ref());
        if parts.status != StatusCode::OK {
            *answer.status_mut() = parts.status;
        }
        let mut headers = parts.headers;
        headers.extend(std::mem::take(answer.headers_mut()));
        *answer.headers_mut() = headers;
        answer
    }

    fn open(&self, path: &Path) -> Result<File, NotSent> {
        let path = std::path::absolute(path)?;
        // `..` stays in an absolute path as long as nobody looks where links lead.
        if path.components().any(|it| it == Component::ParentDir) {
            return Err(NotSent::Forbidden);
        }
        let mut found = Err(NotSent::Forbidden);
        for root in &self.0 {
            let Some(relative) = root.relative(&path).filter(|it| may_be_sent(it)) else {
                continue;
            };
            match root.folder.open(&relative) {
                Ok(file) if may_be_sent(&file.inside) => return Ok(file),
                Ok(_) => {}
                Err(error) => found = Err(error.into()),
            }
        }
        found
    }
}

impl Root {
    fn new(path: &Path) -> Result<Self, UnreadableFolder> {
        let open = || {
            Ok(Self {
                path: std::path::absolute(path)?,
                folder: Folder::new(path)?,
            })
        };
        open().map_err(|source| UnreadableFolder {
            path: path.to_owned(),
            source,
        })
    }

    /// The part of a path below the folder, whether it is written with the links that lead to the
    /// folder or without them.
    fn relative(&self, path: &Path) -> Option<PathBuf> {
        let below = |root: &Path| path.strip_prefix(root).ok().map(Path::to_owned);
        below(&self.path).or_else(|| below(&fs::canonicalize(&self.path).ok()?))
    }
}

/// Whether an answer of this status has no place for a file (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5).
fn is_bodiless(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    )
}

/// Names that are no text are no secrets either: nobody spells `.php` so.
fn may_be_sent(relative: &Path) -> bool {
    !relative.iter().any(|it| is_secret(&it.to_string_lossy()))
}
