//! What became of the settings of RoadRunner 1 (1.9.2), one by one.

use super::outline::{Branch, Item, Outline, Written};

/// Moved with their values as they are.
const MOVED: [(&str, &str); 17] = [
    ("http.internalErrorCode", "http.internal_error_code"),
    ("http.maxRequestSize", "http.max_request_size"),
    ("http.maxRequest", "http.max_request_size"),
    ("http.trustedSubnets", "http.trusted_subnets"),
    ("http.ssl.rootCa", "http.ssl.root_ca"),
    (
        "http.http2.maxConcurrentStreams",
        "http.http2.max_concurrent_streams",
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
    ("health.address", "status.address"),
    // Of the extension `spiral/jobs`.
    ("jobs.amqp", "amqp"),
    ("jobs.sqs", "sqs"),
    ("jobs.beanstalk", "beanstalk"),
];

/// Services with workers, those of extensions among them.
const SERVICES: [&str; 3] = ["http", "jobs", "grpc"];

/// Moved within each of them.
const OF_POOLS: [(&str, &str); 4] = [
    ("workers.pool.numWorkers", "pool.num_workers"),
    ("workers.pool.maxJobs", "pool.max_jobs"),
    ("workers.pool.allocateTimeout", "pool.allocate_timeout"),
    ("workers.pool.destroyTimeout", "pool.destroy_timeout"),
];

/// Limits of a service became those of its pool.
const LIMITS: [(&str, &str); 4] = [
    ("maxMemory", "max_worker_memory"),
    ("TTL", "ttl"),
    ("idleTTL", "idle_ttl"),
    ("execTTL", "exec_ttl"),
];

/// Where nothing is left to move them to.
const GONE: [(&str, &str); 9] = [
    (
        "http.appErrorCode",
        "an error of the application is answered with what the application says, or with `http.internal_error_code`",
    ),
    ("http.http2.enabled", "HTTP/2 is on wherever TLS is"),
    (
        "static.always",
        "what is no file goes on to PHP, which answers 404",
    ),
    ("reload.enabled", "the section itself turns it on"),
    (
        "limit",
        "limits stand in the pool of a service now: `pool.supervisor`",
    ),
    (
        "jobs.dispatch",
        "the application names the pipeline when it pushes a job",
    ),
    ("jobs.workers", "all workers are started as `server` says"),
    ("grpc.workers", "all workers are started as `server` says"),
    (
        "broadcast",
        "`centrifuge` has taken its place, in another way",
    ),
];

/// Of each pool: integers below 1000 were seconds, above nanoseconds.
const DURATIONS: [&str; 3] = [
    "allocate_timeout",
    "destroy_timeout",
    "supervisor.watch_tick",
];

/// Of each pool: integers were seconds.
const SECONDS: [&str; 3] = [
    "supervisor.ttl",
    "supervisor.idle_ttl",
    "supervisor.exec_ttl",
];

pub(super) fn migrate(outline: &mut Outline) {
    escape_dollars(&mut outline.branches);
    let has_http = outline.get("http").is_some();
    switches(outline);
    watched(outline);
    if outline.get("http.maxRequestSize").is_some() {
        outline.drop("http.maxRequest", "`maxRequestSize` is what counted");
    }
    let middleware = middleware(outline);
    if let Some(first) = SERVICES.iter().find(|it| outline.get(it).is_some()) {
        outline.make_before("server", first);
    }
    for (from, to) in MOVED {
        outline.rename(from, to);
    }
    for service in SERVICES {
        workers(outline, service);
    }
    limits(outline);
    units(outline);
    pipelines(outline);
    // A section whose parts have all moved needs no word.
    outline.prune();
    for (path, why) in GONE {
        outline.drop(path, why);
    }
    if let Some("pipe") = outline.get("server.relay").and_then(Branch::word) {
        outline.replace("server.relay", "pipes".to_owned());
    }
    tls(outline);
    outline.rename("headers", "http.headers");
    outline.rename("static", "http.static");
    if has_http {
        outline.put("http.middleware", middleware);
        let reason = "the default of RoadRunner 1";
        outline.set("http.uploads.forbid", "[.php, .exe, .bat]", reason);
    }
    if outline.get("server.command").is_some() {
        let reason = "that of spiral/roadrunner 1 in composer.json; remove with a later one";
        outline.set("server.protocol", "goridge-v2", reason);
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

/// Services in `reload` had a switch each.
fn watched(outline: &mut Outline) {
    const SERVICES: &str = "reload.services";
    let names = outline.get(SERVICES).map(Branch::below);
    let names = names.unwrap_or_default().iter();
    let names: Vec<_> = names.map(|it| it.key.clone()).collect();
    for name in names {
        let service = format!("{SERVICES}.{name}");
        let switch = outline.take(&format!("{service}.enabled"));
        if switch.as_ref().and_then(Branch::word) == Some("false") {
            outline.drop(&service, "it was turned off by `enabled: false`");
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

/// All workers are started as one section says, those of a pool by a command of its own perhaps.
fn workers(outline: &mut Outline, service: &str) {
    let relay_timeout = format!("{service}.workers.relayTimeout");
    outline.drop(&relay_timeout, "`pool.allocate_timeout` is the limit");
    let of_all = outline.get("server.command").is_none();
    let command = match of_all {
        true => "server.command".to_owned(),
        false => format!("{service}.pool.command"),
    };
    outline.rename(&format!("{service}.workers.command"), &command);
    if of_all {
        outline.rename(&format!("{service}.workers.user"), "server.user");
        outline.rename(&format!("{service}.workers.relay"), "server.relay");
    }
    for (from, to) in OF_POOLS {
        outline.rename(&format!("{service}.{from}"), &format!("{service}.{to}"));
    }
}

fn limits(outline: &mut Outline) {
    // A section that was not there would turn its service on.
    let there: Vec<&str> = SERVICES
        .into_iter()
        .filter(|it| outline.get(it).is_some())
        .collect();
    for service in there {
        for (from, to) in LIMITS {
            outline.rename(
                &format!("limit.services.{service}.{from}"),
                &format!("{service}.pool.supervisor.{to}"),
            );
        }
    }
    // One tick for all of them.
    let limited = |it: &&&str| outline.get(&format!("{it}.pool.supervisor")).is_some();
    let limited: Vec<&str> = SERVICES.iter().filter(limited).copied().collect();
    let Some(tick) = outline.get("limit.interval").cloned() else {
        return;
    };
    if !limited.is_empty() {
        outline.take("limit.interval");
    }
    for service in limited {
        outline.put(
            &format!("{service}.pool.supervisor.watch_tick"),
            tick.clone(),
        );
    }
}

fn units(outline: &mut Outline) {
    for service in SERVICES {
        for name in DURATIONS {
            let path = format!("{service}.pool.{name}");
            with_unit(outline, &path, |number| number < 1000);
        }
        for name in SECONDS {
            with_unit(outline, &format!("{service}.pool.{name}"), |_| true);
        }
    }
}

/// A broker became a driver, and the one in memory has another name.
fn pipelines(outline: &mut Outline) {
    let names = outline.get("jobs.pipelines").map(Branch::below);
    let names = names.unwrap_or_default().iter();
    let names: Vec<_> = names.map(|it| it.key.clone()).collect();
    for name in names {
        let driver = format!("jobs.pipelines.{name}.driver");
        outline.rename(&format!("jobs.pipelines.{name}.broker"), &driver);
        if let Some("ephemeral") = outline.get(&driver).and_then(Branch::word) {
            outline.replace(&driver, "memory".to_owned());
        }
    }
    super::v2::configs(outline, "jobs.pipelines", "pipeline");
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
