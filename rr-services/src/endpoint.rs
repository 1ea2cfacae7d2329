//! A small HTTP server at a service's own address, beside `http`: for probes and scrapes.
//!
//! HTTP/1 without TLS, and few connections at a time: it is for the operator's network.

use std::{future::ready, io, time::Duration};

use axum::{Router, middleware::map_response, response::Response};
use http::{HeaderValue, header::CONNECTION};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rr_core::{
    lifecycle::Stop,
    listen::{Accepted, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
    time::{sleep, timeout},
};

/// Connections at a time; further clients wait in the system's queue.
const CONNECTIONS: usize = 128;

/// How long a client may take for the head of a request, or until its next one.
const HEAD: Duration = Duration::from_secs(60);

/// How long a connection is kept; whoever polls comes again.
const LIFE: Duration = Duration::from_secs(600);

/// How long what is being answered may take after that, or after the stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long, once another process has taken over, a connection is kept for a request that is on its way.
const SILENT: Duration = Duration::from_secs(5);

/// How long to wait when the system gives no connection, being out of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers every request to `listener` by `answers` until `stop`. `service` is for the log.
pub(crate) async fn serve(service: &'static str, listener: Listener, answers: Router, stop: &Stop) {
    let mut connections = JoinSet::new();
    let end = End {
        stop: stop.clone(),
        given_away: listener.given_away(),
    };
    let answers = saying_farewell(answers, listener.given_away());
    loop {
        let room = connections.len() < CONNECTIONS;
        tokio::select! {
            accepted = listener.accept(), if room => match accepted {
                Ok(Accepted::Tcp(stream, _)) => {
                    connections.spawn(connection(stream, answers.clone(), end.clone()));
                }
                Ok(Accepted::Unix(stream)) => {
                    connections.spawn(connection(stream, answers.clone(), end.clone()));
                }
                Err(error) => {
                    crowded(service, &error);
                    sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    connections.join_all().await;
}

/// Once another process has taken the socket over, each answer asks its client to come anew.
fn saying_farewell(answers: Router, given_away: Stop) -> Router {
    answers.layer(map_response(move |mut answer: Response| {
        if given_away.is_cancelled() {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(CONNECTION, close);
        }
        ready(answer)
    }))
}

/// What ends every connection.
#[derive(Clone)]
struct End {
    stop: Stop,
    /// Who asks on is to ask the process that took over.
    given_away: Stop,
}

impl End {
    /// Resolves when a client that has sent nothing since another process has taken over is not about to.
    async fn is_left(&self) {
        self.given_away.cancelled().await;
        sleep(SILENT).await;
    }
}

fn crowded(service: &str, error: &io::Error) {
    tracing::warn!(target: "server", service, %error, "cannot accept a connection");
}

/// Clients that break the protocol or leave are no news.
async fn connection<T>(stream: T, answers: Router, end: End)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(answers));
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        _ = &mut serving => return,
        () = end.stop.cancelled() => {}
        () = end.is_left() => {}
        () = sleep(LIFE) => {}
    }
    serving.as_mut().graceful_shutdown();
    timeout(FAREWELL, serving).await.ok();
}
