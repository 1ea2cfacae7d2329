//! What the name of a file gives away: whether it is a secret, and what is in it.

use http::HeaderValue;
use mime_guess::{Mime, mime};

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
    let part = part.trim_matches(' ').to_ascii_lowercase();
    part.starts_with("php") || matches!(&*part, "phtml" | "phar" | "pht")
}

/// The content type that an extension tells.
pub(crate) fn kind_of(name: &str) -> HeaderValue {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let text = match is_text(&kind) && kind.get_param(mime::CHARSET).is_none() {
        true => format!("{kind}; charset=utf-8"),
        false => kind.to_string(),
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

fn is_text(kind: &Mime) -> bool {
    kind.type_() == mime::TEXT || kind.subtype() == mime::JAVASCRIPT
}
