//! What the commands print, word by word: `golden/commands/NAME.txt`.

use std::{fs, path::Path, process::Command};

use crate::{Copy, check_golden};

/// Runs the builder as a user of `copy` would; all that it said, and its code.
fn said(copy: &Copy, arguments: &[&str]) -> String {
    said_in(copy, "project", arguments)
}

/// The same in `folder`.
fn said_in(copy: &Copy, folder: &str, arguments: &[&str]) -> String {
    let stock = copy.path("stock");
    let stock = stock.to_str().unwrap();
    // A new crate finds the crates of rr by itself.
    let stock = match arguments[0] {
        "new" => [].as_slice(),
        _ => &["--stock", stock],
    };
    let output = Command::new(env!("CARGO_BIN_EXE_rr-builder"))
        .args(arguments)
        .args(stock)
        .current_dir(copy.path(folder))
        .env("RR_BUILDER_CACHE", copy.path("cache"))
        .env("CARGO_TARGET_DIR", copy.path("target"))
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    let root = copy.path("").canonicalize().unwrap();
    let root = root.to_string_lossy().into_owned();
    let text = format!("$ rr-builder {}\n{out}{err}", arguments.join(" "));
    let text = text.replace(&root, "DIR");
    match output.status.code() {
        Some(0) => text,
        code => format!("{text}(ends with {})\n", code.unwrap()),
    }
}

fn check(name: &str, text: &str) {
    check_golden(&Path::new("tests/golden/commands").join(name), text);
}

const CONFIG: &str = "\
version: \"3\"
logs:
  level: info
http:
  address: 127.0.0.1:8080
  middleware: [headers, stamp]
  headers:
    response: {}
inventory: {}
inventroy: {}
hedders: {}
";

#[test]
fn list() {
    let copy = Copy::new();
    let text = said(&copy, &["list"]);
    let json = said(&copy, &["list", "--format", "json"]);
    fs::remove_file(copy.path("project/manifest.toml")).unwrap();
    let alone = said(&copy, &["list"]);
    check("list.txt", &[text, json, alone].join("\n"));
}

#[test]
fn check_against_a_configuration() {
    let copy = Copy::new();
    copy.write("project/.rr.yaml", CONFIG);
    let text = said(&copy, &["check", "--config", ".rr.yaml"]);
    let json = said(
        &copy,
        &["check", "--config", ".rr.yaml", "--format", "json"],
    );
    let added = said(&copy, &["add", "headers"]);
    let right = said(&copy, &["check", "--config"]);
    copy.write("project/.rr.yaml", "http: [\n");
    let broken = said(&copy, &["check", "--config", ".rr.yaml"]);
    let missing = said(&copy, &["check", "--config", "none.yaml"]);
    check(
        "check-config.txt",
        &[text, json, added, right, broken, missing].join("\n"),
    );
}

#[test]
fn a_middleware_that_nobody_has_is_a_mistake() {
    let copy = Copy::new();
    copy.write(
        "project/manifest.toml",
        "name = \"shop\"\n[services]\nhttp = true\nheaders = true\n",
    );
    copy.write("project/.rr.yaml", "http: {middleware: [hedders]}\n");
    let text = said(&copy, &["check", "--config"]);
    assert!(
        text.contains("error: there is no middleware `hedders`"),
        "{text}"
    );
    assert!(text.contains("did you mean `headers`?"), "{text}");
    assert!(text.contains("(ends with 3)"), "{text}");
}

#[test]
fn included_files_count() {
    let copy = Copy::new();
    copy.write("project/.rr.yaml", "version: \"3\"\ninclude: [more.yaml]\n");
    copy.write("project/more.yaml", "version: \"3\"\nhttp: {headers: {}}\n");
    let text = said(&copy, &["check", "--config", ".rr.yaml"]);
    assert!(text.contains("more.yaml:2:8"), "{text}");
    assert!(text.contains("(ends with 3)"), "{text}");
}

#[test]
fn add_and_remove() {
    let copy = Copy::new();
    let manifest = |copy: &Copy| copy.read("project/manifest.toml");
    copy.write(
        "project/manifest.toml",
        "# The shop.\nname = \"shop\"\n\n[services]\nlogs = true # loud\n",
    );
    let mut text = said(&copy, &["add", "headers", "inventory"]);
    text += &said(&copy, &["add", "stamp"]);
    text += &said(
        &copy,
        &["add", "stamp", "--layer", "stamp::StampLayer::new(\"a\")"],
    );
    text += &manifest(&copy);
    text += &said(&copy, &["remove", "http"]);
    text += &said(&copy, &["remove", "headers", "http", "stamp", "inventory"]);
    text += &manifest(&copy);
    text += &said(&copy, &["remove", "headers"]);
    text += &said(&copy, &["add", "heders"]);
    text += &said(&copy, &["add", "https://example.com/geo"]);
    text += &said(&copy, &["add", "logs"]);
    check("add-remove.txt", &text);
}

#[test]
fn what_is_added_twice_is_there_once() {
    let copy = Copy::new();
    let manifest = copy.read("project/manifest.toml");
    copy.write("project/.rr.yaml", "version: \"3\"\n");
    let layer = "stamp::StampLayer::new(\"x-served-by\")";
    let mut text = said(&copy, &["add", "inventory", "./inventory/"]);
    text += &said(&copy, &["add", "stamp", "--layer", layer]);
    assert_eq!(copy.read("project/manifest.toml"), manifest);
    text += &said(&copy, &["add", "inventory", "--features", "fast"]);
    text += &said(&copy, &["remove", "./inventory", "stamp/"]);
    text += &said(&copy, &["add", "inventory"]);
    check("add-twice.txt", &text);
}

