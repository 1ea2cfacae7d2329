//! What middleware tells PHP about a request besides its headers.

use serde_json::Value;

/// PSR-7 attributes of a request: put one into the request's extensions, and PHP's
/// `$request->getAttribute($name)` has it.
///
/// Values keep their types as JSON has them; over protobuf, which knows texts alone, what is no
/// text is its JSON.
///
/// ```
/// use rr_services::http::Attributes;
///
/// let mut request = axum::extract::Request::new(axum::body::Body::empty());
/// let attributes = request.extensions_mut().get_or_insert_default::<Attributes>();
/// attributes.set("tenant", "acme");
/// attributes.set("tries", 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, Value)>);

impl Attributes {
    /// Sets an attribute; the last value of a name counts.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let name = name.into();
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value.into()));
    }

    /// All attributes, in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}
