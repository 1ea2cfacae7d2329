//! A Rust path or expression out of a manifest, checked so that it cannot break the line it is
//! generated on.

use syn::{Expr, Path};

/// Rust that stands on one line of the generated program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    text: String,
    /// The segments of the path it begins with; empty if it begins with something else.
    head: Vec<String>,
}

impl Code {
    /// A path to a value, such as `inventory::Inventory`. The error is a reason to print.
    pub fn path(text: &str) -> Result<Self, String> {
        let code = Self::expression(text)?;
        match syn::parse_str(text) {
            Ok(Expr::Path(_)) => Ok(code),
            _ => Err("this is no path such as `inventory::Inventory`".to_owned()),
        }
    }

    /// An expression, such as `stamp::StampLayer::new()`. The error is a reason to print.
    pub fn expression(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains(['\n', '\r']) {
            return Err("write it on one line".to_owned());
        }
        let expr: Expr = syn::parse_str(text)
            .map_err(|error| format!("this is not Rust: {}", reason(&error)))?;
        // A comment at its end would swallow what the generated line has after it.
        if syn::parse_str::<Expr>(&format!("({text})")).is_err() {
            return Err("leave the comment away".to_owned());
        }
        let head = head(&expr).map_or_else(Vec::new, |path| {
            let segments = path.segments.iter();
            segments.map(|it| it.ident.to_string()).collect()
        });
        Ok(Self {
            text: text.to_owned(),
            head,
        })
    }

    /// As it is generated.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The crate whose name it begins with: `Some("")` if it begins with a name that lacks its
    /// crate, `None` if it begins with no name at all.
    pub fn krate(&self) -> Option<&str> {
        match self.head.as_slice() {
            [] => None,
            [_] => Some(""),
            [krate, ..] => Some(krate),
        }
    }

    /// The same seen from outside of the crate it was written for.
    pub fn of_crate(&self, krate: &str) -> Self {
        let mut head = vec![krate.to_owned()];
        head.extend(self.head.iter().cloned());
        Self {
            text: format!("{krate}::{}", self.text),
            head,
        }
    }
}

/// Text that does not even fall into tokens is refused in words on its reader's innards.
fn reason(error: &syn::Error) -> String {
    match error.to_string().as_str() {
        "cannot parse string into token stream" => "its brackets or quotes do not match".to_owned(),
        reason => reason.to_owned(),
    }
}

fn head(expr: &Expr) -> Option<&Path> {
    match expr {
        Expr::Path(it) => Some(&it.path),
        Expr::Call(it) => head(&it.func),
        Expr::MethodCall(it) => head(&it.receiver),
        Expr::Field(it) => head(&it.base),
        Expr::Struct(it) => Some(&it.path),
        Expr::Macro(it) => Some(&it.mac.path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    fn check(text: &str, krate: Option<&str>) {
        let code = Code::expression(text).unwrap();
        assert_eq!(code.krate(), krate, "{text}");
    }

    fn check_refused(text: &str, reason: &str) {
        let error = Code::expression(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }

    #[test]
    fn the_crate_is_the_head_of_the_expression() {
        check("stamp::StampLayer::new()", Some("stamp"));
        check(r#"stamp::StampLayer::new().header("x-a;b")"#, Some("stamp"));
        check("stamp::LAYER", Some("stamp"));
        check("stamp::Layer { name: 1 }", Some("stamp"));
        check("stamp::layer![1, 2]", Some("stamp"));
        check("StampLayer::new()", Some("StampLayer"));
        check("layer()", Some(""));
        check("(stamp::A, stamp::B)", None);
        check("|request| request", None);
    }

    #[test]
    fn nothing_reaches_beyond_its_line() {
        check_refused("stamp::new(", "this is not Rust");
        check_refused("stamp::new())", "this is not Rust");
        check_refused("a::b()).service(c::d(", "this is not Rust");
        check_refused("a::b() // why", "comment");
        check_refused("a::b(\n)", "one line");
        check_refused("a::b(); std::process::abort()", "this is not Rust");
        check_refused("", "this is not Rust");
    }

    #[test]
    fn a_type_is_a_path() {
        assert!(Code::path("inventory::Inventory").is_ok());
        assert!(Code::path("inventory::Inventory::<u8>").is_ok());
        for wrong in ["inventory::Inventory::new()", "inventory::", "1", "a + b"] {
            assert!(Code::path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn from_outside_it_begins_with_its_crate() {
        let code = Code::path("http::Http").unwrap().of_crate("rr_services");
        assert_eq!(code.text(), "rr_services::http::Http");
        assert_eq!(code.krate(), Some("rr_services"));
    }
}
