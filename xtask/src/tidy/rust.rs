//! Rules for Rust files: module docs, unsafe code, statics, tasks, features.

use proc_macro2::TokenTree;

use super::{
    Finding, law,
    source::{Source, attribute, idents, is, line},
};
use crate::repo::File;

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    if !file.is_fixture() && !file.text.starts_with("//!") {
        let message = "the first line says what the module is for: `//! ..`";
        findings.push(Finding::error(file, 1, message));
    }
    let Some(source) = Source::parse(&file.path, &file.text) else {
        return;
    };
    no_unsafe(file, &source, findings);
    if file.is_test() {
        return;
    }
    features(file, &source, findings);
    tasks(file, &source, findings);
    statics(file, &source, findings);
    attributes(file, &source, findings);
}

fn tasks(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    if law::SPAWNERS
        .iter()
        .any(|(allowed, _)| *allowed == file.path)
    {
        return;
    }
    for path in source.paths() {
        let segments: Vec<_> = path.segments.iter().map(String::as_str).collect();
        if let ["tokio", "spawn"] | ["tokio", "task", "spawn"] | ["task", "spawn"] = *segments {
            let message = "a detached task: hand it to `cx.run` or a `JoinSet`, \
                           or name the file in tidy's `SPAWNERS`";
            findings.push(Finding::error(file, path.line, message));
        }
    }
}

/// Neither unsafe code nor a permission for it.
fn no_unsafe(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    if law::UNSAFE.iter().any(|(allowed, _)| *allowed == file.path) {
        return;
    }
    source.each_level(|tokens| {
        for at in 0..tokens.len() {
            let is_permission = attribute(tokens, at).is_some_and(|(inside, _)| {
                let names = idents(inside);
                let allows = |it: &String| ["allow", "expect", "warn"].contains(&it.as_str());
                names.iter().any(allows) && names.iter().any(|it| it == "unsafe_code")
            });
            if is_permission || is(tokens.get(at), "unsafe") {
                let message = "unsafe code: find a safe crate, or name the file in tidy's `UNSAFE`";
                findings.push(Finding::error(file, line(&tokens[at]), message));
            }
        }
    });
}

fn statics(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    if law::STATICS
        .iter()
        .any(|(allowed, _)| *allowed == file.path)
    {
        return;
    }
    source.each_level(|tokens| {
        for at in 0..tokens.len() {
            // `'static` is a quote and the same word.
            let lifetime = at > 0 && is(tokens.get(at - 1), "'");
            if is(tokens.get(at), "static") && !lifetime && changes(&tokens[at + 1..]) {
                let message = "a `static` that changes: pass the value to who needs it";
                findings.push(Finding::error(file, line(&tokens[at]), message));
            }
        }
    });
}

/// Whether the static whose name follows is mutable or holds a cell.
fn changes(tokens: &[TokenTree]) -> bool {
    if is(tokens.first(), "mut") {
        return true;
    }
    if !is(tokens.get(1), ":") {
        return false;
    }
    let kind = tokens[2..]
        .iter()
        .take_while(|it| !is(Some(it), "=") && !is(Some(it), ";"));
    idents(kind.cloned().collect()).iter().any(|name| {
        name.starts_with("Atomic")
            || ["Mutex", "RwLock"].contains(&name.as_str())
            || ["Cell", "Lock"].iter().any(|end| name.ends_with(end))
    })
}

fn features(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    source.each_level(|tokens| {
        for at in 0..tokens.len() {
            let (condition, end) = match attribute(tokens, at) {
                Some((inside, end)) => (idents(inside), end),
                None if is(tokens.get(at), "cfg") && is(tokens.get(at + 1), "!") => (
                    idents(tokens[at + 2..].iter().take(1).cloned().collect()),
                    0,
                ),
                None => continue,
            };
            let names_feature = condition.iter().any(|it| it == "feature");
            let is_cfg = end == 0 || condition.first().is_some_and(|it| it.starts_with("cfg"));
            if !(names_feature && is_cfg) {
                continue;
            }
            if !law::FEATURES.contains(&&*file.path)
                || end == 0
                || !is_module_or_use(&tokens[end..])
            {
                let message = format!(
                    "`cfg(feature)` stands on `mod` and `pub use` lines of `{}` alone",
                    law::FEATURES.join("` and `"),
                );
                findings.push(Finding::error(file, line(&tokens[at]), message));
            }
        }
    });
}

fn is_module_or_use(mut tokens: &[TokenTree]) -> bool {
    while let Some((_, end)) = attribute(tokens, 0) {
        tokens = &tokens[end..];
    }
    let public = usize::from(is(tokens.first(), "pub"));
    is(tokens.get(public), "mod") || is(tokens.get(public), "use")
}

