//! What the name of a file gives away: whether it is a secret, and what is in it.

use http::HeaderValue;

/// Names that no client is to get at: hidden ones, PHP in any disguise, and those that some file
/// system reads as another name.
pub(crate) fn is_secret(name: &str) -> bool {
    let disguised = |c: char| c.is_control() || matches!(c, '\\' | ':');
    name.is_empty()
        || name.starts_with('.')
        // Some systems drop them: `index.php.` is `index.php` there.
        || name.ends_with(['.', ' '])
        || name.contains(disguised)
        // `shop.php.bak` and `shop.php~` are sources as well, and `shop.php.jpg` runs with some.
        || name.split('.').skip(1).any(is_php)
}

/// `php`, `PHP8`, `php~`, `phtml`, `phar` and their like.
fn is_php(part: &str) -> bool {
    let part = part.trim_matches(' ');
    let start = part.as_bytes().get(..3);
    start.is_some_and(|it| it.eq_ignore_ascii_case(b"php"))
        || ["phtml", "phar", "pht"]
            .iter()
            .any(|it| part.eq_ignore_ascii_case(it))
}

/// The content type that an extension tells.
pub(crate) fn kind_of(name: &str) -> HeaderValue {
    let kind = mime_guess::from_path(name).first_raw();
    let kind = kind.unwrap_or("application/octet-stream");
    match is_text(kind) {
        true => HeaderValue::try_from(format!("{kind}; charset=utf-8"))
            .expect("what is registered fits a header"),
        false => HeaderValue::from_static(kind),
    }
}

/// Those that tell no charset of their own, with which none is registered.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind.ends_with("/javascript")
}

#[cfg(test)]
mod tests {
    use super::kind_of;

    #[test]
    fn texts_are_told_to_be_utf_8() {
        for (name, kind) in [
            ("a.html", "text/html; charset=utf-8"),
            ("a/b.JS", "text/javascript; charset=utf-8"),
            ("logo.png", "image/png"),
            ("logo.svg", "image/svg+xml"),
            ("10k.bin", "application/octet-stream"),
            ("unknown.extension-nobody-has", "application/octet-stream"),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }
}
