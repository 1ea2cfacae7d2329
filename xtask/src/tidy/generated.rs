//! What rr-builder writes stays simple: templates only loop and choose, `main.rs` only lists.

use proc_macro2::TokenTree;

use super::{
    Finding, law,
    source::{Source, is, line},
};
use crate::repo::File;

/// Template blocks are `each` and `if`, everything else is a value that was computed before.
pub(super) fn check_template(file: &File, findings: &mut Vec<Finding>) {
    for (line, text) in (1..).zip(file.text.lines()) {
        for tag in text.split("{{").skip(1) {
            let tag = tag.split("}}").next().unwrap_or_default();
            let tag = tag.trim_matches(['~', '{', ' ']);
            if !is_simple(tag) {
                let message =
                    format!("`{{{{{tag}}}}}`: templates know only `each`, `if` and values");
                findings.push(Finding::error(file, line, message));
            }
        }
    }
}

fn is_simple(tag: &str) -> bool {
    let is_value = |it: &str| !it.is_empty() && !it.contains([' ', '(', ')', '>', '*']);
    let (block, rest) = tag.split_once(' ').unwrap_or((tag, ""));
    match block {
        "#each" | "#if" => is_value(rest),
        "/each" | "/if" | "else" => rest.is_empty(),
        _ if tag.starts_with('!') => true,
        _ => is_value(tag) && !tag.starts_with(['#', '/', '^']),
    }
}

/// A generated `main.rs` holds imports and one call chain on `Server::builder()`.
pub(super) fn check_main(file: &File, findings: &mut Vec<Finding>) {
    let Some(source) = Source::parse(&file.path, &file.text) else {
        return;
    };
    let items = source.items();
    let mut at = 0;
    while at < items.len() {
        let length = match &items[at] {
            // A doc comment of the file.
            _ if is(items.get(at), "#") && is(items.get(at + 1), "!") => 3,
            it if is(Some(it), "use") => 1 + until(&items[at..], ";"),
            it if is(Some(it), "fn") && is(items.get(at + 1), "main") => {
                let length = items[at..].iter().position(is_body);
                let length = length.unwrap_or(items.len() - at - 1);
                if let Some(TokenTree::Group(body)) = items.get(at + length) {
                    let body: Vec<_> = body.stream().into_iter().collect();
                    check_chain(file, &body, findings);
                }
                length + 1
            }
            it => {
                let message = "a generated server holds `use` lines and `main`, nothing else";
                findings.push(Finding::error(file, line(it), message));
                return;
            }
        };
        at += length;
    }
}

fn check_chain(file: &File, body: &[TokenTree], findings: &mut Vec<Finding>) {
    let mut fail = |token: Option<&TokenTree>, message: String| {
        findings.push(Finding::error(file, token.map_or(1, line), message));
    };
    let begins = ["Server", ":", ":", "builder"];
    if !(0..).zip(begins).all(|(at, text)| is(body.get(at), text)) {
        fail(
            body.first(),
            "`main` begins with `Server::builder()`".into(),
        );
        return;
    }
    let calls = body.get(begins.len() + 1..).unwrap_or_default();
    let mut last = String::new();
    for call in calls.chunks(3) {
        let [dot, name, TokenTree::Group(_)] = call else {
            fail(call.first(), "`main` is one chain of calls".into());
            return;
        };
        last = name.to_string();
        if !is(Some(dot), ".") || !law::BUILDER_CALLS.contains(&&*last) {
            let allowed = law::BUILDER_CALLS.join("`, `");
            fail(Some(name), format!("`main` calls only `{allowed}`"));
        }
    }
    if last != "main" {
        fail(body.last(), "`main` ends with `.main()`".into());
    }
}

fn until(tokens: &[TokenTree], end: &str) -> usize {
    let length = tokens.iter().position(|it| is(Some(it), end));
    length.unwrap_or(tokens.len())
}

fn is_body(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(it) if it.delimiter() == proc_macro2::Delimiter::Brace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[track_caller]
    fn template(text: &str, findings: usize) {
        assert_eq!(
            found(check_template, "templates/a.hbs", text).len(),
            findings,
            "{text}"
        );
    }

    #[track_caller]
    fn main(body: &str, findings: usize) {
        let text = format!("//! Generated.\n\nuse a::B;\n\nfn main() -> ExitCode {{\n{body}\n}}\n");
        assert_eq!(
            found(check_main, "main.rs", &text).len(),
            findings,
            "{text}"
        );
    }

    #[test]
    fn templates_loop_and_choose() {
        template("{{#each services}}{{this.path}} // {{../file}}{{/each}}", 0);
        template("{{~#if middleware}}{{name}}{{else}}{{@index}}{{/if~}}", 0);
        template("{{! a comment }}", 0);
    }

    #[test]
    fn templates_do_not_compute() {
        template("{{#unless a}}{{/unless}}", 2);
        template("{{lookup a b}}", 1);
        template("{{> part}}", 1);
        template("{{#if (eq a b)}}", 1);
        template("{{^a}}", 1);
    }

    #[test]
    fn a_list_passes() {
        main(
            "Server::builder().name(a, b).service(C) // x:1\n.middleware(d::new(1)).main()",
            0,
        );
    }

    #[test]
    fn more_than_a_list_is_found() {
        main("let a = 1; Server::builder().main()", 1);
        main("Server::builder().service(C).main(); f()", 2);
        main("Server::builder().run()", 2);
        main("Server::builder().service(C)", 1);
        assert_eq!(
            found(check_main, "main.rs", "//! G.\nfn other() {}").len(),
            1
        );
    }
}
