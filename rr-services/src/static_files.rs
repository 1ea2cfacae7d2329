//! The `static` middleware: files of one folder, served without PHP.

use std::{
    fs::Metadata,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, header};
use percent_encoding::percent_decode_str;
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    content_coding::{Accepted, Choice, Coding, vary},
    files::{File, Folder, Representation, is_secret, kind_of, respond},
    header_fields::HeaderFields,
    http::Middleware,
};

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
    /// Serves `app.css.br` in place of `app.css` to clients that take it: `br`, `gzip`, `zstd`, the
    /// best liked first. The files are made when the application is built.
    #[serde(default)]
    precompressed: Vec<Coding>,
    /// Without effect, with a warning: headers of requests that PHP never sees reach nobody.
    #[serde(default)]
    request: HeaderFields,
    /// Headers of responses with a file.
    #[serde(default)]
    response: HeaderFields,
}

/// The folder that files are served from.
struct Site {
    folder: Folder,
    /// Extensions without their dot.
    forbid: Vec<String>,
    allow: Vec<String>,
    etag: Option<Etag>,
    precompressed: Vec<Coding>,
    headers: HeaderMap,
}

#[derive(Clone, Copy)]
enum Etag {
    Strong,
    Weak,
}

/// A folder that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error(
    "`http.static.dir`: cannot serve `{path}`: {source}\nhelp: a relative path is seen from the working directory"
)]
struct UnreadableFolder {
    path: PathBuf,
    source: io::Error,
}

impl Service for Static {
    const NAME: &'static str = "static";
    const SECTION: &'static str = "http.static";
    type Config = StaticConfig;
    type Needs = ();
    type Offers = ();

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: StaticConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        if !config.request.0.is_empty() {
            tracing::warn!(
                target: "static",
                "`http.static.request` has no effect: a request for a file is answered before anybody reads its headers",
            );
        }
        let site = Arc::new(Site::new(config)?);
        let serve = from_fn(move |request: Request, next: Next| {
            let site = Arc::clone(&site);
            async move {
                match site.answer(&request) {
                    Some(response) => response,
                    None => next.run(request).await,
                }
            }
        });
        cx.contribute(Middleware::named(Self::NAME, serve).sends_files());
        Ok(())
    }
}

impl Site {
    fn new(config: StaticConfig) -> Result<Self, UnreadableFolder> {
        let folder = Folder::new(&config.dir).map_err(|source| UnreadableFolder {
            path: config.dir,
            source,
        })?;
        // An extension is listed with its dot, but who forgets it means no less.
        let listed = |list: Vec<String>| {
            let named = list.iter().map(|it| it.trim().trim_start_matches('.'));
            named
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Self {
            folder,
            forbid: listed(config.forbid),
            allow: listed(config.allow),
            etag: match (config.calculate_etag, config.weak) {
                (true, false) => Some(Etag::Strong),
                (true, true) => Some(Etag::Weak),
                (false, _) => None,
            },
            precompressed: config.precompressed,
            headers: config.response.0,
        })
    }

    /// A file; `None` where PHP is to answer.
    fn answer(&self, request: &Request) -> Option<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let plain = self.find(request.uri().path())?;
        let kind = kind_of(plain.inside.to_str()?);
        let (file, coding) = self.neighbour(request.headers(), plain);
        let file = Representation {
            length: file.metadata.len(),
            kind,
            etag: self.etag.and_then(|it| it.of(&file.metadata, coding)),
            modified: file.metadata.modified().ok(),
            content: file.content,
        };
        let outlet = request.extensions().get();
        let mut response = respond(request.method(), request.headers(), file, outlet);
        let headers = response.headers_mut();
        if let Some(coding) = coding
            && headers.contains_key(header::CONTENT_TYPE)
        {
            let name = HeaderValue::from_static(coding.name());
            headers.insert(header::CONTENT_ENCODING, name);
        }
        if !self.precompressed.is_empty() {
            vary(headers);
        }
        headers.extend(self.headers.clone());
        Some(response)
    }

    /// The file that a path of a URI means, if it may be served.
    fn find(&self, path: &str) -> Option<File> {
        // Whoever guards `/private/` in front of us has read no slash into `%2F`.
        let mut escapes = path.as_bytes().windows(3);
        if escapes.any(|it| it.eq_ignore_ascii_case(b"%2f") || it.eq_ignore_ascii_case(b"%5c")) {
            return None;
        }
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let relative = path.strip_prefix('/')?;
        if !self.may_be_served(relative) {
            return None;
        }
        let found = self.folder.open(Path::new(relative)).ok()?;
        // Where a link led may be called otherwise.
        let inside = found.inside.to_str()?;
        (inside == relative || self.may_be_served(inside)).then_some(found)
    }

    fn may_be_served(&self, relative: &str) -> bool {
        if relative.split('/').any(is_secret) {
            return false;
        }
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let Some((_, extension)) = name.rsplit_once('.') else {
            return false;
        };
        // Letters beyond ASCII stay as they are: they have no business with the case of `.php`.
        let lists = |list: &[String]| list.iter().any(|it| it.eq_ignore_ascii_case(extension));
        !lists(&self.forbid) && (self.allow.is_empty() || lists(&self.allow))
    }

    /// A compressed file beside the plain one, if the client takes it.
    fn neighbour(&self, asked: &HeaderMap, plain: File) -> (File, Option<Coding>) {
        if self.precompressed.is_empty() {
            return (plain, None);
        }
        let accepted = Accepted::read(asked);
        let mut offered = self.precompressed.clone();
        while let Choice::Coded(coding) = accepted.choose(offered.iter().copied()) {
            let mut name = plain.inside.clone().into_os_string();
            name.push(".");
            name.push(suffix(coding));
            let name = PathBuf::from(name);
            match self.folder.open(&name) {
                // A link could lead to what is not served.
                Ok(found) if found.inside == name => return (found, Some(coding)),
                _ => offered.retain(|it| *it != coding),
            }
        }
        (plain, None)
    }
}

impl Etag {
    /// Of this very form: `coding` is told apart.
    fn of(self, metadata: &Metadata, coding: Option<Coding>) -> Option<HeaderValue> {
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let weak = match self {
            Self::Strong => "",
            Self::Weak => "W/",
        };
        let (size, changed) = (metadata.len(), changed.as_nanos());
        let coding = coding.map_or(String::new(), |it| format!("-{}", it.name()));
        HeaderValue::try_from(format!("{weak}\"{size:x}-{changed:x}{coding}\"")).ok()
    }
}

/// What is put behind the name of a file that is compressed so.
fn suffix(coding: Coding) -> &'static str {
    match coding {
        Coding::Zstd => "zst",
        Coding::Br => "br",
        Coding::Gzip => "gz",
    }
}
