//! The sections that the format has services for, so that a file which has one can be told from
//! a slip. Knows names alone: which services there are is known to whoever builds a server.

/// Sections of version "3" that each belong to a service of the stock server; its name, where that
/// is not the section's.
const SERVICES: [(&str, Option<&str>); 24] = [
    ("app", None),
    ("http", None),
    ("http.basic_auth", None),
    ("http.gzip", None),
    ("http.headers", None),
    ("http.http_metrics", None),
    ("http.live_reload", None),
    ("http.rate_limit", None),
    ("http.request_id", None),
    ("http.sendfile", None),
    ("http.static", None),
    ("http.trusted_headers", None),
    ("http.trusted_subnets", Some("proxy_ip_parser")),
    ("informer", None),
    ("lock", None),
    ("logs", None),
    ("metrics", None),
    ("otel", None),
    ("reload", None),
    ("resetter", None),
    ("rpc", None),
    ("server", None),
    ("service", None),
    ("status", None),
];

/// Sections of RoadRunner's services that rr has not, or not yet.
const NOT_YET: [&str; 9] = [
    "centrifuge",
    "circuitbreaker",
    "fileserver",
    "grpc",
    "http.cache",
    "jobs",
    "kv",
    "tcp",
    "temporal",
];

/// Sections of what `jobs` and `kv` of RoadRunner store their data in.
const DRIVERS: [&str; 10] = [
    "amqp",
    "beanstalk",
    "boltdb",
    "google_pub_sub",
    "kafka",
    "memcached",
    "nats",
    "nsq",
    "redis",
    "sqs",
];

/// Sections that RoadRunner itself reads no more.
const GONE: [&str; 3] = ["broadcast", "http.new_relic", "websockets"];

/// Whether the stock server has a service for this section.
pub(crate) fn is_service(path: &str) -> bool {
    SERVICES.iter().any(|(section, _)| *section == path)
}

/// Sections that stood elsewhere in version "2.7", and where they stand now.
const MOVED: [(&str, &str); 1] = [("http.otel", "otel")];

/// Where the section at `path` is to be written instead.
pub(crate) fn moved_to(path: &str) -> Option<&'static str> {
    let moved = MOVED.iter().find(|(before, _)| *before == path);
    moved.map(|(_, now)| *now)
}

/// What is to be done about a section that the format knows and this server does not read.
pub(crate) fn advice(path: &str) -> Option<String> {
    let (_, last) = path.rsplit_once('.').unwrap_or(("", path));
    if let Some((_, name)) = SERVICES.iter().find(|(section, _)| *section == path) {
        let name = name.unwrap_or(last);
        return Some(format!(
            "add `{name} = true` below `[services]` in the server's manifest and build it again with `rr-builder`, or remove it here"
        ));
    }
    if NOT_YET.contains(&path) {
        return Some(format!(
            "RoadRunner has a service `{last}`, rr has none yet: remove it here, or add a service of your own that reads it"
        ));
    }
    if DRIVERS.contains(&path) {
        return Some(
            "RoadRunner's `jobs` and `kv` use it, which rr does not have yet: remove it here"
                .to_owned(),
        );
    }
    GONE.contains(&path)
        .then(|| "RoadRunner does not read it any more, either: remove it here".to_owned())
}

/// Whether a file to start from turns the section on: the server needs it, or it is the project's
/// own.
pub(crate) fn is_basic(path: &str) -> bool {
    !is_service(path) || matches!(path, "http" | "rpc" | "server")
}
