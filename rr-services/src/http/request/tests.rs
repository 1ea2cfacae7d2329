//! What is refused, and how.

use std::convert::Infallible;

use axum::{body::Body, response::Response};
use futures_util::{StreamExt as _, stream};
use http::StatusCode;
use rr_core::config::Megabytes;

use super::*;
use crate::http::{body::BodyConfig, spool::SpoolConfig};

fn rules(places: usize) -> RequestRules {
    RequestRules {
        codec: ContextCodec::Json,
        raw_body: false,
        body: BodyRules {
            max_size: 1 << 20,
            limits: BodyConfig {
                max_fields: 3,
                ..BodyConfig::default()
            },
        },
        spool: SpoolRules::new(&SpoolConfig {
            memory: Megabytes::new(0),
            ..SpoolConfig::default()
        }),
        uploads: UploadRules::new(Default::default(), None),
        large: LargeBodies {
            number: 1,
            places: Arc::new(Semaphore::new(places)),
            patience: Duration::from_secs(10),
        },
    }
}

async fn answer(rules: &RequestRules, kind: &str, body: Body) -> Result<Task, Response> {
    let request = Request::post("/").header(header::HOST, "a");
    let request = request.header(header::CONTENT_TYPE, kind).body(body);
    let task = Task::read(request.unwrap(), rules).await;
    task.map_err(Refusal::into_response)
}

async fn check(kind: &str, body: impl Into<Body>, status: StatusCode) {
    let refused = answer(&rules(1), kind, body.into()).await;
    assert_eq!(refused.unwrap_err().status(), status, "{kind}");
}

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

/// Bodies that begin and never go on.
#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_is_given_up() {
    for (kind, start) in [
        ("text/plain", "abc"),
        (URLENCODED, "a="),
        (MULTIPART, "--x\r\n"),
    ] {
        let parts = stream::once(async move { Ok::<_, Infallible>(start) });
        let body = Body::from_stream(parts.chain(stream::pending()));
        check(kind, body, StatusCode::REQUEST_TIMEOUT).await;
    }
}

#[tokio::test]
async fn a_form_of_too_many_fields_is_refused() {
    check(URLENCODED, "a=1&b=2&c=3&d=4", StatusCode::PAYLOAD_TOO_LARGE).await;
    let part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
    let form = format!("{}--x--", part.repeat(4));
    check(MULTIPART, form, StatusCode::PAYLOAD_TOO_LARGE).await;
    let form = format!("{}--x--", part.repeat(3));
    assert!(answer(&rules(1), MULTIPART, form.into()).await.is_ok());
}

#[tokio::test]
async fn a_form_that_is_none_is_refused() {
    check("multipart/form-data", "--x--", StatusCode::BAD_REQUEST).await;
    let rules = rules(1);
    let none = answer(&rules, "multipart/form-data", Body::empty()).await;
    assert_eq!(none.unwrap().payload.body, "{}");
    check(
        MULTIPART,
        "--x\r\nno colon\r\n\r\n",
        StatusCode::BAD_REQUEST,
    )
    .await;
    check(MULTIPART, "--x\r\n", StatusCode::BAD_REQUEST).await;
}

#[tokio::test(start_paused = true)]
async fn large_bodies_wait_for_room_in_memory() {
    let rules = rules(1);
    let large = || Body::from(vec![b'x'; 100 << 10]);
    let first = answer(&rules, "text/plain", large()).await.unwrap();
    assert_eq!(first.payload.body.len(), 100 << 10);
    let second = answer(&rules, "text/plain", large()).await.unwrap_err();
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.headers()[header::RETRY_AFTER], "1");
    assert!(answer(&rules, "text/plain", "small".into()).await.is_ok());
    drop(first);
    assert!(answer(&rules, "text/plain", large()).await.is_ok());
}
