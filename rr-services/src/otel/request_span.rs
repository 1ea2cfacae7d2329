//! What the span of a request says, by OpenTelemetry's conventions for HTTP servers
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span>).
//!
//! The query is left out: it holds what is meant for the application alone.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, MatchedPath, Request},
    response::Response,
};
use http::{Method, Version, header, uri::Authority};
use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind, SpanRef, Status},
};

use crate::http::{Proxy, RequestId, Secure};

/// The longest text of a client's that is taken over, in bytes.
const LONGEST: usize = 1024;

/// What the span of such a request is called.
pub(super) fn name(method: &Method) -> &'static str {
    known(method).unwrap_or("HTTP")
}

/// The span of a request that has just come.
pub(super) fn begun(request: &Request) -> SpanBuilder {
    let extensions = request.extensions();
    let mut all = Vec::with_capacity(16);
    let mut add = |name: &'static str, value: opentelemetry::Value| {
        all.push(KeyValue::new(name, value));
    };
    let method = request.method();
    if known(method).is_none() {
        add("http.request.method_original", cut(method.as_str()).into());
    }
    add(
        "http.request.method",
        known(method).unwrap_or("_OTHER").into(),
    );
    add("url.path", cut(request.uri().path()).into());
    let is_secure = extensions.get::<Secure>().is_some();
    add(
        "url.scheme",
        if is_secure { "https" } else { "http" }.into(),
    );
    add(
        "network.protocol.version",
        version(request.version()).into(),
    );
    if let Some(host) = host(request) {
        add("server.address", cut(host.host()).into());
        if let Some(port) = host.port_u16() {
            add("server.port", i64::from(port).into());
        }
    }
    let client = extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0);
    if let Some(client) = client {
        add(
            "client.address",
            client.ip().to_canonical().to_string().into(),
        );
    }
    let peer = extensions.get::<Proxy>().map_or(client, |it| it.0);
    if let Some(peer) = peer {
        add(
            "network.peer.address",
            peer.ip().to_canonical().to_string().into(),
        );
        add("network.peer.port", i64::from(peer.port()).into());
    }
    let agent = request.headers().get(header::USER_AGENT);
    if let Some(agent) = agent.and_then(|it| it.to_str().ok()) {
        add("user_agent.original", cut(agent).into());
    }
    if let Some(RequestId(id)) = extensions.get() {
        add("rr.request_id", id.to_string().into());
    }
    SpanBuilder::from_name(name(method))
        .with_kind(SpanKind::Server)
        .with_attributes(all)
}

/// Adds what the head of the answer tells to the span of that `name`.
pub(super) fn answered(span: &SpanRef<'_>, name: &str, response: &Response) {
    let status = response.status();
    let code = i64::from(status.as_u16());
    span.set_attribute(KeyValue::new("http.response.status_code", code));
    if status.is_server_error() {
        span.set_attribute(KeyValue::new("error.type", status.as_str().to_owned()));
        span.set_status(Status::error(""));
    }
    if let Some(route) = response.extensions().get::<MatchedPath>() {
        let route = route.as_str().to_owned();
        span.update_name(format!("{name} {route}"));
        span.set_attribute(KeyValue::new("http.route", route));
    }
}

/// Those that the conventions name; of others there could be any number.
fn known(method: &Method) -> Option<&'static str> {
    Some(match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        "QUERY" => "QUERY",
        _ => return None,
    })
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

fn host(request: &Request) -> Option<Authority> {
    let named = request.uri().authority().cloned();
    named.or_else(|| {
        let host = request.headers().get(header::HOST)?;
        host.to_str().ok()?.parse().ok()
    })
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}
