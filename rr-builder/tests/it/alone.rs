//! A `rr-builder` that was copied alone, in a folder that is empty: it makes a project, compiles it
//! of the crates it carries, and the server answers with what PHP asked of a service in Rust. And a
//! server that was copied alone: it carries its application.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
};

use tempfile::TempDir;

use crate::server::{AS_SERVERS, builder, free_addresses, serve, started, target};

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn run(mut command: Command) -> String {
    let output = command.output().unwrap();
    let (said, complained) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complained}");
    String::from_utf8_lossy(said).into_owned()
}

fn edit(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{} has no {old}", path.display());
    fs::write(path, text.replace(old, new)).unwrap();
}

fn new(folder: &Path, arguments: &[&str]) -> String {
    let mut command = builder(folder);
    command.arg("new").args(arguments);
    run(command)
}

/// Types what `new` said is to be typed for the crate to be in the server.
fn obey(folder: &Path, said: &str) {
    let (_, typed) = said.split_once("into the server:\n  rr-builder ").unwrap();
    let mut command = builder(folder);
    command.args(typed.lines().next().unwrap().split(' '));
    run(command);
}

#[test]
fn a_new_project_with_two_more_crates_builds_and_runs() {
    let root = TempDir::new().unwrap();
    new(root.path(), &["app"]);
    let folder = root.path().join("app");
    for arguments in [["tickets", "--service"], ["stamp", "--middleware"]] {
        obey(&folder, &new(&folder, &arguments));
    }
    let manifest = fs::read_to_string(folder.join("manifest.toml")).unwrap();
    for line in [
        "\ntickets = { path = \"tickets\" }\n",
        "\n[[middleware]]\npath = \"stamp\"\n",
    ] {
        assert!(manifest.contains(line), "no {line} in:\n{manifest}");
    }
    edit(
        &folder.join(".rr.yaml"),
        "greeter:",
        "tickets:\n  first: 100\n\ngreeter:",
    );
    edit(
        &folder.join("worker.php"),
        r#"$name) . "\n""#,
        r#"$name) . ' You are ' . $rpc->call('tickets.Next', null) . ".\n""#,
    );

    // Before any build: they find the crates of rr by themselves.
    let mut tests = Command::new(env!("CARGO"));
    tests.args(["test", "--workspace"]).args(AS_SERVERS);
    tests.current_dir(&folder).env("CARGO_TARGET_DIR", target());
    let said = run(tests);
    for test in [
        "numbers_are_handed_out_in_a_row",
        "a_wrong_setting_is_named",
        "each_number_is_handed_out_once",
        "every_response_has_the_header",
        "every_response_says_who_served_it",
        "the_greeting_is_the_configured_one",
    ] {
        assert!(said.contains(&format!("{test} ... ok")), "{test}:\n{said}");
    }

    let mut build = builder(&folder);
    build.args(["build", "--debug"]);
    run(build);
    let [http, rpc] = free_addresses();
    let addresses = [
        "-o",
        &format!("http.address={http}"),
        "-o",
        &format!("rpc.listen=tcp://{rpc}"),
    ];
    let _running = serve(&folder.join("build/app"), &http, &addresses);
    for ticket in [100, 101] {
        let response = get(&http, "/?name=Ada");
        for fragment in [
            "HTTP/1.1 200 OK",
            "x-served-by: app",
            "x-stamp: stamp",
            &format!("\r\n\r\nHello, Ada! You are {ticket}.\n"),
        ] {
            assert!(response.contains(fragment), "no {fragment} in:\n{response}");
        }
    }
}

const MANIFEST: &str = r#"
name = "kiosk"
config = "production.yaml"
embed = "app"

[services]
logs = true
server = true
http = true
static = true

[[command]]
path = "tools"
type = "tools::Where"
"#;

const CONFIG: &str = "\
version: \"3\"
logs: {level: error}
server: {command: \"php ${RR_APP}/worker.php\"}
http:
  address: ${KIOSK_ADDRESS}
  pool: {num_workers: 1}
  middleware: [static]
  static: {dir: \"${RR_APP}/public\"}
";

const WORKER: &str = r#"<?php
require __DIR__ . '/rr-php/autoload.php';

RR\HttpWorker::create()->run(static fn (RR\Http\Request $request) => RR\Http\Response::text(
    getenv('RR_APP') === __DIR__ ? "from within\n" : "from elsewhere\n",
));
"#;

const TOOLS: &str = r#"//! A command of the kiosk.

use rr_core::cli::{Call, Command, Exit, Failure};

/// Says where it would listen.
pub struct Where;

impl Command for Where {
    const NAME: &'static str = "where";
    const ABOUT: &'static str = "Say where the kiosk is";

    fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        let Some(place) = call.config()?.place("http.address") else {
            return Err(Failure::new(Exit::Command, "nowhere"));
        };
        println!("line {}, {} arguments", place.line(), call.arguments.len());
        Ok(())
    }
}
"#;

#[test]
fn a_binary_alone_serves_the_application_it_carries() {
    let root = TempDir::new().unwrap();
    let made = builder(root.path())
        .args(["new", "kiosk"])
        .status()
        .unwrap();
    assert!(made.success());
    let folder = root.path().join("kiosk");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("manifest.toml", MANIFEST);
    write("production.yaml", CONFIG);
    write("app/worker.php", WORKER);
    write("app/public/hello.txt", "hello");
    write("tools/src/lib.rs", TOOLS);
    write(
        "tools/Cargo.toml",
        "[package]\nname = \"tools\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nrr-core = \"0.1\"\n",
    );
    fs::rename(folder.join("rr-php"), folder.join("app/rr-php")).unwrap();
    let built = builder(&folder)
        .args(["build", "--debug"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");

    // Nothing but the binary.
    let shop = root.path().join("shop");
    let cache = root.path().join("unpacked");
    fs::create_dir(&shop).unwrap();
    fs::rename(folder.join("build/kiosk"), shop.join("kiosk")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let [http] = free_addresses();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(shop.join("kiosk"));
        command
            .args(arguments)
            .current_dir(&shop)
            .env("KIOSK_ADDRESS", &http)
            .env("RR_APP_CACHE", &cache);
        command
    };
    let output = command(&["where", "--at", "all"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "line 5, 2 arguments\n", "{output:?}");
    assert!(!cache.exists());
    {
        let _running = started(command(&["serve"]), &http);
        assert!(get(&http, "/").ends_with("\r\n\r\nfrom within\n"));
        assert!(get(&http, "/hello.txt").ends_with("\r\n\r\nhello"));
    }

    // What is unpacked is what is carried, whatever became of it.
    let states = fs::read_dir(&cache).unwrap().flatten();
    let state = states.map(|it| it.path()).find(|it| it.is_dir()).unwrap();
    fs::write(state.join("public/hello.txt"), "damaged").unwrap();
    fs::remove_file(state.join("worker.php")).unwrap();
    let _running = started(command(&["serve"]), &http);
    assert!(get(&http, "/").ends_with("from within\n"));
    assert!(get(&http, "/hello.txt").ends_with("\r\n\r\nhello"));
}
