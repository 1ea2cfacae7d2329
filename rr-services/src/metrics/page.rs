//! What Prometheus reads: everything there is, in its text format.

use std::{collections::HashSet, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures_util::future::join_all;
use http::header::CONTENT_TYPE;
use prometheus::{Encoder as _, TEXT_FORMAT, TextEncoder, proto::MetricFamily};
use rr_core::{Collection, pool::Pool};
use tokio::time::timeout;

use super::{declared::Declared, pools, process};
use crate::exposition::MetricSource;

/// How long a source may take; Prometheus itself gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where all figures come from.
pub(super) struct Page {
    pub(super) sources: Collection<MetricSource>,
    pub(super) pools: Collection<Pool>,
    pub(super) declared: Arc<Declared>,
}

/// The same on every path, as ever.
pub(super) fn routes(page: Page) -> Router {
    Router::new()
        .fallback(get(answer))
        .with_state(Arc::new(page))
}

async fn answer(State(page): State<Arc<Page>>) -> Response {
    let text = page.text().await;
    ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response()
}

impl Page {
    async fn text(&self) -> Vec<u8> {
        let sources = self.sources.all();
        let asked = join_all(sources.iter().map(|it| timeout(PATIENCE, it.gather())));
        let (asked, of_pools) = tokio::join!(asked, pools::gather(self.pools.all()));
        let late = asked.iter().filter(|it| it.is_err()).count();
        if late > 0 {
            tracing::warn!(target: "metrics", late, "services did not tell their metrics in time");
        }
        let mut text = Text::default();
        text.add(process::gather());
        text.add(asked.into_iter().flatten().flatten());
        // A service that tells of its workers itself has told already.
        text.add(of_pools);
        for family in self.declared.gather() {
            let name = family.name().to_owned();
            if !text.add([family]) {
                tracing::warn!(
                    target: "metrics", name,
                    "a metric of the application has the name of one of the server's, which is shown; help: give it a namespace",
                );
            }
        }
        text.bytes
    }
}

/// Families as text, none of them twice.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    names: HashSet<String>,
}

impl Text {
    /// Whether all of them were new. One that cannot be written leaves the others whole.
    fn add(&mut self, families: impl IntoIterator<Item = MetricFamily>) -> bool {
        let mut new = true;
        for family in families {
            if family.get_metric().is_empty() {
                continue;
            }
            if !self.names.insert(family.name().to_owned()) {
                new = false;
                continue;
            }
            let before = self.bytes.len();
            let written = TextEncoder::new().encode(&[family], &mut self.bytes);
            if let Err(error) = written {
                self.bytes.truncate(before);
                tracing::warn!(target: "metrics", %error, "a metric cannot be written");
            }
        }
        new
    }
}
