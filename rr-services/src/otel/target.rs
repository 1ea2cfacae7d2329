//! Where spans go and how, from the config and the environment.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::{
    config::{Client, ExporterKind, OtelConfig},
    endpoint::{Endpoint, PathRule},
    environment::{Environment, pairs},
};
use crate::parsed::Meaning as _;

/// Where spans go.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) way: Way,
    /// How long one attempt may take.
    pub(super) timeout: Duration,
}

/// By which way.
#[derive(Debug)]
pub(super) enum Way {
    Http(Destination),
    Grpc(Destination),
    Zipkin(Destination),
    Stdout,
    Stderr,
}

/// The other side.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) gzip: bool,
}

/// What differs between the ways of sending.
struct Protocol {
    /// Variables with an endpoint, as it is.
    whole: &'static str,
    /// Variable with the base of an endpoint.
    base: Option<&'static str>,
    default: &'static str,
    path: PathRule,
}

const HTTP: Protocol = Protocol {
    whole: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    base: Some("OTEL_EXPORTER_OTLP_ENDPOINT"),
    default: "http://localhost:4318",
    path: PathRule::Below("/v1/traces"),
};

const GRPC: Protocol = Protocol {
    default: "http://localhost:4317",
    // The methods have paths of their own.
    path: PathRule::Whole("/"),
    ..HTTP
};

const ZIPKIN: Protocol = Protocol {
    whole: "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    base: None,
    default: "http://localhost:9411",
    path: PathRule::Whole("/api/v2/spans"),
};

impl Target {
    /// # Errors
    /// When a variable says what cannot be carried out.
    pub(super) fn new(config: &OtelConfig, environment: &Environment<'_>) -> Result<Self, String> {
        let to = |protocol| destination(config, environment, &protocol);
        let way = match config.exporter {
            ExporterKind::Stdout => Way::Stdout,
            ExporterKind::Stderr => Way::Stderr,
            ExporterKind::Zipkin => Way::Zipkin(to(ZIPKIN)?),
            // Refused by then.
            ExporterKind::Otlp | ExporterKind::Jaeger => match client(config, environment)? {
                Client::Grpc => Way::Grpc(to(GRPC)?),
                Client::Http | Client::Auto => Way::Http(to(HTTP)?),
            },
        };
        let timeouts = [
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        ];
        let timeout = environment.number(&timeouts)?.unwrap_or(10_000).max(1);
        Ok(Self {
            way,
            timeout: Duration::from_millis(timeout),
        })
    }

    /// In words, for the log.
    pub(super) fn describe(&self) -> String {
        match &self.way {
            Way::Http(to) => format!("`{}` (OTLP over HTTP)", to.uri),
            Way::Grpc(to) => format!("`{}` (OTLP over gRPC)", to.uri),
            Way::Zipkin(to) => format!("`{}` (Zipkin)", to.uri),
            Way::Stdout => "the standard output".to_owned(),
            Way::Stderr => "the standard error".to_owned(),
        }
    }
}

fn client(config: &OtelConfig, environment: &Environment<'_>) -> Result<Client, String> {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ];
    match (config.client, environment.first(&names)) {
        (Client::Auto, Some((name, protocol))) => match &*protocol {
            "grpc" => Ok(Client::Grpc),
            "http/protobuf" => Ok(Client::Http),
            other => Err(format!(
                "the variable `{name}` is `{other}`, which this server does not speak\n\
                 help: set it to `http/protobuf` or `grpc`, or set `otel.client`, which counts before it"
            )),
        },
        (written, _) => Ok(written),
    }
}

fn destination(
    config: &OtelConfig,
    environment: &Environment<'_>,
    protocol: &Protocol,
) -> Result<Destination, String> {
    let insecure_names = [
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        "OTEL_EXPORTER_OTLP_INSECURE",
    ];
    let insecure = config.insecure || environment.flag(&insecure_names);
    let compressions = [
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ];
    let gzip = match environment.first(&compressions) {
        _ if config.compress => true,
        None => false,
        Some((_, it)) if it.eq_ignore_ascii_case("none") => false,
        Some((_, it)) if it.eq_ignore_ascii_case("gzip") => true,
        Some((name, other)) => {
            return Err(format!(
                "the variable `{name}` is `{other}`, `gzip` or `none` is expected"
            ));
        }
    };
    let path = config.custom_url.as_deref().filter(|it| !it.is_empty());
    let path = path.filter(|_| !matches!(protocol.path, PathRule::Whole("/")));
    // The value may hold a password.
    let read = |name: &str, text: &str| {
        Endpoint::read(text).map_err(|why| format!("the address in the variable `{name}` {why}"))
    };
    let base = protocol.base.and_then(|it| environment.first(&[it]));
    let uri = match (&config.endpoint, environment.text(protocol.whole), base) {
        (Some(endpoint), _, _) => endpoint.0.uri(insecure, path, protocol.path),
        (None, Some(text), _) => {
            let endpoint = read(protocol.whole, &text)?;
            endpoint.uri(insecure, path, PathRule::Whole("/"))
        }
        (None, None, Some((name, text))) => read(name, &text)?.uri(insecure, path, protocol.path),
        (None, None, None) => {
            let endpoint = Endpoint::read(protocol.default).expect("it is one");
            endpoint.uri(insecure, path, protocol.path)
        }
    };
    Ok(Destination {
        uri,
        headers: headers(config, environment)?,
        gzip,
    })
}

/// Those of the environment, and over them those of the config.
fn headers(config: &OtelConfig, environment: &Environment<'_>) -> Result<HeaderMap, String> {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ];
    let mut headers = HeaderMap::new();
    if let Some((variable, text)) = environment.first(&names) {
        for pair in pairs(&text) {
            let (name, value) = pair.map_err(|it| format!("the variable `{variable}`: {it}"))?;
            let named = name.parse::<HeaderName>();
            let (Ok(named), Ok(value)) = (named, HeaderValue::try_from(value)) else {
                return Err(format!(
                    "the variable `{variable}`: `{name}` and its value cannot be sent as a header"
                ));
            };
            headers.insert(named, value);
        }
    }
    for (name, value) in &config.headers.0 {
        headers.insert(name.clone(), value.clone());
    }
    for value in headers.values_mut() {
        value.set_sensitive(true);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;
