//! Files: which are read, their version, what they include, and their syntax.

use std::{fs, path::Path};

use serde_json::json;

use super::{
    check,
    load::{env, load},
};
use crate::config::{Config, Diagnostics, Source};

#[test]
fn a_version_is_needed_to_serve() {
    load(&[(".rr.yaml", "http: {}")], &[]).check(
        "
error: rr configuration file should contain a version e.g: version: \"3\"
 --> .rr.yaml:1:1
  |
1 | http: {}
  | ^
  = help: write `version: \"3\"`, or pass `-o version=3`; where it is of RoadRunner 2, `rr config migrate .rr.yaml` writes it in version `3`
",
    );
    for version in ["\"3\"", "3", "'${NONE:-3}'"] {
        load(&[(".rr.yaml", &format!("version: {version}"))], &[]).check("");
    }
    load(&[(".rr.yaml", "version: '2.7'")], &[]).check(
        "
warning: `version`: version `2.7` is read as version `3`
 --> .rr.yaml:1:10
  |
1 | version: '2.7'
  |          ^^^^^
  = help: `rr config migrate .rr.yaml` writes it in version `3`
",
    );
    load(&[(".rr.yaml", "version: 2")], &[]).check(
        "
error: `version`: this is a configuration of RoadRunner 2, which this server does not read
 --> .rr.yaml:1:10
  |
1 | version: 2
  |          ^
  = help: `rr config migrate .rr.yaml` writes it in version `3`
",
    );
    load(&[(".rr.yaml", "version: 4")], &[]).check(
        "
error: `version`: version `4` is not read by this server: it reads version `3`
 --> .rr.yaml:1:10
  |
1 | version: 4
  |          ^
  = help: compare its sections with the documentation of version `3`, then write `version: \"3\"`
",
    );
    load(&[(".rr.yaml", "")], &["version=1"]).check(
        "
error: `version`: version `1` is not read by this server: it reads version `3`
--> command line
 |
 | -o version=1
 |            ^
 = help: compare its sections with the documentation of version `3`, then write `version: \"3\"`
",
    );
}

#[test]
fn clients_need_no_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(".rr.yaml");
    fs::write(&file, "").expect("a file");
    let source = Source {
        file,
        overrides: vec!["rpc.listen=tcp://127.0.0.1:6001".to_owned()],
        require_version: false,
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    assert!(Config::load(&source, &env, &mut found).is_some_and(|config| config.has("rpc")));
    assert!(found.is_empty(), "{found}");
}

#[test]
fn included_sections_replace_those_of_the_root_and_overrides_beat_them() {
    let loaded = load(
        &[
            (
                ".rr.yaml",
                "version: 3\ninclude: [a.yaml, b.yaml]\nhttp: {address: :1, access_logs: true}\nlogs: {mode: none}\n",
            ),
            (
                "a.yaml",
                "version: '3'\nhttp: {address: ':${PORT}'}\nrpc: {listen: a}\n",
            ),
            ("b.yaml", "version: '3'\nrpc: {listen: b}\n"),
        ],
        &["http.pool.max_jobs=5"],
    );
    assert_eq!(
        loaded.json(),
        json!({
            "version": 3,
            "include": ["a.yaml", "b.yaml"],
            "http": {"address": ":8080", "pool": {"max_jobs": "5"}},
            "logs": {"mode": "none"},
            "rpc": {"listen": "b"},
        })
    );
    let loaded = load(
        &[
            (".rr.yaml", "version: 3\n"),
            ("a.yaml", "version: 3\na: {}\n"),
            ("b.yaml", "version: 3\nb: {}\n"),
        ],
        &["include=a.yaml b.yaml"],
    );
    assert_eq!(loaded.json()["b"], json!({}));
}

