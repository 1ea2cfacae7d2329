//! Middleware: tower layers around PHP, the first listed sees the request first.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use rr_core::{
    Off, ServerBuilder,
    config::{self, Diagnostic},
};
use tower::{Layer, ServiceExt as _, util::BoxCloneSyncService};

/// What every middleware wraps and is wrapped into.
pub type Stack = BoxCloneSyncService<Request, Response, Infallible>;

/// A tower layer that fits the HTTP service; its bounds, written once.
///
/// Any layer does whose service takes and gives HTTP messages and cannot fail: who
/// turns an error into a response is settled where the layer is written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no HTTP middleware",
    label = "no tower layer over `Request`",
    note = "`.middleware(..)` takes a tower `Layer` whose service answers `axum::extract::Request` and has `Infallible` as its error"
)]
pub trait HttpLayer: Send + Sync + 'static {
    /// Wraps the stack.
    fn wrap(&self, inner: Stack) -> Stack;
}

impl<L> HttpLayer for L
where
    L: Layer<Stack> + Send + Sync + 'static,
    L::Service: tower::Service<Request, Error: Into<Infallible>, Response: IntoResponse, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    <L::Service as tower::Service<Request>>::Error: 'static,
    <L::Service as tower::Service<Request>>::Response: 'static,
{
    fn wrap(&self, inner: Stack) -> Stack {
        BoxCloneSyncService::new(
            self.layer(inner)
                .map_response(IntoResponse::into_response)
                .map_err(Into::into),
        )
    }
}

/// A layer with its type erased: contribute it, the HTTP service collects it.
#[derive(Clone)]
pub struct Middleware {
    name: Option<&'static str>,
    passes_bodies: bool,
    sends_files: bool,
    layer: Arc<dyn HttpLayer>,
}

impl Middleware {
    /// One that `http.middleware` turns on, and puts in order, by `name`.
    pub fn named(name: &'static str, layer: impl HttpLayer) -> Self {
        Self {
            name: Some(name),
            ..Self::always(layer)
        }
    }

    /// Wraps `inner` as the HTTP service would: for tests of what a service contributes.
    #[must_use]
    pub fn wrap(&self, inner: Stack) -> Stack {
        self.layer.wrap(inner)
    }

    /// One that is always on, outside all named ones.
    pub fn always(layer: impl HttpLayer) -> Self {
        Self {
            name: None,
            passes_bodies: false,
            sends_files: false,
            layer: Arc::new(layer),
        }
    }

    /// Says that the layer passes each body on whole, and in order, and makes nothing of its bytes: it may
    /// count them. Then files that middleware inside it answers with are sent by the system, without being
    /// read. A layer that breaks its word has its connections cut.
    #[must_use]
    pub fn passes_bodies(mut self) -> Self {
        self.passes_bodies = true;
        self
    }

    /// Says that the layer uses the [`Outlet`](super::Outlet) of requests, besides.
    #[must_use]
    pub fn sends_files(mut self) -> Self {
        self.sends_files = true;
        self.passes_bodies()
    }
}

/// `.middleware(..)` on the server's builder; the kernel itself knows no HTTP.
///
/// A layer of anybody's does, as it is:
///
/// ```
/// use rr_core::Server;
/// use rr_services::{Http, MiddlewareExt as _};
/// use tower_http::cors::CorsLayer;
///
/// let server = Server::builder()
///     .service(rr_services::Server)
///     .service(Http)
///     .middleware(CorsLayer::permissive());
/// # drop(server);
/// ```
///
/// One of your own is shortest as a function:
///
/// ```
/// use axum::{extract::Request, middleware::{Next, from_fn}, response::Response};
/// use rr_core::Server;
/// use rr_services::{MiddlewareExt as _, http::Attributes};
///
/// async fn tenant(mut request: Request, next: Next) -> Response {
///     // PHP: `$request->getAttribute('tenant')`
///     let attributes = request.extensions_mut().get_or_insert_default::<Attributes>();
///     attributes.set("tenant", "acme");
///     let mut response = next.run(request).await;
///     response.headers_mut().insert("x-tenant", "acme".parse().expect("ASCII"));
///     response
/// }
///
/// let server = Server::builder().middleware(from_fn(tenant));
/// # drop(server);
/// ```
pub trait MiddlewareExt: Sized {
    /// Puts a tower layer around the HTTP service; the first added is outermost.
    #[must_use]
    fn middleware(self, layer: impl HttpLayer) -> Self;
}

impl MiddlewareExt for ServerBuilder {
    fn middleware(self, layer: impl HttpLayer) -> Self {
        self.contribute(Middleware::always(layer))
    }
}

/// All that requests go through.
#[derive(Clone, Debug)]
pub(super) struct Wrapped {
    pub(super) stack: Stack,
    /// Whether there is middleware that can send files past hyper, with none around it that looks into bodies.
    pub(super) sends_files: bool,
}

impl From<Stack> for Wrapped {
    fn from(stack: Stack) -> Self {
        Self {
            stack,
            sends_files: false,
        }
    }
}

