//! `config` and `init`: what is said of files, good and bad.

use std::fs;

use insta::assert_snapshot;

use super::{Ended, Exit, Failure, Folder, ServeOptions, Setting, Shop, Signals, rr};

const GOOD: &str = "version: '3'\n\
    rpc: {}\n\
    http:\n\
    \x20 address: 127.0.0.1:${PORT:-8080}\n\
    \x20 middleware: gzip, static\n\
    \x20 error_code: '503'\n\
    \x20 env:\n\
    \x20   API_TOKEN: abcdef\n\
    \x20   DB: mysql://shop:hunter2@db/shop\n\
    \x20   HOST: $HOST\n\
    \x20 limits: {ttl: 30s}\n";

fn shown(yaml: &str, arguments: &[&str]) -> String {
    let folder = Folder::with(yaml);
    let file = folder.file();
    let ended = with_host(&[arguments, &["-c", &file]].concat());
    folder.hide(ended)
}

fn with_host(arguments: &[&str]) -> Ended {
    let setting = Setting {
        env: [("HOST", "shop-1".to_owned())].into(),
        ..Setting::default()
    };
    // As a server does with mistakes.
    let shop = Shop(async |options: ServeOptions| Err(Failure::config(options.found)));
    setting.run(shop, Signals::none(), arguments)
}

