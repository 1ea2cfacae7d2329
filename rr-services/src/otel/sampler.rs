//! Which traces are kept, as the environment says.

use opentelemetry_sdk::trace::Sampler;

use super::environment::Environment;

const NAME: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

/// All traces that begin here, and those that begin elsewhere if they are kept there, unless the
/// environment wants it otherwise.
///
/// # Errors
/// When it wants what there is not.
pub(super) fn sampler(environment: &Environment<'_>) -> Result<Sampler, String> {
    let by_parent = |root| Sampler::ParentBased(Box::new(root));
    let name = environment.text(NAME);
    Ok(match name.as_deref() {
        None | Some("parentbased_always_on") => by_parent(Sampler::AlwaysOn),
        Some("parentbased_always_off") => by_parent(Sampler::AlwaysOff),
        Some("parentbased_traceidratio") => by_parent(ratio(environment)?),
        Some("always_on") => Sampler::AlwaysOn,
        Some("always_off") => Sampler::AlwaysOff,
        Some("traceidratio") => ratio(environment)?,
        Some(other) => {
            return Err(format!(
                "the variable `{NAME}` is `{other}`, a sampler that this server does not have\n\
                 help: there are `always_on`, `always_off` and `traceidratio`, each also with `parentbased_` before it"
            ));
        }
    })
}

/// All of them where no share is given, as the specification wants it.
fn ratio(environment: &Environment<'_>) -> Result<Sampler, String> {
    let Some(text) = environment.text(ARGUMENT) else {
        return Ok(Sampler::TraceIdRatioBased(1.0));
    };
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(Sampler::TraceIdRatioBased(share)),
        _ => Err(format!(
            "the variable `{ARGUMENT}` is `{text}`, a share from 0 to 1 is expected"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, argument: &str) -> Result<String, String> {
        let look = |it: &str| match it {
            NAME => Some(name.to_owned()),
            _ => Some(argument.to_owned()),
        };
        sampler(&Environment(&look)).map(|it| format!("{it:?}"))
    }

    #[test]
    fn samplers_go_by_their_standard_names() {
        for (name, argument, expected) in [
            ("", "", "ParentBased(AlwaysOn)"),
            ("always_off", "", "AlwaysOff"),
            ("traceidratio", "0.25", "TraceIdRatioBased(0.25)"),
            ("traceidratio", "", "TraceIdRatioBased(1.0)"),
            (
                "parentbased_traceidratio",
                "0",
                "ParentBased(TraceIdRatioBased(0.0))",
            ),
        ] {
            assert_eq!(chosen(name, argument).unwrap(), expected);
        }
        for (name, argument) in [("xray", ""), ("traceidratio", "2"), ("traceidratio", "NaN")] {
            assert!(chosen(name, argument).is_err(), "{name} {argument}");
        }
    }
}