/// Wraps `bottom` so that those always on are outside those named, and of both the first is outermost.
///
/// A name that nobody contributes is passed over: real files carry the names of middleware that a
/// server does not have. [`unknown`] tells of it.
pub(super) fn wrap(bottom: Stack, names: &[String], middleware: &[Middleware]) -> Wrapped {
    let named = names
        .iter()
        .filter_map(|name| middleware.iter().find(|it| it.name == Some(name)));
    let always = middleware.iter().filter(|it| it.name.is_none());
    let outermost_first: Vec<_> = always.chain(named).collect();
    let innermost_sender = outermost_first.iter().rposition(|it| it.sends_files);
    let sends_files =
        innermost_sender.is_some_and(|it| outermost_first[..it].iter().all(|it| it.passes_bodies));
    let inside_out = outermost_first.into_iter().rev();
    Wrapped {
        stack: inside_out.fold(bottom, |stack, it| it.layer.wrap(stack)),
        sends_files,
    }
}

/// Middleware of RoadRunner: files that work there name them, with or without a section.
const ROADRUNNER: [&str; 11] = [
    "cache",
    "circuitbreaker",
    "gzip",
    "headers",
    "http_metrics",
    "new_relic",
    "otel",
    "proxy_ip_parser",
    "sendfile",
    "sendremotefile",
    "static",
];

/// What is wrong with the `names`; `off` are services that could contribute more.
pub(super) fn unknown(names: &[String], middleware: &[Middleware], off: &[Off]) -> Vec<Diagnostic> {
    let known: Vec<&str> = middleware.iter().filter_map(|it| it.name).collect();
    let unknown = names.iter().enumerate();
    let unknown = unknown.filter(|(_, name)| !known.contains(&name.as_str()));
    unknown
        .map(|(at, name)| {
            let sections = off
                .iter()
                .filter(|it| it.section.starts_with("http.") || ROADRUNNER.contains(&it.name));
            let (message, help) = match sections.clone().find(|it| it.name == *name) {
                Some(off) => (
                    format!("the middleware `{name}` is off, as it has no section"),
                    format!("give it a section `{}`", off.section),
                ),
                None => {
                    let all = known.iter().copied().chain(sections.map(|it| it.name));
                    let help = match config::nearest(name, all.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there are {}", list(all)),
                    };
                    (format!("this server has no middleware `{name}`"), help)
                }
            };
            let finding = match ROADRUNNER.contains(&name.as_str()) {
                true => Diagnostic::idle(format!("{message}: it is passed over")),
                // Whoever names one of these counts on it: for a lock, to be passed over is to be open.
                false => Diagnostic::error(message),
            };
            let finding = finding.help(help);
            finding.path(format!("http.middleware[{at}]"))
        })
        .collect()
}

/// `` `a`, `b` ``
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|it| format!("`{it}`")).collect();
    names.sort();
    match names.is_empty() {
        true => "none".into(),
        false => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        middleware::{Next, from_fn},
    };
    use tower::service_fn;

    use super::*;

    /// Notes its letter on the way in.
    fn mark(letter: &'static str) -> impl HttpLayer {
        from_fn(move |mut request: Request, next: Next| async move {
            let seen = request.headers().get("seen");
            let seen = seen.map_or("", |it| it.to_str().unwrap());
            let seen = format!("{seen}{letter}").parse().unwrap();
            request.headers_mut().insert("seen", seen);
            next.run(request).await
        })
    }

    async fn seen(names: &[&str], middleware: &[Middleware]) -> String {
        let php = service_fn(|request: Request| async move {
            let seen = request.headers().get("seen");
            let seen = seen.map_or("", |it| it.to_str().unwrap()).to_owned();
            Ok::<_, Infallible>(seen.into_response())
        });
        let names: Vec<String> = names.iter().map(|&it| it.into()).collect();
        let wrapped = wrap(Stack::new(php), &names, middleware);
        let response = wrapped
            .stack
            .oneshot(Request::new(Body::empty()))
            .await
            .unwrap();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX);
        String::from_utf8(body.await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_first_listed_sees_the_request_first() {
        let middleware = [
            Middleware::named("b", mark("b")),
            Middleware::always(mark("X")),
            Middleware::named("a", mark("a")),
            Middleware::named("unused", mark("-")),
            Middleware::always(mark("Y")),
        ];
        assert_eq!(seen(&["a", "b"], &middleware).await, "XYab");
        assert_eq!(seen(&["b", "nobody", "a"], &middleware).await, "XYba");
    }

    #[test]
    fn files_are_sent_past_hyper_where_nobody_looks_into_bodies() {
        let middleware = [
            Middleware::named("files", mark("f")).sends_files(),
            Middleware::named("more_files", mark("m")).sends_files(),
            Middleware::named("counts", mark("c")).passes_bodies(),
            Middleware::named("compresses", mark("z")),
        ];
        let check = |names: &[&str], outside: Option<Middleware>, expected: bool| {
            let bottom = Stack::new(service_fn(async |_| Ok(().into_response())));
            let names: Vec<String> = names.iter().map(|&it| it.into()).collect();
            let all: Vec<_> = outside.into_iter().chain(middleware.clone()).collect();
            assert_eq!(
                wrap(bottom, &names, &all).sends_files,
                expected,
                "{names:?}"
            );
        };
        check(&["files"], None, true);
        check(&["counts", "files", "compresses"], None, true);
        check(&["counts", "compresses"], None, false);
        check(&["compresses", "files"], None, false);
        check(&["files", "more_files"], None, true);
        check(&["files", "compresses", "more_files"], None, false);
        let outside = Middleware::always(mark("X"));
        check(&["files"], Some(outside.clone()), false);
        check(&["files"], Some(outside.passes_bodies()), true);
    }
}
