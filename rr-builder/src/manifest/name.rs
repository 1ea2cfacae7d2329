//! Which names a server may have: they become a package, a binary and a file.

/// Names that cargo or the output folder keep for themselves.
const TAKEN: [(&str, &str); 11] = [
    (
        "server",
        "the generated crate lies in a folder of this name",
    ),
    ("rr-core", "this is a crate of rr"),
    ("rr-services", "this is a crate of rr"),
    ("build", "cargo keeps this name for itself"),
    ("deps", "cargo keeps this name for itself"),
    ("examples", "cargo keeps this name for itself"),
    ("incremental", "cargo keeps this name for itself"),
    ("test", "cargo keeps this name for itself"),
    ("std", "this is a crate of Rust"),
    ("core", "this is a crate of Rust"),
    ("alloc", "this is a crate of Rust"),
];

/// Why `name` cannot be a server's name; `None` if it can.
pub(crate) fn refuse(name: &str) -> Option<&'static str> {
    let mut chars = name.chars();
    if !chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
    {
        return Some("it must begin with a letter (a to z)");
    }
    if !chars.all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_') {
        return Some("only letters, digits, `-` and `_` are allowed");
    }
    if name.len() > 64 {
        return Some("it must not be longer than 64 letters");
    }
    if let Some((_, reason)) = TAKEN.iter().find(|(taken, _)| *taken == name) {
        return Some(reason);
    }
    if syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err() {
        return Some("this is a keyword of Rust");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::refuse;

    fn check(name: &str, reason: Option<&str>) {
        let found = refuse(name);
        let right = match reason {
            None => found.is_none(),
            Some(reason) => found.is_some_and(|it| it.contains(reason)),
        };
        assert!(right, "{name}: {found:?}");
    }

    #[test]
    fn a_name_becomes_a_package_and_a_file() {
        check("shop", None);
        check("my-shop_2", None);
        check("2shop", Some("begin with a letter"));
        check("-shop", Some("begin with a letter"));
        check("läden", Some("only letters"));
        check("../shop", Some("begin with a letter"));
        check("a/b", Some("only letters"));
        check(&"a".repeat(65), Some("64"));
        check("match", Some("keyword"));
        check("deps", Some("cargo keeps"));
        check("rr-core", Some("a crate of rr"));
        check("server", Some("folder"));
    }
}
