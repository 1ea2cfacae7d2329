//! A `rr-builder` that was copied alone, in a folder that is empty: it makes a project, compiles it
//! of the crates it carries, and the server answers with what PHP asked of a service in Rust.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
};

use tempfile::TempDir;

use crate::server::{AS_SERVERS, builder, free_addresses, serve, target};

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

/// What `new` says to put into the manifest: the lines that it indents last.
fn lines(said: &str) -> String {
    let (_, lines) = said.rsplit_once(":\n").unwrap();
    lines.replace("\n  ", "\n").trim_start().to_owned()
}

#[test]
fn a_new_project_with_two_more_crates_builds_and_runs() {
    let root = TempDir::new().unwrap();
    new(root.path(), &["app"]);
    let folder = root.path().join("app");
    let service = lines(&new(&folder, &["tickets", "--service"]));
    let middleware = lines(&new(&folder, &["stamp", "--middleware"]));
    assert_eq!(service, "[services]\ntickets = { path = \"tickets\" }\n");
    assert_eq!(middleware, "[[middleware]]\npath = \"stamp\"\n");
    let manifest = folder.join("manifest.toml");
    edit(&manifest, "[services]\n", &service);
    edit(
        &manifest,
        "[[middleware]]\n",
        &format!("{middleware}\n[[middleware]]\n"),
    );
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
