//! Where spans go, as config and environment say it together.

use std::collections::HashMap;

use super::*;

/// The address, or what is wrong.
fn target(config: &str, variables: &[(&str, &str)]) -> Result<Target, String> {
    let config: OtelConfig = serde_json::from_str(config).unwrap();
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let look = |name: &str| variables.get(name).map(|&it| it.to_owned());
    Target::new(&config, &Environment(&look))
}

fn described(config: &str, variables: &[(&str, &str)]) -> String {
    match target(config, variables) {
        Ok(target) => target.describe(),
        Err(error) => error,
    }
}

#[test]
fn the_config_counts_before_the_environment_and_that_before_defaults() {
    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:1/otlp");
    const WHOLE: (&str, &str) = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://whole:1/x");
    const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    for (config, variables, expected) in [
        (
            "{}",
            &[][..],
            "`http://localhost:4318/v1/traces` (OTLP over HTTP)",
        ),
        (
            "{}",
            &[BASE],
            "`http://base:1/otlp/v1/traces` (OTLP over HTTP)",
        ),
        ("{}", &[BASE, WHOLE], "`http://whole:1/x` (OTLP over HTTP)"),
        (
            r#"{"endpoint": "http://here:1"}"#,
            &[BASE, WHOLE],
            "`http://here:1/v1/traces` (OTLP over HTTP)",
        ),
        (
            r#"{"endpoint": "here:1", "insecure": true, "custom_url": "mine"}"#,
            &[],
            "`http://here:1/mine` (OTLP over HTTP)",
        ),
        (
            r#"{"endpoint": "here:1"}"#,
            &[],
            "`https://here:1/v1/traces` (OTLP over HTTP)",
        ),
        ("{}", &[GRPC], "`http://localhost:4317/` (OTLP over gRPC)"),
        (
            r#"{"client": "http"}"#,
            &[GRPC],
            "`http://localhost:4318/v1/traces` (OTLP over HTTP)",
        ),
        (
            r#"{"client": "auto"}"#,
            &[
                GRPC,
                ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ],
            "`http://localhost:4318/v1/traces` (OTLP over HTTP)",
        ),
        (
            r#"{"client": "grpc", "endpoint": "here:1"}"#,
            &[("OTEL_EXPORTER_OTLP_INSECURE", "true")],
            "`http://here:1/` (OTLP over gRPC)",
        ),
        (
            r#"{"exporter": "zipkin"}"#,
            &[BASE],
            "`http://localhost:9411/api/v2/spans` (Zipkin)",
        ),
        (
            r#"{"exporter": "zipkin"}"#,
            &[("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://z:1/spans")],
            "`http://z:1/spans` (Zipkin)",
        ),
        (r#"{"exporter": "stdout"}"#, &[BASE], "the standard output"),
    ] {
        assert_eq!(
            described(config, variables),
            expected,
            "{config} {variables:?}"
        );
    }
}

#[test]
fn what_variables_ask_for_and_there_is_not_is_refused() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "unix:///run/x"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "token"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "to ken=1"),
    ] {
        let error = target("{}", &[(name, value)]).unwrap_err();
        assert!(error.contains(&format!("`{name}`")), "{error}");
    }
}

#[test]
fn headers_of_the_config_win_and_none_is_shown() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "general=1"),
        (
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "authorization=Bearer%20there, x-team = a%2Cb",
        ),
    ];
    let target = target(
        r#"{"headers": {"Authorization": "Bearer here"}}"#,
        &variables,
    )
    .unwrap();
    let Way::Http(to) = &target.way else {
        panic!("{target:?}");
    };
    assert_eq!(to.headers["authorization"], "Bearer here");
    assert_eq!(to.headers["x-team"], "a,b");
    assert!(!to.headers.contains_key("general"));
    let shown = format!("{target:?}");
    assert!(!shown.contains("here") && !shown.contains("a,b"), "{shown}");
}
