//! The `live_reload` middleware: browsers load their page again once workers were reset.

mod body;
mod splice;

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, Method, StatusCode, header};
use rr_core::{
    BoxError, Init, Service,
    events::Listener,
    pool::{Event, What},
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::watch;

use crate::http::Middleware;
use body::Spliced;

/// Where browsers hear of resets.
const EVENTS: &str = "/_rr/live-reload";

/// What listens there, a file rather than text in the page: `script-src 'self'` lets it pass.
const SCRIPT: &str = "/_rr/live-reload.js";

/// What pages get.
const TAG: &[u8] = b"<script src=\"/_rr/live-reload.js\" async></script>";

/// The middleware `live_reload`; name it in `http.middleware`. For development.
#[derive(Debug)]
pub struct LiveReload;

/// Live reload has no settings.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub struct LiveReloadConfig {}

/// What browsers are told.
#[derive(Clone, Copy)]
enum News {
    /// Workers were reset.
    Reset,
    /// The server stops.
    Over,
}

impl Service for LiveReload {
    const NAME: &'static str = "live_reload";
    const SECTION: &'static str = "http.live_reload";
    type Config = LiveReloadConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<LiveReloadConfig> {
        Some(LiveReloadConfig::default())
    }

    fn init(self, _: LiveReloadConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let (tell, news) = watch::channel(News::Reset);
        let farewell = tell.clone();
        cx.contribute(Listener::<Event>::new(move |event| {
            if matches!(event.what, What::Reset { .. }) {
                tell.send_replace(News::Reset);
            }
        }));
        // The stop would wait for those who listen.
        cx.before_stop(async move {
            farewell.send_replace(News::Over);
        });
        let layer = from_fn(move |request: Request, next: Next| {
            let news = news.clone();
            async move {
                match request.uri().path() {
                    EVENTS => events(news),
                    SCRIPT => script(),
                    _ => with_script(request, next).await,
                }
            }
        });
        cx.contribute(Middleware::named(Self::NAME, layer));
        Ok(())
    }
}

/// A stream that says a word for each reset.
fn events(mut news: watch::Receiver<News>) -> Response {
    news.mark_unchanged();
    // Browsers try again so soon after the stream has ended, in milliseconds.
    let first = stream::once(async { "retry: 300\n\n" });
    let resets = stream::unfold(news, |mut news| async {
        news.changed().await.ok()?;
        let latest = *news.borrow_and_update();
        match latest {
            News::Reset => Some(("data: reset\n\n", news)),
            News::Over => None,
        }
    });
    let words = first
        .chain(resets)
        .map(|it| Ok::<_, Infallible>(Bytes::from_static(it.as_bytes())));
    let head = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (head, Body::from_stream(words)).into_response()
}

fn script() -> Response {
    let head = [
        (header::CONTENT_TYPE, "text/javascript"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (head, include_str!("script.js")).into_response()
}

async fn with_script(request: Request, next: Next) -> Response {
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    if !is_page(response.status(), response.headers()) {
        return response;
    }
    // How long the page is with the script, if it has an end to put it before, is not known here.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().remove(header::ACCEPT_RANGES);
    match is_head {
        true => response,
        false => response.map(|it| Body::new(Spliced::new(it, TAG))),
    }
}

/// Whether it is HTML that can be read and changed: all of it, not compressed.
fn is_page(status: StatusCode, headers: &HeaderMap) -> bool {
    let has = |name, part: &str| {
        let values = headers.get_all(name).iter();
        let mut texts = values.filter_map(|it| it.to_str().ok());
        texts.any(|it| it.to_ascii_lowercase().contains(part))
    };
    let is_html = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|it| it.as_bytes().to_ascii_lowercase().starts_with(b"text/html"));
    let is_whole = !matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
    );
    is_html
        && is_whole
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !has(header::CONTENT_DISPOSITION, "attachment")
        && !has(header::CACHE_CONTROL, "no-transform")
}
