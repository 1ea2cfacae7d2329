//! Forms as trees, against expectations and against the real PHP.

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::Value;

use super::*;

fn tree(body: &[u8]) -> Result<Tree<String>, BadForm> {
    Tree::from_fields(urlencoded(body), 0)
}

fn check(body: &str, expected: &str) {
    let json = match tree(body.as_bytes()) {
        Ok(tree) => serde_json::to_string(&tree).unwrap(),
        Err(conflict) => conflict.to_string(),
    };
    assert_eq!(json, expected, "{body}");
}

#[test]
fn names_with_brackets_are_trees() {
    check("", "{}");
    check("a=1&a=2", r#"{"a":"2"}"#);
    check("a[]=1&a[]=2", r#"{"a":["1","2"]}"#);
    check(
        "a[b][]=1&a[b][]=2&a[c]=3",
        r#"{"a":{"b":["1","2"],"c":"3"}}"#,
    );
    check("a[0]=x&a[1]=y", r#"{"a":{"0":"x","1":"y"}}"#);
    check("key[sub]value=1", r#"{"key":{"sub":{"value":"1"}}}"#);
    check(
        "caf%C3%A9=%F0%9F%90%98&x=a+b%26",
        r#"{"café":"🐘","x":"a b&"}"#,
    );
    check(
        "a=&a=5&b[][x]=1&b[][y]=2&h =3&k.l=4&p[q]r=1&[z=1&]w=2",
        r#"{"":{"w":"2","z":"1"},"a":"5","b":{"":{"x":"1","y":"2"}},"h":"3","k.l":"4","p":{"q":{"r":"1"}}}"#,
    );
}

#[test]
fn an_empty_value_gives_way_to_a_branch_two_full_ones_conflict() {
    check("a=&a[b]=1", r#"{"a":{"b":"1"}}"#);
    check("a[b]=1&a=", r#"{"a":{"b":"1"}}"#);
    check("a[]=&a[b]=1", r#"{"a":{"b":"1"}}"#);
    check(
        "a=1&a[b]=1",
        "the form names `a[b]` both as a value and as an array",
    );
    check(
        "a[]=1&a=2",
        "the form names `a` both as a value and as an array",
    );
}

#[test]
fn a_name_of_too_many_keys_is_dropped() {
    let deep = |keys: usize| format!("a{}=1", "[b]".repeat(keys - 1));
    assert!(!tree(deep(127).as_bytes()).unwrap().0.is_empty());
    check(&deep(128), "{}");
    assert_eq!(keys(&"[]".repeat(1 << 20)), None);
}

proptest! {
    #[test]
    fn any_body_is_a_tree_or_a_conflict(body in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(tree) = tree(&body) {
            serde_json::to_string(&tree).unwrap();
        }
    }

    #[test]
    fn brackets_in_any_order(body in "[]ab\\[= &]{0,60}") {
        if let Ok(tree) = tree(body.as_bytes()) {
            serde_json::to_string(&tree).unwrap();
        }
    }
}

/// A list is an object of its indexes, which PHP does not tell apart.
fn as_objects(value: &Value) -> Value {
    match value {
        Value::Array(all) => {
            let all = all.iter().enumerate();
            all.map(|(at, it)| (at.to_string(), as_objects(it)))
                .collect()
        }
        Value::Object(all) => all
            .iter()
            .map(|(key, it)| (key.clone(), as_objects(it)))
            .collect(),
        other => other.clone(),
    }
}

/// What PHP's own parser makes of each body; spaces and dots in names are its own affair.
fn by_php(bodies: &[String]) -> Vec<Value> {
    const PARSE: &str = "foreach (json_decode($argv[1]) as $body) {
        parse_str($body, $tree);
        $trees[] = $tree;
    }
    echo json_encode($trees, JSON_FORCE_OBJECT | JSON_INVALID_UTF8_SUBSTITUTE);";
    let mut php = std::process::Command::new("php");
    let bodies = serde_json::to_string(bodies).unwrap();
    let found = php.args(["-r", PARSE, "--", &bodies]).output().unwrap();
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    found.as_object().unwrap().values().cloned().collect()
}

#[test]
fn the_same_as_php_where_php_loses_nothing() {
    let mut runner = TestRunner::deterministic();
    let body = "([abc](\\[[abc017]\\]){0,3}(\\[\\])?=[xyz+](%20|%C3%A9|;|%|&&|&)?&){1,6}";
    let body = prop::string::string_regex(body).unwrap();
    let bodies: Vec<String> = (0..2000)
        .map(|_| body.new_tree(&mut runner).unwrap().current())
        .collect();
    let mut compared = 0;
    for (body, php) in bodies.iter().zip(by_php(&bodies)) {
        // What gives way to what is told by the rules of the Go server.
        let Ok(tree) = tree(body.as_bytes()) else {
            continue;
        };
        let tree = serde_json::to_value(&tree).unwrap();
        assert_eq!(as_objects(&tree), php, "{body}");
        compared += 1;
    }
    assert!(compared > 500, "{compared}");
}
