//! `${NAME}` and `${NAME:-default}` in the values of a manifest.

/// Looks a variable up.
pub(crate) type Lookup = fn(&str) -> Option<String>;

/// The environment of this process.
pub(crate) fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `text` with its variables filled in; `$${` stands for `${`. The error is a reason to print. An
/// empty variable counts as not set where there is a default, as in a shell.
pub(crate) fn expand(text: &str, lookup: Lookup) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = &from[2..];
            continue;
        }
        let Some((inside, after)) = from[2..].split_once('}') else {
            return Err("`${` is not closed by `}`".to_owned());
        };
        expanded.push_str(before);
        expanded.push_str(&value(inside, lookup)?);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn value(inside: &str, lookup: Lookup) -> Result<String, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let mut letters = name.chars();
    let is_name = letters
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
        && letters.all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !is_name {
        return Err(format!("`{name}` is no name of a variable"));
    }
    match (lookup(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(format!("the variable `{name}` is not set")),
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("example.com".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let found = expand(text, lookup);
        let found = found.as_deref().map_err(String::as_str);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn variables_are_filled_in() {
        check("plain", Ok("plain"));
        check("https://${HOST}/geo", Ok("https://example.com/geo"));
        check("${HOST}${HOST}", Ok("example.comexample.com"));
        check("${EMPTY}", Ok(""));
        check("${EMPTY:-x}", Ok("x"));
        check("${NONE:-a b}", Ok("a b"));
        check("$5, $HOST and $${HOST}", Ok("$5, $HOST and ${HOST}"));
    }

    #[test]
    fn what_cannot_be_is_told() {
        check("${NONE}", Err("the variable `NONE` is not set"));
        check("${HOST", Err("`${` is not closed by `}`"));
        check("${a b}", Err("`a b` is no name of a variable"));
        check("${}", Err("`` is no name of a variable"));
    }
}
