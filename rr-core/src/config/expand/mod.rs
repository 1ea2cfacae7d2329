//! `$VAR`, `${VAR}` and `${VAR:-default}` in values. Works on scalars of the tree, after YAML
//! has been read, so that what a variable holds can never become structure.

use super::{
    Diagnostic, Diagnostics,
    node::{Node, Scalar, ScalarKind, Value},
};

/// Unset variables that are named for one value.
const UNSET_SHOWN: usize = 10;

/// Looks a variable up; `None` where it is not set.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Expands every value below `node`; keys stay as they are.
pub(super) fn tree(node: &mut Node, lookup: &Lookup<'_>, found: &mut Diagnostics) {
    match &mut node.value {
        Value::Faulty | Value::Null => {}
        Value::List(items) => items.iter_mut().for_each(|item| tree(item, lookup, found)),
        Value::Map(map) => {
            for entry in &mut map.0 {
                tree(&mut entry.value, lookup, found);
            }
        }
        Value::Scalar(Scalar {
            text,
            kind: ScalarKind::Text,
        }) if text.contains('$') => match expand(text, lookup) {
            Ok(expanded) => {
                for name in expanded.unset.iter().take(UNSET_SHOWN) {
                    found.push(unset(name, node));
                }
                node.value = Value::Scalar(Scalar {
                    text: expanded.text,
                    kind: ScalarKind::Text,
                });
            }
            Err(malformed) => {
                found.push(malformed.diagnostic(node));
                node.value = Value::Faulty;
            }
        },
        Value::Scalar(_) => {}
    }
}

/// The variables that a text refers to, those in defaults included, each once.
pub(super) fn variables(text: &str) -> Vec<String> {
    let names = std::cell::RefCell::new(Vec::new());
    let note = |name: &str| {
        let mut names = names.borrow_mut();
        if !names.iter().any(|it| it == name) {
            names.push(name.to_owned());
        }
        None
    };
    // A text that cannot be read has been reported, and refers to what was noted so far.
    expand(text, &note).ok();
    names.into_inner()
}

fn unset(name: &str, node: &Node) -> Diagnostic {
    let braced = node.place.narrowed(&format!("${{{name}}}"));
    let place = if braced == node.place {
        node.place.narrowed(&format!("${name}"))
    } else {
        braced
    };
    Diagnostic::warning(format!(
        "the variable `{name}` is not set and has no default: it becomes empty text"
    ))
    .at(&place)
    .help(format!(
        "set it, or name a default: `${{{name}:-default}}`; `$$` is a plain `$`"
    ))
}

/// A value after expansion.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expanded {
    text: String,
    /// Variables without a value and without a default.
    unset: Vec<String>,
}

/// A reference that cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum Malformed {
    /// From `${` to the end.
    Unclosed(String),
    /// What stands in the braces.
    NoName(String),
    /// Defaults within defaults, beyond any use.
    TooDeep,
}

impl Malformed {
    fn diagnostic(&self, node: &Node) -> Diagnostic {
        let help = "write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`";
        match self {
            Self::Unclosed(rest) => Diagnostic::error("`${` without its `}`")
                .at(&node.place.narrowed(rest))
                .help(help),
            Self::NoName(inner) => Diagnostic::error("the braces of `${` hold no variable's name")
                .at(&node.place.narrowed(&format!("${{{inner}}}")))
                .help(help),
            Self::TooDeep => Diagnostic::error("too many defaults within defaults")
                .at(&node.place)
                .help(help),
        }
    }
}

fn expand(text: &str, lookup: &Lookup<'_>) -> Result<Expanded, Malformed> {
    expand_to_depth(text, lookup, 8)
}

fn expand_to_depth(text: &str, lookup: &Lookup<'_>, depth: usize) -> Result<Expanded, Malformed> {
    let mut out = Expanded::default();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = if let Some(after) = after.strip_prefix('$') {
            out.text.push('$');
            after
        } else if let Some(after) = after.strip_prefix('{') {
            let end = closing_brace(after)
                .ok_or_else(|| Malformed::Unclosed(rest[at..].trim_end().to_owned()))?;
            out.braced(&after[..end], lookup, depth)?;
            &after[end + 1..]
        } else {
            let (name, after) = split_name(after);
            if name.is_empty() {
                out.text.push('$');
            } else {
                out.variable(name, lookup);
            }
            after
        };
    }
    out.text.push_str(rest);
    Ok(out)
}

impl Expanded {
    fn braced(&mut self, inner: &str, lookup: &Lookup<'_>, depth: usize) -> Result<(), Malformed> {
        let (name, after) = split_name(inner);
        let default = after.strip_prefix(":-");
        if name.is_empty() || (default.is_none() && !after.is_empty()) {
            return Err(Malformed::NoName(inner.to_owned()));
        }
        let Some(default) = default else {
            self.variable(name, lookup);
            return Ok(());
        };
        // Read even where it is not needed: a mistake in it shows at once, not in production.
        let depth = depth.checked_sub(1).ok_or(Malformed::TooDeep)?;
        let default = expand_to_depth(default, lookup, depth)?;
        match lookup(name).filter(|value| !value.is_empty()) {
            Some(value) => self.text.push_str(&value),
            None => {
                self.text.push_str(&default.text);
                self.unset.extend(default.unset);
            }
        }
        Ok(())
    }

    fn variable(&mut self, name: &str, lookup: &Lookup<'_>) {
        match lookup(name) {
            Some(value) => self.text.push_str(&value),
            None => self.unset.push(name.to_owned()),
        }
    }
}

/// The end of what follows a `${`; references inside a default have braces of their own.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A variable's name at the beginning of the text, and what follows.
fn split_name(text: &str) -> (&str, &str) {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = match text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        _ if !starts => 0,
        Some(end) => end,
        None => text.len(),
    };
    text.split_at(end)
}

#[cfg(test)]
mod tests;
