//! What the types of the config cannot check.

use rr_core::{Check, config::Diagnostic};

use super::{
    config::{Client, ExporterKind, OtelConfig},
    endpoint::is_path,
};

/// Looks for settings that cannot be carried out, or that have no effect beside others.
pub(super) fn check(config: &OtelConfig, cx: &mut Check<'_>) {
    if config.exporter == ExporterKind::Jaeger {
        let refusal =
            Diagnostic::error("there is no exporter `jaeger` any more, here as in RoadRunner");
        let help = "Jaeger takes OTLP: set `exporter: otlp` and an `endpoint` with port 4318";
        cx.find("exporter", refusal.help(help));
    }
    if let Some(path) = config.custom_url.as_deref().filter(|it| !it.is_empty()) {
        if !is_path(path) {
            let refusal = Diagnostic::error(format!("`{path}` is no path"));
            cx.find("custom_url", refusal.help("write it as `/v1/traces`"));
        }
        if config.client == Client::Grpc && config.exporter == ExporterKind::Otlp {
            let idle = Diagnostic::idle("over gRPC there is no path to choose, this has no effect");
            cx.find("custom_url", idle.help("remove it, or set `client: http`"));
        }
    }
    let scheme = config.endpoint.as_ref().and_then(|it| it.0.secure);
    if config.insecure && scheme == Some(true) {
        let idle = Diagnostic::idle("has no effect: the endpoint says `https`");
        cx.find("insecure", idle.help("remove it, or write `http` there"));
    }
}
