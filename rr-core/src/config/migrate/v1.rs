//! What became of the settings of RoadRunner 1 (1.9.2), one by one.

use super::outline::{Branch, Item, Outline, Written};

/// Moved with their values as they are.
const MOVED: [(&str, &str); 27] = [
    ("http.internalErrorCode", "http.internal_error_code"),
    ("http.maxRequestSize", "http.max_request_size"),
    ("http.maxRequest", "http.max_request_size"),
    ("http.trustedSubnets", "http.trusted_subnets"),
    ("http.ssl.rootCa", "http.ssl.root_ca"),
    (
        "http.http2.maxConcurrentStreams",
        "http.http2.max_concurrent_streams",
    ),
    ("http.workers.command", "server.command"),
    ("http.workers.user", "server.user"),
    ("http.workers.relay", "server.relay"),
    ("http.workers.pool.numWorkers", "http.pool.num_workers"),
    ("http.workers.pool.maxJobs", "http.pool.max_jobs"),
    (
        "http.workers.pool.allocateTimeout",
        "http.pool.allocate_timeout",
    ),
    (
        "http.workers.pool.destroyTimeout",
        "http.pool.destroy_timeout",
    ),
    ("env", "server.env"),
    ("headers.cors.allowedOrigin", "headers.cors.allowed_origin"),
    (
        "headers.cors.allowedHeaders",
        "headers.cors.allowed_headers",
    ),
    (
        "headers.cors.allowedMethods",
        "headers.cors.allowed_methods",
    ),
    (
        "headers.cors.allowCredentials",
        "headers.cors.allow_credentials",
    ),
    (
        "headers.cors.exposedHeaders",
        "headers.cors.exposed_headers",
    ),
    ("headers.cors.maxAge", "headers.cors.max_age"),
    ("limit.interval", "http.pool.supervisor.watch_tick"),
    (
        "limit.services.http.maxMemory",
        "http.pool.supervisor.max_worker_memory",
    ),
    ("limit.services.http.TTL", "http.pool.supervisor.ttl"),
    (
        "limit.services.http.idleTTL",
        "http.pool.supervisor.idle_ttl",
    ),
    (
        "limit.services.http.execTTL",
        "http.pool.supervisor.exec_ttl",
    ),
    ("health.address", "status.address"),
    ("jobs.workers.pool.numWorkers", "jobs.pool.num_workers"),
];

/// Where nothing is left to move them to.
const GONE: [(&str, &str); 8] = [
    (
        "http.appErrorCode",
        "an error of the application is answered with what the application says, or with `http.internal_error_code`",
    ),
    (
        "http.workers.relayTimeout",
        "`http.pool.allocate_timeout` is the limit",
    ),
    ("http.http2.enabled", "HTTP/2 is on wherever TLS is"),
    (
        "static.always",
        "what is no file goes on to PHP, which answers 404",
    ),
    ("reload.enabled", "the section itself turns it on"),
    (
        "limit.services",
        "each pool has limits of its own now: `pool.supervisor` in the section of its service",
    ),
    (
        "jobs.dispatch",
        "the application names the pipeline when it pushes a job",
    ),
    (
        "broadcast",
        "`centrifuge` has taken its place, in another way",
    ),
];

/// Integers below 1000 were seconds, above nanoseconds.
const DURATIONS: [&str; 3] = [
    "http.pool.allocate_timeout",
    "http.pool.destroy_timeout",
    "http.pool.supervisor.watch_tick",
];

/// Integers were seconds.
const SECONDS: [&str; 3] = [
    "http.pool.supervisor.ttl",
    "http.pool.supervisor.idle_ttl",
    "http.pool.supervisor.exec_ttl",
];

