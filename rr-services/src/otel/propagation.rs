//! Trace contexts in the headers of requests: taken from clients, handed to PHP.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapCompositePropagator, TextMapPropagator},
};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::{environment::Environment, jaeger::JaegerPropagator};

/// The ways in which contexts travel.
#[derive(Debug)]
pub(super) struct Propagation {
    all: TextMapCompositePropagator,
    /// The headers that they use.
    fields: Vec<HeaderName>,
}

impl Propagation {
    /// W3C's two and Jaeger's, as the Go server has it, unless `OTEL_PROPAGATORS` names others.
    ///
    /// # Errors
    /// When it names what there is not.
    pub(super) fn new(environment: &Environment<'_>) -> Result<Self, String> {
        const NAME: &str = "OTEL_PROPAGATORS";
        let names = environment.text(NAME);
        let names = names.as_deref().unwrap_or("tracecontext,baggage,jaeger");
        let mut all: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
        for name in names.split(',').map(str::trim) {
            match name {
                "tracecontext" => all.push(Box::new(TraceContextPropagator::new())),
                "baggage" => all.push(Box::new(BaggagePropagator::new())),
                "jaeger" => all.push(Box::new(JaegerPropagator::new())),
                "none" | "" => {}
                other => {
                    return Err(format!(
                        "the variable `{NAME}` names `{other}`, which this server does not have\n\
                         help: there are `tracecontext`, `baggage`, `jaeger` and `none`"
                    ));
                }
            }
        }
        let all = TextMapCompositePropagator::new(all);
        let fields = all.fields().filter_map(|it| it.parse().ok()).collect();
        Ok(Self { all, fields })
    }

    /// The context that a client sent; an empty one where it sent none.
    pub(super) fn extract(&self, headers: &HeaderMap) -> Context {
        let sent = self
            .fields
            .iter()
            .filter_map(|it| Some((it, joined(headers, it)?)));
        let sent = Sent(sent.collect());
        self.all.extract_with_context(&Context::new(), &sent)
    }

    /// Puts the context into the headers, in the place of any that is there.
    pub(super) fn inject(&self, context: &Context, headers: &mut HeaderMap) {
        for field in &self.fields {
            headers.remove(field);
        }
        self.all.inject_context(context, &mut Handed(headers));
    }
}

/// A list may come in several headers (RFC 9110, section 5.3). Of a `traceparent` that comes
/// twice nobody can say which is meant: W3C's text wants it passed over, and so does the comma.
fn joined<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Cow<'h, str>> {
    let mut values = headers
        .get_all(name)
        .iter()
        .filter_map(|it| it.to_str().ok());
    let first = Cow::Borrowed(values.next()?);
    Some(values.fold(first, |all, more| format!("{all},{more}").into()))
}

struct Sent<'h>(Vec<(&'h HeaderName, Cow<'h, str>)>);

impl Extractor for Sent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(name, _)| name.as_str().eq_ignore_ascii_case(key));
        found.map(|(_, value)| &**value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

struct Handed<'h>(&'h mut HeaderMap);

impl Injector for Handed<'_> {
    fn set(&mut self, key: &str, value: String) {
        if value.is_empty() {
            return;
        }
        if let (Ok(name), Ok(value)) = (key.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceContextExt as _;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn standard() -> Propagation {
        Propagation::new(&Environment(&|_| None)).unwrap()
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let lines = lines.iter();
        lines
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn contexts_pass_through_with_all_that_belongs_to_them() {
        let sent = headers(&[
            ("traceparent", PARENT),
            ("tracestate", "a=1"),
            ("tracestate", "b=2"),
            ("baggage", "user=7"),
        ]);
        let context = standard().extract(&sent);
        let mut handed = headers(&[
            ("traceparent", "x"),
            ("tracestate", "x"),
            ("tracestate", "y"),
        ]);
        standard().inject(&context, &mut handed);
        assert_eq!(handed["traceparent"], PARENT);
        assert_eq!(handed["tracestate"], "a=1,b=2");
        assert_eq!(handed.get_all("tracestate").iter().count(), 1);
        assert_eq!(handed["baggage"], "user=7");
        assert_eq!(
            handed["uber-trace-id"],
            "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1"
        );
    }

    #[test]
    fn what_is_no_context_is_not_handed_on() {
        for lines in [
            &[("traceparent", "nonsense")][..],
            &[("traceparent", PARENT), ("traceparent", PARENT)],
            &[("tracestate", "a=1")],
            &[("uber-trace-id", "0:0:0:1")],
        ] {
            let mut seen = headers(lines);
            let context = standard().extract(&seen);
            assert!(!context.span().span_context().is_valid(), "{lines:?}");
            standard().inject(&context, &mut seen);
            assert!(seen.is_empty(), "{seen:?}");
        }
    }

    #[test]
    fn the_environment_chooses() {
        let only = Environment(&|_| Some("jaeger".into()));
        let sent = headers(&[("traceparent", PARENT)]);
        let context = Propagation::new(&only).unwrap().extract(&sent);
        assert!(!context.span().span_context().is_valid());
        assert!(Propagation::new(&Environment(&|_| Some("b3".into()))).is_err());
    }

    proptest! {
        #[test]
        fn anything_may_be_sent(values in vec("[ -~]{0,80}|00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]|[0-9a-f]{1,32}:[0-9a-f]{1,16}:0:[0-9]", 0..4)) {
            let mut sent = HeaderMap::new();
            for value in values {
                for name in ["traceparent", "tracestate", "baggage", "uber-trace-id"] {
                    sent.append(name, HeaderValue::try_from(&value).unwrap());
                }
            }
            let context = standard().extract(&sent);
            let mut handed = HeaderMap::new();
            standard().inject(&context, &mut handed);
            let again = standard().extract(&handed);
            prop_assert_eq!(
                again.span().span_context().trace_id(),
                context.span().span_context().trace_id()
            );
        }
    }
}