/// serde's `flatten` and `untagged`, which lose the place and the reason of an error.
fn attributes(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    source.each_level(|tokens| {
        for at in 0..tokens.len() {
            let Some((inside, _)) = attribute(tokens, at) else {
                continue;
            };
            let names = idents(inside);
            if names.first().is_none_or(|it| it != "serde") {
                continue;
            }
            for bad in ["flatten", "untagged"] {
                if names.iter().any(|it| it == bad) {
                    let message = format!("`serde({bad})` loses the place of an error");
                    findings.push(Finding::error(file, line(&tokens[at]), message));
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[track_caller]
    fn finds(path: &str, text: &str, expected: &[&str]) {
        let text = format!("//! A module.\n{text}\n");
        let found = found(check, path, &text);
        let begins = |(found, expected): (&String, &&str)| found.starts_with(*expected);
        let same = found.len() == expected.len() && found.iter().zip(expected).all(begins);
        assert!(same, "{text}\nfound {found:?}\nexpected {expected:?}");
    }

    const ANY: &str = "rr-core/src/a.rs";

    #[test]
    fn a_module_says_what_it_is_for() {
        assert_eq!(found(check, ANY, "use a;\n//! Late.\n").len(), 1);
        finds(ANY, "use a;", &[]);
        let fixture = "a/tests/errors/crates/b/src/main.rs";
        assert!(found(check, fixture, "fn main() {}").is_empty());
    }

    #[test]
    fn statics_that_change_are_found() {
        finds(
            ANY,
            "static A: AtomicUsize = AtomicUsize::new(0);",
            &["2: a `static`"],
        );
        finds(
            ANY,
            "fn f() { static B: OnceLock<u8> = OnceLock::new(); }",
            &["2: a `static`"],
        );
        finds(ANY, "static C: [Mutex<u8>; 2] = x;", &["2: a `static`"]);
        finds(ANY, "static mut D: u8 = 0;", &["2: a `static`"]);
        finds(
            ANY,
            "thread_local! { static E: RefCell<u8> = x; }",
            &["2: a `static`"],
        );
    }

    #[test]
    fn statics_that_do_not_change_pass() {
        finds(ANY, "static A: &str = \"Mutex\";", &[]);
        finds(ANY, "fn f(_: &'static Mutex<u8>) {}", &[]);
        finds(
            ANY,
            "#[global_allocator]\nstatic A: MiMalloc = MiMalloc;",
            &[],
        );
        finds("a/tests/it.rs", "static A: AtomicUsize = x;", &[]);
    }

    #[test]
    fn unsafe_code_is_found_even_in_tests() {
        let text = "fn f() { unsafe { g() } }";
        for path in [ANY, "a/tests/it.rs"] {
            finds(path, text, &["2: unsafe code"]);
            finds(
                path,
                "#[allow(unsafe_code)]\nfn f() {}",
                &["2: unsafe code"],
            );
        }
        finds(law::UNSAFE[0].0, text, &[]);
        finds(ANY, "#![forbid(unsafe_code)]\nfn f() {}", &[]);
        finds(ANY, "fn f() { \"unsafe\" }", &[]);
    }

    #[test]
    fn detached_tasks_are_found() {
        finds(ANY, "fn f() { tokio::spawn(x); }", &["2: a detached task"]);
        finds(ANY, "use tokio::{task, spawn};", &["2: a detached task"]);
        finds(
            ANY,
            "fn f() { select! { _ = a => { task::spawn(x); } } }",
            &["2: a det"],
        );
        finds(ANY, "fn f() { set.spawn(x); thread::spawn(x); }", &[]);
        finds(
            ANY,
            "#[cfg(test)]\nmod tests { fn f() { tokio::spawn(x); } }",
            &[],
        );
    }

    #[test]
    fn features_switch_modules_only() {
        finds(
            law::FEATURES[0],
            "#[cfg(feature = \"http\")]\nmod http;",
            &[],
        );
        finds(
            law::FEATURES[0],
            "#[cfg(feature = \"a\")]\n#[doc(inline)]\npub use a::A;",
            &[],
        );
        finds(
            law::FEATURES[0],
            "#[cfg(feature = \"a\")]\nfn f() {}",
            &["2: `cfg(feature)`"],
        );
        finds(
            law::FEATURES[0],
            "fn f() { if cfg!(feature = \"a\") {} }",
            &["2: `cfg(feature)`"],
        );
        finds(
            ANY,
            "#[cfg(feature = \"a\")]\nmod a;",
            &["2: `cfg(feature)`"],
        );
        finds(
            ANY,
            "#[cfg_attr(feature = \"a\", derive(A))]\nstruct B;",
            &["2: `cfg(fe"],
        );
        finds(ANY, "#[cfg(unix)]\nmod a;\nfn feature() {}", &[]);
    }

    #[test]
    fn serde_keeps_places() {
        finds(
            ANY,
            "#[serde(untagged)]\nenum A {}",
            &["2: `serde(untagged)`"],
        );
        finds(
            ANY,
            "struct A { #[serde(default, flatten)] b: B }",
            &["2: `serde(flat"],
        );
        finds(ANY, "#[serde(default)]\nstruct A { flatten: u8 }", &[]);
    }
}
