//! A Rust file as tidy sees it: tokens without comments and tests, and the paths they spell.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens of one file, without items under `#[cfg(test)]`.
pub(super) struct Source {
    tokens: TokenStream,
    module: Vec<String>,
}

/// A path as it is spelled, `use` groups taken apart: `use a::{b, c::d}` is `a::b` and `a::c::d`.
#[derive(Debug, PartialEq)]
pub(super) struct Spelled {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

impl Source {
    /// `None` where `text` is no Rust; the compiler says that better.
    pub(super) fn parse(path: &str, text: &str) -> Option<Self> {
        Some(Self {
            tokens: without_tests(text.parse().ok()?),
            module: module_of(path),
        })
    }

    /// Every path, in the order of the text.
    pub(super) fn paths(&self) -> Vec<Spelled> {
        let mut paths = Vec::new();
        spell(&self.tokens, &mut paths);
        paths
    }

    /// What `path` names in its own crate, `None` where it does not begin with `crate`, `self` or `super`.
    pub(super) fn in_crate(&self, path: &Spelled) -> Option<Vec<String>> {
        let mut segments = path.segments.iter().map(String::as_str).peekable();
        let mut module = match *segments.peek()? {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        for segment in segments {
            match segment {
                "crate" | "self" => {}
                "super" => drop(module.pop()),
                name => module.push(name.into()),
            }
        }
        Some(module)
    }

    /// Calls `visit` with each run of tokens between two brackets, outermost first.
    pub(super) fn each_level(&self, mut visit: impl FnMut(&[TokenTree])) {
        fn walk(stream: TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
            let tokens: Vec<_> = stream.into_iter().collect();
            visit(&tokens);
            for token in tokens {
                if let TokenTree::Group(group) = token {
                    walk(group.stream(), visit);
                }
            }
        }
        walk(self.tokens.clone(), &mut visit);
    }

    /// The outermost tokens.
    pub(super) fn items(&self) -> Vec<TokenTree> {
        self.tokens.clone().into_iter().collect()
    }
}

/// Whether `token` is this identifier or this one-character punctuation.
pub(super) fn is(token: Option<&TokenTree>, text: &str) -> bool {
    match token {
        Some(TokenTree::Ident(ident)) => ident == text,
        Some(TokenTree::Punct(punct)) => text.len() == 1 && text.starts_with(punct.as_char()),
        _ => false,
    }
}

/// Every identifier in `tokens` and the brackets among them.
pub(super) fn idents(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(idents(group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// The line on which `token` begins, from 1.
pub(super) fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

/// The attribute at `at`, as the tokens between its brackets, and where it ends.
pub(super) fn attribute(tokens: &[TokenTree], at: usize) -> Option<(TokenStream, usize)> {
    let inner = usize::from(is(tokens.get(at + 1), "!"));
    match tokens.get(at + 1 + inner) {
        Some(TokenTree::Group(group))
            if is(tokens.get(at), "#") && group.delimiter() == Delimiter::Bracket =>
        {
            Some((group.stream(), at + 2 + inner))
        }
        _ => None,
    }
}

fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let mut module: Vec<String> = inside
        .trim_end_matches(".rs")
        .split('/')
        .map(String::from)
        .collect();
    if let Some("mod" | "lib" | "main") = module.last().map(String::as_str) {
        module.pop();
    }
    module
}

fn without_tests(stream: TokenStream) -> TokenStream {
    let tokens: Vec<_> = stream.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((attribute, end)) = attribute(&tokens, at)
            && attribute.to_string().replace(' ', "") == "cfg(test)"
        {
            at = end_of_item(&tokens, end);
            continue;
        }
        kept.push(match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_tests(group.stream()));
                inner.set_span(group.span());
                inner.into()
            }
            token => token.clone(),
        });
        at += 1;
    }
    kept.into_iter().collect()
}

fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is(Some(token), ";"),
    };
    let length = tokens[from..].iter().position(ends);
    length.map_or(tokens.len(), |length| from + length + 1)
}

fn spell(stream: &TokenStream, paths: &mut Vec<Spelled>) {
    let tokens: Vec<_> = stream.clone().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(_) => at = spell_one(&tokens, at, &[], paths),
            TokenTree::Group(group) => {
                spell(&group.stream(), paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads the path that begins at `at`, below `prefix`; returns where it ends.
fn spell_one(
    tokens: &[TokenTree],
    mut at: usize,
    prefix: &[String],
    paths: &mut Vec<Spelled>,
) -> usize {
    let line = line(&tokens[at]);
    let mut segments = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => segments.push(ident.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                spell_group(group, &segments, paths);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !(is(tokens.get(at), ":") && is(tokens.get(at + 1), ":")) {
            break;
        }
        at += 2;
    }
    paths.push(Spelled { segments, line });
    at
}

fn spell_group(group: &Group, prefix: &[String], paths: &mut Vec<Spelled>) {
    let tokens: Vec<_> = group.stream().into_iter().collect();
    let mut begins = true;
    let mut at = 0;
    while at < tokens.len() {
        if begins && matches!(tokens[at], TokenTree::Ident(_)) {
            at = spell_one(&tokens, at, prefix, paths);
            begins = false;
        } else {
            begins = is(Some(&tokens[at]), ",");
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let source = Source::parse("rr-core/src/pool/lease.rs", text).unwrap();
        let paths = source.paths().into_iter();
        paths.map(|it| it.segments.join("::")).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        assert_eq!(
            paths("use a::{b, c::{self, D as _}, e::*}; "),
            ["use", "a::b", "a::c::self", "a::c::D", "a::e"],
        );
        assert!(paths("select! { _ = tokio::spawn(x) => {} }").contains(&"tokio::spawn".into()));
    }

    #[test]
    fn comments_strings_and_tests_spell_nothing() {
        assert_eq!(paths("// a::b\n/* c::d */"), Vec::<String>::new());
        assert!(!paths("const X: &str = \"a::b\";").contains(&"a::b".into()));
        assert!(!paths("#[cfg(test)]\nmod tests { use a::b; }").contains(&"a::b".into()));
        assert!(paths("#[cfg(test)]\nmod tests;\nuse a::b;").contains(&"a::b".into()));
    }

    #[test]
    fn relative_paths_are_resolved() {
        let resolved = |text: &str| {
            let source = Source::parse("rr-core/src/pool/lease.rs", text).unwrap();
            let path = source.paths().remove(0);
            source.in_crate(&path).map(|it| it.join("::"))
        };
        assert_eq!(resolved("crate::config::X").as_deref(), Some("config::X"));
        assert_eq!(resolved("super::Pool").as_deref(), Some("pool::Pool"));
        assert_eq!(resolved("super::super::cli").as_deref(), Some("cli"));
        assert_eq!(resolved("bytes::Bytes"), None);
    }
}
