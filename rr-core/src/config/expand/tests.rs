//! Expansion case by case, and on any text.

use proptest::prelude::*;

use super::{Malformed, expand};

fn lookup(name: &str) -> Option<String> {
    match name {
        "A" => Some("aa".to_owned()),
        "B" => Some("bb".to_owned()),
        "EMPTY" => Some(String::new()),
        "YAML" => Some("x: 1\n- y".to_owned()),
        "REF" => Some("${A}".to_owned()),
        _ => None,
    }
}

fn check(input: &str, expected: &str) {
    let expanded = expand(input, &lookup).map(|expanded| expanded.text);
    assert_eq!(expanded.as_deref(), Ok(expected), "{input}");
}

#[test]
fn as_roadrunner_does() {
    check("${A}", "aa");
    check("$A", "aa");
    check("${NO}", "");
    check("${NO:-x}", "x");
    check("${EMPTY:-d}", "d");
    check("${EMPTY}", "");
    check("tcp://127.0.0.1:${NO:-6001}", "tcp://127.0.0.1:6001");
    check("${NO:-tcp://127.0.0.1:6001}", "tcp://127.0.0.1:6001");
    check("cost$", "cost$");
    check("^foo$", "^foo$");
    check(r"\${A}", r"\aa");
    check("no reference", "no reference");
}

/// Where RoadRunner loses the value, wholly or in part.
#[test]
fn not_as_roadrunner_does() {
    check("${NO:-a:-b}", "a:-b");
    check("${A:-x}-${B}", "aa-bb");
    check("${A}-${B:-y}", "aa-bb");
    check("plain:-text$A", "plain:-textaa");
    check("http://x:-y/${A}", "http://x:-y/aa");
    check("pa$$word", "pa$word");
    check("p@ss$1x", "p@ss$1x");
    check("$2y$10$$abc", "$2y$10$abc");
    check("$*$#$@$!$?$-", "$*$#$@$!$?$-");
    check("${NO:-${A}}", "aa");
    check("${NO:-${NONE:-deep}}", "deep");
    check("${NO:-}", "");
}

#[test]
fn a_value_is_not_expanded_again_nor_read_as_yaml() {
    check("${REF}", "${A}");
    check("$YAML", "x: 1\n- y");
}

#[test]
fn malformed_references() {
    for (input, expected) in [
        ("x ${A", Malformed::Unclosed("${A".to_owned())),
        ("${NO:-${A}", Malformed::Unclosed("${NO:-${A}".to_owned())),
        ("${}", Malformed::NoName(String::new())),
        ("${A-b}", Malformed::NoName("A-b".to_owned())),
        ("${1}", Malformed::NoName("1".to_owned())),
        ("${A:-${b c}}", Malformed::NoName("b c".to_owned())),
    ] {
        assert_eq!(expand(input, &lookup), Err(expected), "{input}");
    }
}

#[test]
fn defaults_within_defaults_end_somewhere() {
    let text = "${NO:-".repeat(20) + &"}".repeat(20);
    assert_eq!(expand(&text, &lookup), Err(Malformed::TooDeep));
}

#[test]
fn unset_variables_are_named_unless_a_default_was_meant() {
    let unset = |input| expand(input, &lookup).expect("well formed").unset;
    assert_eq!(unset("$X and ${Y} and ${Z:-}"), ["X", "Y"]);
    assert_eq!(unset("${A:-$X}"), [""; 0]);
    assert_eq!(unset("${NO:-$X}"), ["X"]);
}

proptest! {
    #[test]
    fn any_text_is_expanded_or_refused(text in r"[${}:\-A-Z_a-z0-9é ]{0,40}") {
        drop(expand(&text, &lookup));
    }

    #[test]
    fn text_without_a_dollar_is_kept(text in "[^$]{0,40}") {
        let expanded = expand(&text, &lookup);
        prop_assert_eq!(expanded.map(|e| e.text), Ok(text));
    }

    #[test]
    fn doubled_dollars_give_any_text(text in ".{0,40}") {
        let expanded = expand(&text.replace('$', "$$"), &lookup);
        prop_assert_eq!(expanded.map(|e| e.text), Ok(text));
    }
}