#[test]
fn check_of_a_file_without_mistakes() {
    assert_snapshot!(shown(GOOD, &["config", "check"]), @"
    exit: 0 (Ok)
    stdout:
    DIR/.rr.yaml: no mistakes
    ");
    assert_snapshot!(shown(GOOD, &["config", "check", "-s"]), @"exit: 0 (Ok)");
    assert_snapshot!(shown(GOOD, &["config", "check", "--format", "json"]), @"
    exit: 0 (Ok)
    stdout:
    []
    ");
}

#[test]
fn check_tells_all_mistakes_at_once() {
    let bad = "version: '3'\nhttp:\n  adress: x\n  error_code: many\nhtp: {}\ntemporal: {}\n";
    assert_snapshot!("check-mistakes", shown(bad, &["config", "check"]));
    assert_snapshot!(
        "check-mistakes-json",
        shown(
            "version: '3'\nhtp: {}\n",
            &["config", "check", "--format", "json"]
        )
    );
}

#[test]
fn check_is_strict_where_it_is_told_to() {
    let odd = "version: '3'\nhttp: {address: ':80', env: {A: $NOBODY}}\n";
    assert_snapshot!("check-odd", shown(odd, &["config", "check"]));
    let strict = shown(odd, &["config", "check", "--strict"]);
    assert!(strict.starts_with("exit: 3"), "{strict}");
    let before = shown(odd, &["--strict", "config", "check"]);
    assert_eq!(before, strict);
}

#[test]
fn old_files_are_refused_with_the_command_that_helps() {
    let old = "http: {address: ':80', workers: {command: php app.php}}\n";
    assert_snapshot!("serve-roadrunner-1", shown(old, &["serve"]));
    let old = "version: '2.3'\nhttp: {address: ':80'}\n";
    assert_snapshot!("serve-roadrunner-2", shown(old, &["serve"]));
}

#[test]
fn show() {
    assert_snapshot!("show", shown(GOOD, &["config", "show"]));
    let over = [
        "config",
        "show",
        "http",
        "-o",
        "http.limits.ttl=1m",
        "-o",
        "http.env.KEY=k",
    ];
    assert_snapshot!("show-overrides", shown(GOOD, &over));
    let json = [
        "config",
        "show",
        "http.limits",
        "-j",
        r#"{"http": {"limits": {"ttl": "1m", "memory": 5}}}"#,
        "--json-config",
        r#"{"http": {"limits": {"memory": 6}}}"#,
    ];
    assert_snapshot!("show-merged-json", shown(GOOD, &json));
    assert_snapshot!(
        "show-secrets",
        shown(GOOD, &["config", "show", "http.env", "--secrets"])
    );
    assert_snapshot!(
        "show-json",
        shown(GOOD, &["config", "show", "http.env", "--format", "json"])
    );
    assert_snapshot!(
        "show-nothing",
        shown(GOOD, &["config", "show", "http.limits.memry"])
    );
    assert_snapshot!("show-broken", shown("http: [", &["config", "show"]));
}

/// What is shown is a file that means the same.
#[test]
fn what_is_shown_can_be_read() {
    let folder = Folder::with(GOOD);
    let show = |file: &str| with_host(&["config", "show", "--secrets", "-c", file]).out;
    let first = show(&folder.file());
    let copy = folder.path().join("copy.yaml");
    fs::write(&copy, &first).unwrap();
    let second = show(copy.to_str().unwrap());
    let values = |text: &str| -> Vec<String> {
        let bare = text
            .lines()
            .map(|it| it.split("  #").next().unwrap().to_owned());
        bare.collect()
    };
    assert_eq!(values(&first), values(&second));
}

#[test]
fn explain() {
    let told = |path: &str| rr(&["config", "explain", path]);
    for (name, path) in [
        ("leaf", "http.error_code"),
        ("words", "http.codec"),
        ("duration", "http.limits.ttl"),
        ("map", "http.env.APP_ENV"),
        ("section", "http"),
        ("optional", "http.limits"),
        ("useless", "http.old"),
        ("implied", "informer"),
        ("typo", "http.limts.ttl"),
        ("below", "http.codec.json"),
    ] {
        assert_snapshot!(format!("explain-{name}"), told(path));
    }
    assert_snapshot!("explain-all", rr(&["config", "explain"]));
    let json = rr(&["config", "explain", "http.codec", "--format", "json"]);
    assert_snapshot!("explain-json", json);
}

#[test]
fn init_writes_what_can_be_served() {
    let folder = Folder::with("");
    let file = folder.path().join("new.yaml");
    let file = file.to_str().unwrap();
    assert_snapshot!(folder.hide(rr(&["init", "-c", file])), @"
    exit: 0 (Ok)
    stdout:
    wrote DIR/new.yaml and DIR/rr.schema.json
    stderr:
    next: change it to your needs, then `shop config check` and `shop serve`
    ");
    assert_snapshot!("init", fs::read_to_string(file).unwrap());
    let check = rr(&["config", "check", "--strict", "-c", file]);
    assert_eq!(check.exit, Exit::Ok, "{check}");

    assert_snapshot!(folder.hide(rr(&["init", "-c", file])), @"
    exit: 1 (Command)
    stderr:
    error: `DIR/new.yaml` is there already, and is not overwritten
    help: move it away, or name another file with `-c FILE`
    ");
    let other = folder.path().join("other.yaml");
    assert_snapshot!(folder.hide(rr(&["init", "-s", "-c", other.to_str().unwrap()])), @"
    exit: 0 (Ok)
    stdout:
    wrote DIR/other.yaml; DIR/rr.schema.json was there already
    ");
    let nowhere = folder.path().join("no/such.yaml");
    assert_snapshot!(folder.hide(rr(&["init", "-c", nowhere.to_str().unwrap()])), @"
    exit: 1 (Command)
    stderr:
    error: cannot write `DIR/no/such.yaml`: No such file or directory (os error 2)
    ");
}

/// Each line that is a comment can be made one that is not.
#[test]
fn what_init_leaves_as_comments_is_valid_too() {
    let folder = Folder::with("");
    let file = folder.path().join("new.yaml");
    let file = file.to_str().unwrap();
    assert_eq!(rr(&["init", "-c", file]).exit, Exit::Ok);
    let text = fs::read_to_string(file).unwrap();
    // A comment that is a setting has a colon.
    let lines = text.lines().map(|line| match line.split_once("# ") {
        Some((indent, rest)) if indent.trim().is_empty() && is_setting(rest) => {
            format!("{indent}{rest}\n")
        }
        _ => format!("{line}\n"),
    });
    fs::write(file, lines.collect::<String>()).unwrap();
    let check = rr(&["config", "check", "--strict", "-c", file]);
    assert_eq!(check.exit, Exit::Ok, "{check}");
}

fn is_setting(line: &str) -> bool {
    let key = line.split(':').next().unwrap_or_default();
    line.contains(':') && !key.contains(' ') && key != "yaml-language-server"
}

#[test]
fn migrate() {
    let folder = Folder::with(
        "http:\n  address: :80 # all\n  workers.command: php a.php\n  appErrorCode: 500\n",
    );
    let file = folder.file();
    let migrate =
        |arguments: &[&str]| folder.hide(rr(&[&["config", "migrate"], arguments].concat()));
    assert_snapshot!("migrate", migrate(&[&file]));
    assert_snapshot!("migrate-write", migrate(&[&file, "--write"]));
    assert_eq!(
        rr(&["config", "check", "-c", &file]).exit,
        Exit::Config,
        "`server` is unknown to the shop"
    );
    assert!(
        fs::read_to_string(format!("{file}.bak"))
            .unwrap()
            .contains("workers.command")
    );
    assert_snapshot!("migrate-again", migrate(&[&file, "--write"]));

    fs::write(&file, "env: {A: b}\n").unwrap();
    assert_snapshot!("migrate-no-room", migrate(&[&file, "--write"]));
    assert_eq!(fs::read_to_string(&file).unwrap(), "env: {A: b}\n");

    let json = folder.path().join("old.json");
    fs::write(&json, r#"{"http": {"workers": {"command": "php a.php"}}}"#).unwrap();
    let json = json.to_str().unwrap();
    assert_snapshot!("migrate-json", migrate(&[json]));
    assert_snapshot!("migrate-json-write", migrate(&[json, "--write"]));

    let missing = folder.path().join("missing.yaml");
    assert_snapshot!("migrate-missing", migrate(&[missing.to_str().unwrap()]));
    fs::write(&file, "a: [").unwrap();
    assert_snapshot!("migrate-broken", migrate(&[&file]));
}

#[test]
fn variables_of_files() {
    let folder = Folder::with(
        "version: '3'\nenvfile: more.env\nrpc: {listen: '127.0.0.1:$PORT'}\nhttp: {address: '$HOST:$WEB', env: {A: $A}}\n",
    );
    fs::write(
        folder.path().join(".env"),
        "PORT=6002\nHOST=beaten\nexport A='a b'\n",
    )
    .unwrap();
    fs::write(folder.path().join("more.env"), "# web\nWEB=81\nA=beaten\n").unwrap();
    let file = folder.file();
    let arguments = ["-c", &file, "--dotenv", ".env"];
    let show = with_host(&[&["config", "show"], &arguments[..]].concat());
    assert_snapshot!("dotenv", folder.hide(show));

    let serve = with_host(&[&["serve"], &arguments[..]].concat());
    let again: Vec<_> = serve
        .again
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(again, ["PORT=6002", "A=a b", "WEB=81"], "{serve}");

    let missing = with_host(&["serve", "-c", &file, "--dotenv", "no.env"]);
    assert_snapshot!("dotenv-missing", folder.hide(missing));
    fs::write(folder.path().join("bad.env"), "A=1\nB=it is a secret\n").unwrap();
    let bad = with_host(&["config", "check", "-c", &file, "--dotenv", "bad.env"]);
    assert_snapshot!("dotenv-bad", folder.hide(bad));
    fs::remove_file(folder.path().join("more.env")).unwrap();
    let missing = with_host(&["config", "check", "-c", &file]);
    assert_snapshot!("envfile-missing", folder.hide(missing));
}

/// As ever, the variable beats the option.
#[test]
fn the_variable_names_the_file_of_variables() {
    let folder = Folder::with("version: '3'\nhttp: {address: '127.0.0.1:$WEB'}\n");
    fs::write(folder.path().join("a.env"), "WEB=1").unwrap();
    fs::write(folder.path().join("b.env"), "WEB=2").unwrap();
    let setting = Setting {
        env: [("DOTENV_PATH", "b.env".to_owned())].into(),
        ..Setting::default()
    };
    let shop = Shop(async |_| unreachable!("not served"));
    let file = folder.file();
    let show = [
        "config",
        "show",
        "http.address",
        "-c",
        &file,
        "--dotenv",
        "a.env",
    ];
    let shown = setting.run(shop, Signals::none(), &show);
    assert!(shown.out.contains("127.0.0.1:2 "), "{shown}");
}

#[test]
fn other_names_of_the_file() {
    let folder = Folder::with("");
    fs::remove_file(folder.file()).unwrap();
    let place = folder.path().to_str().unwrap();
    let check = || folder.hide(rr(&["config", "check", "-w", place]));
    assert_snapshot!("no-file-at-all", check());
    fs::write(
        folder.path().join(".rr.json"),
        r#"{"version": "3", "rpc": {}}"#,
    )
    .unwrap();
    assert_snapshot!(check(), @"
    exit: 0 (Ok)
    stdout:
    DIR/.rr.json: no mistakes
    ");
    fs::write(folder.file(), "version: '3'").unwrap();
    assert!(check().contains(".rr.yaml"));
}

/// Colours are put around words; the words are the same.
#[test]
fn colours_on_a_terminal() {
    let folder =
        Folder::with("version: '3'\nhttp: {address: ':80', adress: x, env: {A: $NOBODY}}\n");
    let file = folder.file();
    for (arguments, coloured) in [
        (&["config", "show"][..], "# default"),
        (&["config", "check"], "error:"),
        (&["config", "check"], "warning:"),
        (&["config", "explain", "http.address"], "http.address"),
    ] {
        let arguments = match arguments[1] {
            "explain" => arguments.to_vec(),
            _ => [arguments, &["-c", &file]].concat(),
        };
        let run = |colours| {
            let setting = Setting {
                colours,
                ..Setting::default()
            };
            let shop = Shop(async |_| unreachable!("not served"));
            setting.run(shop, Signals::none(), &arguments).to_string()
        };
        let seen = run(true);
        assert!(
            seen.contains(&format!("m{coloured}\x1b[")),
            "{coloured}: {seen:?}"
        );
        assert_eq!(without_colours(&seen), run(false));
    }
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|it| it.split_once('m').unwrap().1);
    rest.fold(first, |all, part| all + part)
}

#[test]
fn strictness_is_for_check_alone() {
    let ended = rr(&["--strict", "config", "explain"]);
    assert_eq!(ended.exit, Exit::Usage, "{ended}");
}
