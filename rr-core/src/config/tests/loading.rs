//! Files, environment, overrides, includes, versions.

use std::{fs, path::Path};

use proptest::prelude::*;
use serde_json::json;

use crate::config::{Config, Diagnostics, Source};

/// A folder with files, and what is loaded from its `.rr.yaml`.
struct Loaded {
    config: Option<Config>,
    found: Diagnostics,
    folder: tempfile::TempDir,
}

fn env(name: &str) -> Option<String> {
    match name {
        "PORT" => Some("8080".to_owned()),
        "WORKERS" => Some("many".to_owned()),
        "YAML" => Some("x\nhttp: {address: evil}".to_owned()),
        "API_TOKEN" => Some("s3cr3t".to_owned()),
        _ => None,
    }
}

fn load(files: &[(&str, &str)], overrides: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let source = Source {
        file: folder.path().join(".rr.yaml"),
        overrides: overrides
            .iter()
            .map(|&setting| setting.to_owned())
            .collect(),
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    let config = Config::load(&source, &env, &mut found);
    Loaded {
        config,
        found,
        folder,
    }
}

impl Loaded {
    fn json(&self) -> serde_json::Value {
        assert!(self.found.is_empty(), "{}", self.found);
        self.config.as_ref().expect("a configuration").to_json()
    }

    /// What is said about loading and, if that went well, about the sections.
    #[track_caller]
    fn check(mut self, expected: &str) {
        if let Some(config) = &self.config {
            self.found.extend(super::findings(config));
        }
        let folder = self.folder.path().display().to_string();
        let shown = self.found.to_string();
        let shown = shown
            .replace(&format!("{folder}/"), "")
            .replace(&folder, "FOLDER");
        let expected = expected.strip_prefix('\n').unwrap_or(expected);
        assert!(
            shown == expected,
            "--- found:\n{shown}\n--- expected:\n{expected}"
        );
    }
}

fn load_one(text: &str) -> Loaded {
    load(&[(".rr.yaml", text)], &["version=3"])
}

#[test]
fn variables_are_values_and_never_structure() {
    let loaded = load_one(
        "x-a: [\"$YAML\", {b: '${PORT}'}]\nhttp:\n  address: 127.0.0.1:${PORT}\n  pool: {num_workers: \"${NONE:-3}\"}\n",
    );
    assert_eq!(
        loaded.json(),
        json!({
            "version": "3",
            "x-a": ["x\nhttp: {address: evil}", {"b": "8080"}],
            "http": {"address": "127.0.0.1:8080", "pool": {"num_workers": "3"}},
        })
    );
    loaded.check("");
}

#[test]
fn variables_that_are_unset_malformed_or_wrong() {
    load_one("http:\n  pool: {num_workers: \"${WORKERS}\", max_jobs: '${JOBS}'}\n  address: :${PORT\nlogs: {output: 'a $OUT'}\n").check(
        "
warning: the variable `JOBS` is not set and has no default: it becomes empty text
 --> .rr.yaml:2:48
  |
2 |   pool: {num_workers: \"${WORKERS}\", max_jobs: '${JOBS}'}
  |                                                ^^^^^^^
  = help: set it, or name a default: `${JOBS:-default}`; `$$` is a plain `$`

error: `${` without its `}`
 --> .rr.yaml:3:13
  |
3 |   address: :${PORT
  |             ^^^^^^
  = help: write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`

warning: the variable `OUT` is not set and has no default: it becomes empty text
 --> .rr.yaml:4:19
  |
4 | logs: {output: 'a $OUT'}
  |                   ^^^^
  = help: set it, or name a default: `${OUT:-default}`; `$$` is a plain `$`

error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
 --> .rr.yaml:2:23
  |
2 |   pool: {num_workers: \"${WORKERS}\", max_jobs: '${JOBS}'}
  |                       ^^^^^^^^^^^^
",
    );
}

#[test]
fn a_required_value_with_a_malformed_variable_is_not_missing() {
    load_one("server: {command: '${PHP', user: [x]}\nlogs: ${X\n").check(
        "
error: `${` without its `}`
 --> .rr.yaml:1:20
  |
1 | server: {command: '${PHP', user: [x]}
  |                    ^^^^^
  = help: write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`

error: `${` without its `}`
 --> .rr.yaml:2:7
  |
2 | logs: ${X
  |       ^^^
  = help: write `${NAME}` or `${NAME:-default}`; `$$` is a plain `$`

error: `server.user`: expected text, found a list
 --> .rr.yaml:1:28
  |
1 | server: {command: '${PHP', user: [x]}
  |                            ^^^^
",
    );
}

#[test]
fn what_a_secret_variable_holds_is_not_shown() {
    load_one("http: {address: \"${API_TOKEN}\"}").check(
        "
error: `http.address`: `***` has no port
 --> .rr.yaml:1:17
  |
1 | http: {address: \"${API_TOKEN}\"}
  |                 ^^^^^^^^^^^^^^
  = help: write `***:8080`, `:8080` for every interface, or `unix://` and a path
",
    );
}

#[test]
fn overrides_beat_the_file_in_their_order() {
    let loaded = load(
        &[(
            ".rr.yaml",
            "http: {address: :1, http2.h2c: false}\nserver: {command: php, env: [A: 1, b.c: 2]}\n",
        )],
        &[
            "version=3",
            "http.address=:2",
            "HTTP.Address=:${PORT}",
            "http.http2.h2c=true",
            "server.env.D='quoted'",
            "new.section.key=a=b",
        ],
    );
    assert_eq!(
        loaded.json(),
        json!({
            "http": {"address": ":8080", "http2": {"h2c": "true"}},
            "server": {"command": "php", "env": {"a": 1, "b": {"c": 2}, "d": "quoted"}},
            "version": "3",
            "new": {"section": {"key": "a=b"}},
        })
    );
}

#[test]
fn overrides_are_shown_as_they_were_given() {
    load(
        &[(".rr.yaml", "")],
        &[
            "http.address",
            "http.address=",
            "=x",
            "a..b=1",
            "http.pool.num_workers=many",
            "x.password=$X",
            "http.pol.a=1",
            "version=3",
        ],
    )
    .check(
        "
error: invalid flag `-o http.address`: no `=` in it
--> command line
 |
 | -o http.address
 |    ^^^^^^^^^^^^
 = help: write `-o section.key=value`

error: `-o http.address=` has no value: value should not be empty
--> command line
 |
 | -o http.address=
 |    ^^^^^^^^^^^^^
 = help: write `-o section.key=value`

error: `-o =…` names no setting
--> command line
 |
 | -o =x
 |    ^^
 = help: write `-o section.key=value`

error: `-o a..b=…` names no setting
--> command line
 |
 | -o a..b=1
 |    ^^^^^^
 = help: write `-o section.key=value`

warning: the variable `X` is not set and has no default: it becomes empty text
--> command line
 |
 | -o x.password=**
 |               ^^
 = help: set it, or name a default: `${X:-default}`; `$$` is a plain `$`

warning: `x`: this server has no service for this section, it has no effect
--> command line
 |
 | -o x.password=**
 |    ^^^^^^^^^^
 = help: this server reads `endure`, `envfile`, `grpc`, `http`, `include`, `logs`, `server`, `version`

error: `http.pool.num_workers`: expected a whole number, not negative, found `many`
--> command line
 |
 | -o http.pool.num_workers=many
 |                          ^^^^

warning: `http.pol`: unknown key, it has no effect
--> command line
 |
 | -o http.pol.a=1
 |    ^^^^^^^^^^
 = help: did you mean `pool`?
",
    );
}

#[test]
fn a_version_is_needed_to_serve() {
    load(&[(".rr.yaml", "http: {}")], &[]).check(
        "
error: rr configuration file should contain a version e.g: version: \"3\"
 = help: write `version: \"3\"`, or pass `-o version=3`
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
  = help: write `version: \"3\"`, or pass `-o version=3`
",
    );
    load(&[(".rr.yaml", "version: 2")], &[]).check(
        "
error: `version`: version `2` is not read by this server: it reads version `3`
 --> .rr.yaml:1:10
  |
1 | version: 2
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
    super::check(
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
    super::check(
        "http: {address: :80\n",
        "
error: unclosed bracket `{`
 --> .rr.yaml:1:7
  |
1 | http: {address: :80
  |       ^
",
    );
    super::check(
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
    super::check(
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
    super::check(
        "- http\n",
        "
error: a configuration consists of sections: `name:` and its settings below
 --> .rr.yaml:1:1
  |
1 | - http
  | ^
",
    );
    super::check(
        "a: *nope\n",
        "
error: alias references unknown anchor
 --> .rr.yaml:1:4
  |
1 | a: *nope
  |    ^
",
    );
    super::check(
        "a: &a [*a]\n",
        "
error: this alias contains itself
 --> .rr.yaml:1:8
  |
1 | a: &a [*a]
  |        ^^
",
    );
    super::check(
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
    super::check(
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
    super::check(
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

proptest! {
    #[test]
    fn any_override_is_applied_or_refused(arguments in prop::collection::vec("[a-c.=,'$ é]{0,12}", 0..4)) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let loaded = load(&[(".rr.yaml", "a: {b: [c: 1]}")], &arguments);
        prop_assert!(loaded.config.is_some());
        let _ = loaded.found.to_string();
    }
}
