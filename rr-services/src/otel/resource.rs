//! What each trace says of the server it comes from.

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::{Resource, resource::TelemetryResourceDetector};
use uuid::Uuid;

use super::{
    config::OtelConfig,
    environment::{Environment, pairs},
};

/// What is set in the config counts before its older places, these before the environment, and
/// that before the defaults.
///
/// # Errors
/// When a variable cannot be read.
pub(super) fn resource(
    config: &OtelConfig,
    environment: &Environment<'_>,
) -> Result<Resource, String> {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let mut attributes = Vec::new();
    for pair in pairs(&environment.text(ATTRIBUTES).unwrap_or_default()) {
        let (name, value) = pair.map_err(|it| format!("the variable `{ATTRIBUTES}`: {it}"))?;
        attributes.push(KeyValue::new(name, value));
    }
    if let Some(name) = environment.text("OTEL_SERVICE_NAME") {
        attributes.push(KeyValue::new("service.name", name));
    }
    let environment = Resource::builder_empty()
        .with_attributes(attributes)
        .build();
    let given = &config.resource;
    let pick = |key: &'static str, places: [&Option<String>; 2], default: &dyn Fn() -> String| {
        let written = places.into_iter().flatten().find(|it| !it.is_empty());
        let value = written.cloned().or_else(|| {
            let value = environment.get(&Key::from_static_str(key))?;
            Some(value.to_string())
        });
        value.unwrap_or_else(default)
    };
    let random = || Uuid::new_v4().to_string();
    let names = [&given.service_name, &config.service_name];
    let name = pick("service.name", names, &|| "RoadRunner".to_owned());
    let versions = [&given.service_version, &config.service_version];
    let version = pick("service.version", versions, &|| "1.0.0".to_owned());
    let namespaces = [&given.service_namespace, &None];
    let namespace = pick("service.namespace", namespaces, &|| {
        format!("{name}-{}", random())
    });
    let instances = [&given.service_instance_id, &None];
    let instance = pick("service.instance.id", instances, &random);
    let inherited: Vec<_> = environment.iter().collect();
    let inherited = inherited
        .into_iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Ok(Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(inherited)
        .with_attributes([
            KeyValue::new("service.name", name),
            KeyValue::new("service.version", version),
            KeyValue::new("service.namespace", namespace),
            KeyValue::new("service.instance.id", instance),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .build())
}

#[cfg(test)]
mod tests {
    use super::{super::config::ResourceConfig, *};

    fn look(name: &str) -> Option<String> {
        match name {
            "OTEL_RESOURCE_ATTRIBUTES" => Some(
                "service.name=worse,service.version=3,service.namespace=there,deployment.environment.name=a%20b"
                    .into(),
            ),
            "OTEL_SERVICE_NAME" => Some("better".into()),
            _ => None,
        }
    }

    #[test]
    fn the_nearest_place_counts() {
        let some = |text: &str| Some(text.to_owned());
        let config = OtelConfig {
            resource: ResourceConfig {
                service_namespace: some("here"),
                service_version: some("2"),
                ..ResourceConfig::default()
            },
            service_version: some("1"),
            ..OtelConfig::default()
        };
        let found = resource(&config, &Environment(&look)).unwrap();
        let get = |key: &'static str| {
            found
                .get(&Key::from_static_str(key))
                .map(|it| it.to_string())
        };
        assert_eq!(get("service.name"), some("better"));
        assert_eq!(get("service.version"), some("2"));
        assert_eq!(get("service.namespace"), some("here"));
        assert_eq!(get("deployment.environment.name"), some("a b"));
        assert_eq!(get("telemetry.sdk.language"), some("rust"));

        let older = OtelConfig {
            service_name: some("older"),
            ..OtelConfig::default()
        };
        let found = resource(&older, &Environment(&look)).unwrap();
        let name = found.get(&Key::from_static_str("service.name"));
        assert_eq!(name.map(|it| it.to_string()), some("older"));
    }

    #[test]
    fn defaults_tell_servers_apart() {
        let nothing = Environment(&|_| None);
        let found = resource(&OtelConfig::default(), &nothing).unwrap();
        let get = |key: &'static str| found.get(&Key::from_static_str(key)).unwrap().to_string();
        assert_eq!(get("service.name"), "RoadRunner");
        assert_eq!(get("service.version"), "1.0.0");
        assert!(get("service.namespace").starts_with("RoadRunner-"));
        assert_eq!(get("service.instance.id").len(), 36);
    }
}
