//! Names that are no file's on Windows, whatever lies in the folder.

/// Whether `name` means a device, a stream, a pattern, or another name than it says.
pub(super) fn is_reserved(name: &str) -> bool {
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
    };
    name.is_empty() || name.contains(is_odd) || name.ends_with(['.', ' ']) || is_device(name)
}

/// `NUL`, `com1.txt` and `LPT² .log` are devices in any folder.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    if matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let number = stem
        .strip_prefix("COM")
        .or_else(|| stem.strip_prefix("LPT"));
    number.is_some_and(|it| matches!(it, "¹" | "²" | "³") || matches!(it.as_bytes(), [b'0'..=b'9']))
}

#[cfg(test)]
mod tests {
    use super::is_reserved;

    #[test]
    fn devices_streams_and_disguises_are_no_files() {
        for name in [
            "",
            "NUL",
            "nul.txt",
            "con",
            "Aux.css",
            "PRN.tar.gz",
            "com1",
            "LPT9.js",
            "COM¹",
            "CONIN$",
            "nul .txt",
            "a.txt:stream",
            "a.txt::$DATA",
            "a.",
            "a ",
            "a?",
            "a*",
            "a\"b",
            "a\u{1}",
            "a\\b",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in [
            "index.html",
            "console.js",
            "nullable",
            "com10",
            "lpt",
            "auxiliary.css",
            "ü ü",
            "a.b.c",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
