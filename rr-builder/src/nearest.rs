//! The known name that a mistyped one most likely stands for.

/// The candidate closest to `typed`, if one is close enough to be worth naming.
pub(crate) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (typed.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `` `a`, `b`, `c` `` for a message.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn check(typed: &str, expected: Option<&str>) {
        let known = ["http", "logs", "rpc", "inventory"];
        assert_eq!(nearest(typed, known), expected, "{typed}");
    }

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        check("htp", Some("http"));
        check("htpt", Some("http"));
        check("log", Some("logs"));
        check("inventroy", Some("inventory"));
    }

    #[test]
    fn a_different_word_is_not() {
        check("metrics", None);
        check("xy", None);
    }
}
