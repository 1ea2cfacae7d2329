//! What changed from RoadRunner 2 to version "3".

use super::outline::{Branch, Outline, Written};

const GONE: [(&str, &str); 7] = [
    (
        "broadcast",
        "`centrifuge` has taken its place, in another way",
    ),
    (
        "websockets",
        "`centrifuge` has taken its place, in another way",
    ),
    ("http.new_relic", "use `otel`, which New Relic reads"),
    (
        "server.relay_timeout",
        "`pool.allocate_timeout` is the limit",
    ),
    ("server.after_init", "it never had an effect"),
    ("temporal.codec", "workers tell which they speak"),
    ("jobs.num_pollers", "there are always two more than workers"),
];

pub(super) fn migrate(outline: &mut Outline) {
    version(outline);
    for (path, why) in GONE {
        outline.drop(path, why);
    }
    outline.rename("http.otel", "otel");
    configs(outline, "jobs.pipelines", "pipeline");
    configs(outline, "kv", "storage");
    temporal(outline);
    middleware(outline);
    outline.prune();
    if let Some(include) = outline.get("include").map(|it| it.line) {
        outline.note(
            include,
            "include",
            "the files named there carry the old version, too: migrate each",
        );
    }
}

fn version(outline: &mut Outline) {
    let old = outline.take("version").unwrap_or_default();
    let version = Branch {
        key: "version".to_owned(),
        value: Written::Word("\"3\"".to_owned()),
        ..old
    };
    outline.branches.insert(0, version);
}

/// Until 2.7 what a driver is told stood beside its name.
pub(super) fn configs(outline: &mut Outline, path: &str, what: &str) {
    let names = outline.get(path).map(Branch::below).unwrap_or_default();
    let names: Vec<_> = names.iter().map(|it| (it.key.clone(), it.line)).collect();
    for (name, line) in names {
        let path = format!("{path}.{name}");
        let below = outline.get(&path).map(Branch::below).unwrap_or_default();
        let is_new = below.iter().any(|it| it.is("config"));
        if is_new || below.iter().all(|it| it.key.is_empty()) {
            continue;
        }
        let others = below.iter().filter(|it| !it.is("driver"));
        let others: Vec<_> = others.map(|it| it.key.clone()).collect();
        if others.is_empty() {
            outline.set(&format!("{path}.config"), "{}", "");
            continue;
        }
        for key in others.iter().filter(|it| !it.is_empty()) {
            outline.rename(&format!("{path}.{key}"), &format!("{path}.config.{key}"));
        }
        let text = format!("the settings of this {what} stand below `config` now");
        outline.note(line, &path, &text);
    }
}

fn temporal(outline: &mut Outline) {
    if outline.get("temporal.metrics").is_none() || outline.get("temporal.metrics.driver").is_some()
    {
        return;
    }
    for key in ["address", "type", "prefix"] {
        let from = format!("temporal.metrics.{key}");
        outline.rename(&from, &format!("temporal.metrics.prometheus.{key}"));
    }
    outline.set("temporal.metrics.driver", "prometheus", "");
}

/// There the last one saw a request first.
fn middleware(outline: &mut Outline) {
    const PATH: &str = "http.middleware";
    let Some(line) = outline.get(PATH).map(|it| it.line) else {
        return;
    };
    let Some(mut list) = outline.take(PATH) else {
        return;
    };
    let is_turned = match &mut list.value {
        Written::List(items) if items.len() > 1 => {
            items.reverse();
            true
        }
        Written::Word(word) if word.contains(',') => {
            let bare = word.trim_matches(['"', '\'']).to_owned();
            let names: Vec<_> = bare.split(',').rev().map(str::trim).collect();
            *word = format!("[{}]", names.join(", "));
            true
        }
        _ => false,
    };
    outline.put(PATH, list);
    if is_turned {
        outline.note(
            line,
            PATH,
            "turned round, as the first of the list sees a request first here",
        );
    }
}
