//! The sections that the format has services for, so that a file which has one can be told from
//! a slip. Knows names alone: which services there are is known to whoever builds a server.

/// Sections of version "3" that each belong to a service of their name.
const SERVICES: [&str; 28] = [
    "app",
    "centrifuge",
    "fileserver",
    "grpc",
    "http",
    "http.basic_auth",
    "http.gzip",
    "http.headers",
    "http.http_metrics",
    "http.rate_limit",
    "http.request_id",
    "http.sendfile",
    "http.static",
    "informer",
    "jobs",
    "kv",
    "lock",
    "logs",
    "metrics",
    "otel",
    "reload",
    "resetter",
    "rpc",
    "server",
    "service",
    "status",
    "tcp",
    "temporal",
];

/// Whether the format has a service for this section.
pub(crate) fn is_service(path: &str) -> bool {
    SERVICES.contains(&path)
}

/// Sections that stood elsewhere in version "2.7", and where they stand now.
const MOVED: [(&str, &str); 1] = [("http.otel", "otel")];

/// Where the section at `path` is to be written instead.
pub(crate) fn moved_to(path: &str) -> Option<&'static str> {
    let moved = MOVED.iter().find(|(before, _)| *before == path);
    moved.map(|(_, now)| *now)
}

/// How a server comes to a service.
pub(crate) fn how_to_add(name: &str) -> String {
    format!(
        "add `{name} = true` below `[services]` in the server's manifest and build it again with `rr-builder`, or remove it here"
    )
}

/// Whether a file to start from turns the section on: the server needs it, or it is the project's
/// own.
pub(crate) fn is_basic(path: &str) -> bool {
    !is_service(path) || matches!(path, "http" | "rpc" | "server")
}
