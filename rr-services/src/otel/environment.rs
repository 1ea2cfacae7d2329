//! The variables that OpenTelemetry gives the same meaning in every language.

/// Looks variables up. One that is empty counts as not set, as the specification wants it.
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

/// The variables of this process.
pub(super) const PROCESS: Environment<'static> = Environment(&|name| std::env::var(name).ok());

impl Environment<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    /// The first of `names` that is set, and its value.
    pub(super) fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names
            .iter()
            .find_map(|name| Some((*name, self.text(name)?)))
    }

    /// A whole number, from the first of `names` that is set.
    pub(super) fn number(&self, names: &[&str]) -> Result<Option<u64>, String> {
        let Some((name, text)) = self.first(names) else {
            return Ok(None);
        };
        let number = text.parse().map_err(|_| {
            format!("the variable `{name}` is `{text}`, a whole number is expected")
        })?;
        Ok(Some(number))
    }

    /// Whether the first of `names` that is set says `true`.
    pub(super) fn flag(&self, names: &[&str]) -> bool {
        self.first(names)
            .is_some_and(|(_, text)| text.eq_ignore_ascii_case("true"))
    }
}

/// `a=1,b=2`, with escapes as in URLs, as headers and attributes are written in a variable.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = Result<(String, String), String>> {
    let entries = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    entries.enumerate().map(|(at, entry)| {
        // The entry itself may be a secret.
        let (name, value) = entry
            .split_once('=')
            .ok_or_else(|| format!("entry {} has no `=`", at + 1))?;
        let value = percent_encoding::percent_decode_str(value.trim()).decode_utf8_lossy();
        Ok((name.trim().to_owned(), value.into_owned()))
    })
}
