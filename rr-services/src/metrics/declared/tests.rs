//! What may be declared, what may be done to it, and the texts of what may not.

use super::*;
use crate::metrics::collector::Kind;

fn definition(kind: Kind, labels: &[&str]) -> Definition {
    Definition {
        kind,
        namespace: String::new(),
        subsystem: String::new(),
        help: String::new(),
        labels: labels.iter().map(|it| (*it).to_owned()).collect(),
        buckets: Vec::new(),
        objectives: BTreeMap::new(),
    }
}

fn labels(all: &[&str]) -> Vec<String> {
    all.iter().map(|it| (*it).to_owned()).collect()
}

fn all() -> Declared {
    let all = Declared::default();
    for (name, kind) in [
        ("counter", Kind::Counter),
        ("gauge", Kind::Gauge),
        ("histogram", Kind::Histogram),
        ("summary", Kind::Summary),
    ] {
        all.declare(name, &definition(kind, &[])).unwrap();
        let labelled = definition(kind, &["path"]);
        all.declare(&format!("{name}_by"), &labelled).unwrap();
    }
    all
}

#[test]
fn what_each_kind_supports() {
    use Operation::{Add, Observe, Set, Sub};
    let all = all();
    for (name, supported) in [
        ("counter", &[Add][..]),
        ("gauge", &[Add, Sub, Set]),
        ("histogram", &[Observe]),
        ("summary", &[Observe]),
    ] {
        for operation in [Add, Sub, Set, Observe] {
            for (name, labels) in [
                (name.to_owned(), vec![]),
                (format!("{name}_by"), labels(&["/"])),
            ] {
                let done = all.push(&name, operation, 1.5, &labels);
                let text = format!("collector {name} does not support method `{operation}`");
                let expected = match supported.contains(&operation) {
                    true => None,
                    false => Some(text),
                };
                assert_eq!(done.err().map(|it| it.to_string()), expected);
            }
        }
    }
}

#[test]
fn what_is_refused() {
    check("nope", 1.0, &[], "undefined collector nope");
    check(
        "counter_by",
        1.0,
        &[],
        "required labels for collector counter_by",
    );
    check(
        "counter_by",
        1.0,
        &["a", "b"],
        "inconsistent label cardinality for collector counter_by: expected 1 label values but got 2",
    );
    check(
        "counter",
        -1.0,
        &[],
        "counter counter cannot decrease in value",
    );
    check(
        "counter",
        f64::NAN,
        &[],
        "NaN is no value for collector counter",
    );
    check(
        "counter",
        f64::INFINITY,
        &[],
        "inf is no value for collector counter",
    );
}

fn check(name: &str, value: f64, given: &[&str], expected: &str) {
    let done = all().push(name, Operation::Add, value, &labels(given));
    assert_eq!(done.unwrap_err().to_string(), expected);
}

#[test]
fn a_metric_without_labels_takes_no_notice_of_some() {
    let all = all();
    all.push("gauge", Operation::Set, 2.0, &labels(&["a"]))
        .unwrap();
    let families = all.gather();
    let gauge = families.iter().find(|it| it.name() == "gauge").unwrap();
    assert_eq!(gauge.get_metric()[0].get_gauge().get_value(), 2.0);
}

#[test]
fn what_exists_stays_as_it_is_until_it_is_unregistered() {
    let all = all();
    all.push("gauge", Operation::Set, 2.0, &[]).unwrap();
    all.declare("gauge", &definition(Kind::Counter, &[]))
        .unwrap();
    all.push("gauge", Operation::Sub, 1.0, &[]).unwrap();
    assert!(all.unregister("gauge"));
    assert!(!all.unregister("gauge"));
    all.declare("gauge", &definition(Kind::Counter, &[]))
        .unwrap();
    all.push("gauge", Operation::Sub, 1.0, &[]).unwrap_err();
}

#[test]
fn what_cannot_be_declared() {
    let all = all();
    let named = |kind, namespace: &str| Definition {
        namespace: namespace.to_owned(),
        ..definition(kind, &[])
    };
    let with = |buckets: &[f64]| Definition {
        buckets: buckets.to_vec(),
        ..definition(Kind::Histogram, &[])
    };
    all.declare("b", &named(Kind::Gauge, "a")).unwrap();
    for (name, definition, expected) in [
        (
            "a_b",
            definition(Kind::Gauge, &[]),
            "`a_b` is the name of the metric `b` already",
        ),
        (
            "h",
            definition(Kind::Histogram, &["le"]),
            "the label `le` is Prometheus' own",
        ),
        (
            "s",
            definition(Kind::Summary, &["quantile"]),
            "the label `quantile` is Prometheus' own",
        ),
        (
            "a-b",
            definition(Kind::Counter, &[]),
            "'a-b' is not a valid metric name",
        ),
        (
            "",
            definition(Kind::Counter, &[]),
            "'' is not a valid metric name",
        ),
        (
            "l",
            definition(Kind::Counter, &["a-b"]),
            "'a-b' is not a valid label name",
        ),
        (
            "l",
            definition(Kind::Counter, &["a", "a"]),
            "duplicate variable label name a",
        ),
        (
            "h",
            with(&[2.0, 1.0]),
            "histogram buckets must be in increasing order: 2 >= 1",
        ),
        (
            "h",
            with(&[f64::NAN, 1.0]),
            "a bucket of a histogram is NaN",
        ),
    ] {
        let error = all.declare(name, &definition).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn buckets_may_end_with_infinity() {
    let all = Declared::default();
    let definition = Definition {
        buckets: vec![1.0, f64::INFINITY],
        ..definition(Kind::Histogram, &[])
    };
    all.declare("h", &definition).unwrap();
    all.push("h", Operation::Observe, 5.0, &[]).unwrap();
    let family = &all.gather()[0];
    assert_eq!(family.get_metric()[0].get_histogram().get_sample_count(), 1);
}
