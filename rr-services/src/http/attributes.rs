//! What middleware tells PHP about a request besides its headers.

/// PSR-7 attributes of a request: put one into the request's extensions, and PHP's
/// `$request->getAttribute($name)` has it.
///
/// ```
/// use rr_services::http::Attributes;
///
/// let mut request = axum::extract::Request::new(axum::body::Body::empty());
/// request.extensions_mut().get_or_insert_default::<Attributes>().set("tenant", "acme");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Sets an attribute; the last value of a name counts.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value.into()));
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = (&'a str, &'a str);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (String, String)>,
        fn(&'a (String, String)) -> (&'a str, &'a str),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