#[test]
fn middleware_that_nobody_has_is_a_mistake_unless_it_is_roadrunners() {
    let copy = Copy::new();
    copy.write(
        "project/manifest.toml",
        "name = \"shop\"\n\n[services]\nlogs = true\nhttp = true\n",
    );
    let mut text = String::new();
    for name in ["new_relic", "hedders"] {
        let config = format!("version: \"3\"\nhttp: {{middleware: [{name}]}}\n");
        copy.write("project/.rr.yaml", &config);
        text += &said(&copy, &["check", "--config"]);
    }
    check("check-middleware.txt", &text);
}

#[test]
fn a_manifest_above_is_named() {
    let copy = Copy::new();
    copy.write("project/more/none.txt", "");
    let manifest = ["../manifest.toml", "../project", "../../project"];
    let texts = manifest.map(|it| said_in(&copy, "project/more", &["check", it]));
    assert!(texts[0].starts_with("$ rr-builder check ../manifest.toml\nshop 1.2.3"));
    let [_, none, folder] = texts;
    let here = said_in(&copy, "project/more", &["build"]);
    check("no-manifest.txt", &[here, none, folder].join("\n"));
}

#[test]
fn new_says_what_to_type_next() {
    let copy = Copy::new();
    copy.write("project/.rr.yaml", "version: \"3\"\n");
    fs::create_dir(copy.path("empty")).unwrap();
    let mut text = said_in(&copy, "empty", &["new", "."]);
    for arguments in [
        &["new", "my till"][..],
        &["new", "coupons", "--service"],
        &["new", "crates/bell", "--middleware"],
        &["new", "headers", "--middleware"],
        &["new", "tower", "--middleware"],
    ] {
        text += &said(&copy, arguments);
    }
    text += &said_in(&copy, "project/crates", &["new", "vat", "--service"]);
    text += &said_in(&copy, "", &["new", "alone", "--middleware"]);
    check("new.txt", &text);
}

#[test]
fn explain() {
    let copy = Copy::new();
    let all = said(&copy, &["explain"]);
    let one = said(&copy, &["explain", "build.profile", "--format", "json"]);
    let none = said(&copy, &["explain", "build.profle"]);
    check("explain.txt", &[all, one, none].join("\n"));
    assert!(said(&copy, &["schema"]).contains("\"headers of requests and responses\""));
}

#[test]
fn diff() {
    let copy = Copy::new();
    copy.write("project/app/index.php", "<?php");
    let text = copy.read("project/manifest.toml");
    let text = text
        .replace("1.2.3", "1.3.0")
        .replace("headers = false", "headers = true");
    let text = text.replace("inventory = { path = \"inventory\" }", "");
    let text = text.replace("x-served-by", "x-made-by");
    let text = format!("embed = \"app\"\n{text}\n[build]\nprofile = \"size\"\n");
    copy.write("project/new.toml", &text);
    let same = said(&copy, &["diff", "manifest.toml", "manifest.toml"]);
    let lock = |version: &str| format!("[[package]]\nname = \"geo\"\nversion = \"{version}\"\n");
    copy.write("project/manifest.lock", &lock("1.0.0"));
    copy.write("project/new.lock", &lock("1.0.1"));
    let all = said(&copy, &["diff", "manifest.toml", "new.toml"]);
    let locks = said(
        &copy,
        &["diff", "manifest.lock", "new.lock", "--format", "json"],
    );
    let text = copy.read("project/manifest.toml");
    let text = text.replace("\"inventory\" }", "\"inventory\", features = [\"fast\"] }");
    copy.write(
        "project/new.toml",
        &format!("{text}\n[patch]\nstamp = {{ path = \"stamp\" }}\n"),
    );
    let sources = said(&copy, &["diff", "manifest.toml", "new.toml"]);
    check("diff.txt", &[same, all, locks, sources].join("\n"));
}

#[test]
fn clean_removes_what_builds_made_and_no_more() {
    let copy = Copy::new();
    let built = said(&copy, &["build", "--debug"]);
    assert!(built.contains("built shop"), "{built}");
    copy.write("project/build/mine.txt", "mine");
    let text = said(&copy, &["clean"]);
    assert!(
        text.contains("removed build/server\nremoved build/shop\n"),
        "{text}"
    );
    let left: Vec<_> = fs::read_dir(copy.path("project/build"))
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(copy.path("project/manifest.lock").is_file());
    assert!(copy.path("project/.rr.yaml").is_file());
}

#[test]
fn doctor_finds_what_is_missing() {
    let copy = Copy::new();
    let used = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = used.local_addr().unwrap();
    copy.write(
        "project/.rr.yaml",
        &format!("http: {{address: \"{address}\"}}\n"),
    );
    let text = said(&copy, &["doctor"]);
    assert!(
        text.contains("ok  linker                    links for this machine"),
        "{text}"
    );
    assert!(
        text.contains("ok  php                       PHP "),
        "{text}"
    );
    assert!(text.contains(&format!("BAD address {address}")), "{text}");
    assert!(
        text.contains("something listens there, perhaps this server"),
        "{text}"
    );
    assert!(text.contains("(ends with 1)"), "{text}");
    drop(used);
    let target = "name = \"a\"\n[services]\nlogs = true\n[build]\ntarget = \"mips-unknown-none\"\n";
    copy.write("project/manifest.toml", target);
    let text = said(&copy, &["doctor"]);
    assert!(text.contains("BAD linker"), "{text}");
}