pub(super) fn migrate(outline: &mut Outline) {
    escape_dollars(&mut outline.branches);
    let has_http = outline.get("http").is_some();
    switches(outline);
    let middleware = middleware(outline);
    if has_http {
        outline.make_before("server", "http");
    }
    for (from, to) in MOVED {
        outline.rename(from, to);
    }
    // A section whose parts have all moved needs no word.
    outline.prune();
    for (path, why) in GONE {
        outline.drop(path, why);
    }
    for path in DURATIONS {
        with_unit(outline, path, |number| number < 1000);
    }
    for path in SECONDS {
        with_unit(outline, path, |_| true);
    }
    if let Some("pipe") = outline.get("server.relay").and_then(Branch::word) {
        outline.replace("server.relay", "pipes".to_owned());
    }
    tls(outline);
    outline.rename("headers", "http.headers");
    outline.rename("static", "http.static");
    if has_http {
        outline.put("http.middleware", middleware);
        defaults(outline);
    }
    outline.prune();
    outline.branches.insert(
        0,
        Branch {
            key: "version".to_owned(),
            value: Written::Word("\"3\"".to_owned()),
            ..Branch::default()
        },
    );
    if let Some(include) = outline.get("include").map(|it| it.line) {
        outline.note(
            include,
            "include",
            "the files named there are of RoadRunner 1, too: migrate each",
        );
    }
}

/// `enable: false` was a way to turn a service off that has a section.
fn switches(outline: &mut Outline) {
    for section in ["rpc", "http", "static"] {
        let path = format!("{section}.enable");
        let Some(switch) = outline.take(&path) else {
            continue;
        };
        if switch.word() == Some("false") {
            outline.drop(
                section,
                "it was turned off by `enable: false`; a section turns its service on",
            );
        }
    }
}

/// What was always on, or by its section, is on by its name now. The first sees a request first.
fn middleware(outline: &mut Outline) -> Branch {
    let gzip = outline.take("gzip");
    let gzip = gzip.is_none_or(|it| {
        let switch = it.below().iter().find(|it| it.is("enable"));
        switch.and_then(Branch::word) != Some("false")
    });
    let names = [
        (
            "proxy_ip_parser",
            outline.get("http.trustedSubnets").is_some(),
        ),
        ("gzip", gzip),
        ("static", outline.get("static").is_some()),
        ("headers", outline.get("headers").is_some()),
    ];
    let item = |name: &str| Item {
        lead: Vec::new(),
        value: Written::Word(name.to_owned()),
        trail: String::new(),
    };
    let names = names.iter().filter(|it| it.1);
    Branch {
        trail: "# the first sees a request first".to_owned(),
        value: Written::List(names.map(|it| item(it.0)).collect()),
        ..Branch::default()
    }
}

/// A port became an address.
fn tls(outline: &mut Outline) {
    let port = outline.take("http.ssl.port");
    if outline.get("http.ssl").is_none() && port.is_none() {
        return;
    }
    let address = match port.as_ref().and_then(Branch::word) {
        Some(port) => format!("\":{port}\""),
        None => "\":443\"".to_owned(),
    };
    let address = Branch {
        value: Written::Word(address),
        ..port.unwrap_or_default()
    };
    outline.put("http.ssl.address", address);
}

/// What held without being written, and no longer does.
fn defaults(outline: &mut Outline) {
    outline.set(
        "http.uploads.forbid",
        "[.php, .exe, .bat]",
        "the default of RoadRunner 1",
    );
    outline.set(
        "server.protocol",
        "goridge-v2",
        "that of spiral/roadrunner 1 in composer.json; remove with a later one",
    );
}

fn with_unit(outline: &mut Outline, path: &str, is_seconds: fn(u64) -> bool) {
    let number = outline.get(path).and_then(Branch::word);
    let Some(number) = number.and_then(|it| it.parse::<u64>().ok()) else {
        return;
    };
    let unit = if is_seconds(number) { "s" } else { "ns" };
    outline.replace(path, format!("{number}{unit}"));
}

/// A `$` was a variable only as `${NAME}`, and only as the whole of a value.
fn escape_dollars(branches: &mut [Branch]) {
    for branch in branches {
        escape(&mut branch.value);
    }
}

fn escape(value: &mut Written) {
    match value {
        Written::Nothing => {}
        Written::Word(word) => {
            let bare = word.trim_matches(['"', '\'']);
            let name = bare.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
            let is_variable = name.is_some_and(|it| !it.contains(['$', '{', '}']));
            if !is_variable {
                *word = word.replace('$', "$$");
            }
        }
        Written::List(items) => items.iter_mut().for_each(|it| escape(&mut it.value)),
        Written::Below(below) => escape_dollars(below),
    }
}