#[test]
fn mistakes_in_included_files_are_shown_in_them() {
    load(
        &[
            (
                ".rr.yaml",
                "version: '3'\ninclude: [a.yaml, b.yaml, none.yaml, c.yaml]\n",
            ),
            (
                "a.yaml",
                "version: '2.7'\ninclude: [x.yaml]\nhttp: {access_logs: yes}\n",
            ),
            ("b.yaml", "logs: {mod: none}\n"),
            ("c.yaml", "version: '3'\nlogs: [\n"),
        ],
        &[],
    )
    .check(
        "
error: `version`: an included file must be of the root's version, `3`
 --> a.yaml:1:10
  |
1 | version: '2.7'
  |          ^^^^^

warning: `include`: an included file includes nothing: this has no effect
 --> a.yaml:2:1
  |
2 | include: [x.yaml]
  | ^^^^^^^
  = help: list the file in the root's `include`

error: `include`: `b.yaml` has no `version`
 --> .rr.yaml:2:19
  |
2 | include: [a.yaml, b.yaml, none.yaml, c.yaml]
  |                   ^^^^^^
  = help: write `version: \"3\"` in it, as in the root

error: `include`: there is no file `none.yaml`
 --> .rr.yaml:2:27
  |
2 | include: [a.yaml, b.yaml, none.yaml, c.yaml]
  |                           ^^^^^^^^^
  = help: relative paths start in `FOLDER`

error: unclosed bracket `[`
 --> c.yaml:2:7
  |
2 | logs: [
  |       ^

error: `http.access_logs`: expected `true` or `false`, found `yes`
 --> a.yaml:3:21
  |
3 | http: {access_logs: yes}
  |                     ^^^

warning: `logs.mod`: unknown key, it has no effect
 --> b.yaml:1:8
  |
1 | logs: {mod: none}
  |        ^^^
  = help: did you mean `mode`?
",
    );
}

#[test]
fn the_folder_of_includes_can_be_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("conf");
    fs::create_dir(&inner).expect("a folder");
    fs::write(
        inner.join(".rr.yaml"),
        "version: '3'\ninclude: conf/a.yaml\n",
    )
    .expect("a file");
    fs::write(inner.join("a.yaml"), "version: '3'\na: {}\n").expect("a file");
    let source = Source {
        file: inner.join(".rr.yaml"),
        folder: Some(folder.path().to_owned()),
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    let config = Config::load(&source, &env, &mut found).expect("a configuration");
    assert!(found.is_empty() && config.has("a"), "{found}");
}

fn load_file(path: &Path) -> Diagnostics {
    let source = Source {
        file: path.to_owned(),
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    assert!(Config::load(&source, &env, &mut found).is_none());
    found
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("latin1.yaml"), b"a: 1\nb: \xe9\n").expect("a file");
    fs::write(path.join("rr.toml"), "").expect("a file");
    fs::write(path.join("large.yaml"), vec![b'#'; 9 << 20]).expect("a file");
    fs::create_dir(path.join("conf")).expect("a folder");
    for (name, expected) in [
        (
            "none.yaml",
            "error: there is no file `none.yaml`\n = help: name the configuration with `-c FILE`, its folder with `-w DIR`\n",
        ),
        (
            "conf",
            "error: `conf` is a folder\n = help: name the file in it: `conf/.rr.yaml`\n",
        ),
        (
            "latin1.yaml",
            "error: `latin1.yaml` is not UTF-8: a wrong byte in line 2\n = help: save it as UTF-8\n",
        ),
        (
            "rr.toml",
            "error: `rr.toml` is of a format that is not read\n = help: write the configuration as YAML or JSON\n",
        ),
        (
            "large.yaml",
            "error: `large.yaml` is larger than 8 MiB: no configuration\n",
        ),
    ] {
        let shown = load_file(&path.join(name)).to_string();
        assert_eq!(shown.replace(&format!("{}/", path.display()), ""), expected);
    }
}

#[test]
fn syntax_errors() {
    check(
        "http:\n\taddress: :80\n",
        "
error: a tab cannot indent
 --> .rr.yaml:2:2
  |
2 |  address: :80
  |  ^
  = help: indent with spaces
",
    );
    check(
        "http: {address: :80\n",
        "
error: unclosed bracket `{`
 --> .rr.yaml:1:7
  |
1 | http: {address: :80
  |       ^
",
    );
    check(
        "a: b: c\n",
        "
error: a second `: ` in one line, or a line indented too far
 --> .rr.yaml:1:5
  |
1 | a: b: c
  |     ^
  = help: put a value that contains `: ` in quotes
",
    );
    check(
        "http: {}\nHTTP: {}\n",
        "
error: `HTTP` is set twice (keys are compared without regard to case: `http`)
 --> .rr.yaml:2:1
  |
2 | HTTP: {}
  | ^^^^
  = help: it is first set at .rr.yaml:1:1: keep one of the two
",
    );
    check(
        "- http\n",
        "
error: a configuration consists of sections: `name:` and its settings below
 --> .rr.yaml:1:1
  |
1 | - http
  | ^
",
    );
    check(
        "a: *nope\n",
        "
error: alias references unknown anchor
 --> .rr.yaml:1:4
  |
1 | a: *nope
  |    ^
",
    );
    check(
        "a: &a [*a]\n",
        "
error: this alias contains itself
 --> .rr.yaml:1:8
  |
1 | a: &a [*a]
  |        ^^
",
    );
    check(
        "a: 1\n---\nb: 1\n",
        "
error: a second document begins here
 --> .rr.yaml:3:1
  |
3 | b: 1
  | ^
  = help: a configuration is one document: remove the line `---` above
",
    );
    check(
        "é: @b\n",
        "
error: unexpected character: `@`
 --> .rr.yaml:1:4
  |
1 | é: @b
  |    ^
  = help: a value that begins with a special character needs quotes
",
    );
    check(
        "~: 1\n",
        "
error: a key must be text
 --> .rr.yaml:1:1
  |
1 | ~: 1
  | ^
  = help: put it in quotes if it is meant
",
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
    }
    let found = Config::from_text(".rr.yaml", &text)
        .expect_err("a bomb")
        .to_string();
    assert!(
        found.starts_with("error: the file grows too large when its aliases are followed"),
        "{found}"
    );
}
