//! The boundary that a content type names.

use super::{BadMultipart, head::parameter};

/// RFC 2046, section 5.1.1.
const LONGEST: usize = 70;

/// The `boundary` of `multipart/form-data; boundary=..`, quoted or not.
///
/// # Errors
/// [`BadMultipart::Boundary`]
pub(in super::super) fn boundary(content_type: &[u8]) -> Result<Vec<u8>, BadMultipart> {
    let boundary = parameter(content_type, b"boundary").ok_or(BadMultipart::Boundary)?;
    // Spaces are fine, but not as the last: they would be taken for padding.
    let is_plain = boundary.iter().all(|it| (b' '..=b'~').contains(it));
    let fits = (1..=LONGEST).contains(&boundary.len()) && boundary.last() != Some(&b' ');
    match is_plain && fits {
        true => Ok(boundary),
        false => Err(BadMultipart::Boundary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, expected: Option<&str>) {
        let found = boundary(content_type.as_bytes()).ok();
        assert_eq!(
            found.as_deref(),
            expected.map(str::as_bytes),
            "{content_type}"
        );
    }

    #[test]
    fn as_browsers_and_libraries_write_it() {
        check("multipart/form-data; boundary=xyz", Some("xyz"));
        check("multipart/form-data;boundary=xyz", Some("xyz"));
        check(
            "multipart/form-data; charset=utf-8; Boundary=xyz",
            Some("xyz"),
        );
        check(
            "multipart/form-data; boundary=xyz; charset=utf-8",
            Some("xyz"),
        );
        check(
            "multipart/form-data; boundary=----=_Part_1_2.3",
            Some("----=_Part_1_2.3"),
        );
        check(
            r#"multipart/form-data; boundary="a b;c\"d""#,
            Some("a b;c\"d"),
        );
        check(
            "multipart/form-data; x=\"boundary=no\"; boundary=yes",
            Some("yes"),
        );
        check("multipart/form-data", None);
        check("multipart/form-data; boundary", None);
        check("multipart/form-data; boundary=", None);
        check("multipart/form-data; boundary=\"\"", None);
        check("multipart/form-data; boundary=\"a \"", None);
        check("multipart/form-data; boundary=caf\u{e9}", None);
        check(
            &format!("multipart/form-data; boundary={}", "x".repeat(70)),
            Some(&"x".repeat(70)),
        );
        check(
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
            None,
        );
    }
}
