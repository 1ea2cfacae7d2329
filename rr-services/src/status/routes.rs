//! `/health`, `/ready`, `/jobs`: the answers over HTTP.

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::{STOPPING, Told, checks::Question};

/// One line of a report; its names are those of the Go server.
#[derive(Serialize)]
struct Line {
    plugin_name: String,
    error_message: String,
    status_code: u16,
}

pub(super) fn routes(told: Arc<Told>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/jobs", get(jobs))
        .with_state(told)
}

/// A server that stops is well: it must not be killed for that.
async fn health(State(told): State<Arc<Told>>, RawQuery(query): RawQuery) -> Response {
    match told.stopping.is_cancelled() {
        true => STOPPING.into_response(),
        false => told.report(Question::Health, query).await,
    }
}

async fn ready(State(told): State<Arc<Told>>, RawQuery(query): RawQuery) -> Response {
    match told.stopping.is_cancelled() {
        true => (told.unavailable(), STOPPING).into_response(),
        false => told.report(Question::Readiness, query).await,
    }
}

/// The states of job pipelines; no service has any.
async fn jobs(State(told): State<Arc<Told>>) -> Response {
    match told.stopping.is_cancelled() {
        true => (told.unavailable(), STOPPING).into_response(),
        false => json(StatusCode::OK, &[]),
    }
}

impl Told {
    /// One no makes the whole answer a no.
    async fn report(&self, question: Question, query: Option<String>) -> Response {
        let names = plugins(&query.unwrap_or_default());
        let found = self.checks.of(&names, self.limit()).await;
        for unknown in names.iter().filter(|it| !found.contains_key(*it)) {
            tracing::warn!(target: "status", plugin = unknown, "asked for a plugin that is not there");
        }
        let line = |(plugin_name, condition)| {
            let fault = question.fault(condition);
            let status = match fault {
                Some(_) => self.unavailable(),
                None => StatusCode::OK,
            };
            Line {
                plugin_name,
                error_message: fault.unwrap_or_default(),
                status_code: status.as_u16(),
            }
        };
        let lines: Vec<_> = found.into_iter().map(line).collect();
        let fine = lines.iter().all(|it| it.error_message.is_empty());
        json(
            if fine {
                StatusCode::OK
            } else {
                self.unavailable()
            },
            &lines,
        )
    }
}

fn json(status: StatusCode, lines: &[Line]) -> Response {
    let body = serde_json::to_string(lines).expect("texts and numbers are JSON");
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// The values of `plugin`, of which there may be several.
fn plugins(query: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|it| it.split_once('='));
    let values = pairs.filter(|(name, _)| *name == "plugin");
    let decoded = values.map(|(_, value)| {
        let value = value.replace('+', " ");
        percent_decode_str(&value).decode_utf8_lossy().into_owned()
    });
    decoded.filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::plugins;

    #[test]
    fn queries() {
        check("", &[]);
        check("plugin", &[]);
        check("plugin=", &[]);
        check("plugin=http", &["http"]);
        check(
            "a=b&plugin=http&plugin=my%20own&plugin=a+b",
            &["http", "my own", "a b"],
        );
        check("plugin=%ff&=&&", &["\u{fffd}"]);
    }

    fn check(query: &str, expected: &[&str]) {
        assert_eq!(plugins(query), expected);
    }
}
