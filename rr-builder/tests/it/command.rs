//! The program itself: what it prints, where to, and the code it ends with.

use std::process::{Command, Output};

use crate::Copy;

fn builder(copy: &Copy, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr-builder"));
    command
        .args(arguments)
        .current_dir(copy.path("project"))
        .env("RR_BUILDER_CACHE", copy.path("cache"))
        .env("CARGO_TARGET_DIR", copy.path("target"));
    command
}

fn check(output: &Output, code: i32, stdout: &[&str], stderr: &[&str]) {
    let texts = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    assert_eq!(output.status.code(), Some(code), "{texts:?}");
    for (text, fragments) in texts.iter().zip([stdout, stderr]) {
        for fragment in fragments {
            assert!(text.contains(fragment), "no {fragment} in:\n{text}");
        }
    }
}

#[test]
fn check_shows_what_a_server_is_made_of() {
    let copy = Copy::new();
    let output = builder(&copy, &["check", "--stock", "../stock"])
        .output()
        .unwrap();
    let expected = "\
shop 1.2.3
  logs          rr_services::Logs               what the server and its workers say
  http          rr_services::Http               HTTP in front of PHP workers
  inventory     inventory::Inventory            how many there are of what
  (middleware)  stamp::StampLayer::new(\"x-served-by\")
";
    check(&output, 0, &[expected], &[]);
    assert!(!copy.path("project/build").exists());
}

#[test]
fn run_builds_and_becomes_the_server() {
    let copy = Copy::new();
    let output = builder(&copy, &["run", "--debug", "--stock", "../stock"])
        .output()
        .unwrap();
    let served = "[\"logs\", \"http\", \"inventory\"] 1";
    let stdout = [
        "built shop 1.2.3 in",
        "  server  build/shop (",
        ".rr.yaml (new",
        served,
    ];
    check(
        &output,
        0,
        &stdout,
        &["compiling what is not compiled yet of 5 crates"],
    );
}

#[test]
fn the_code_tells_what_went_wrong() {
    let copy = Copy::new();
    let build = ["build", "--debug", "--stock", "../stock"];
    let output = builder(&copy, &["build", "--release"]).output().unwrap();
    check(&output, 2, &[], &["unexpected argument '--release'"]);

    let output = builder(&copy, &["build", "elsewhere.toml"])
        .output()
        .unwrap();
    check(&output, 3, &[], &["error: cannot read `elsewhere.toml`"]);

    let output = builder(&copy, &build)
        .env("CARGO", "no-cargo")
        .output()
        .unwrap();
    let missing = "error: there is no cargo to compile a server with: `no-cargo` was not found";
    check(&output, 1, &[], &[missing, "help: install Rust"]);

    let output = builder(&copy, &build)
        .env("CARGO", "true")
        .output()
        .unwrap();
    check(&output, 1, &[], &["does not answer like a cargo"]);

    copy.replace(
        "stock/Cargo.toml",
        "rust-version = \"1.95\"",
        "rust-version = \"9.1\"",
    );
    let output = builder(&copy, &build).output().unwrap();
    check(
        &output,
        1,
        &[],
        &["this server needs Rust 9.1.0 or newer", "rustup update"],
    );
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let copy = Copy::new();
    copy.write("project/build", "a file");
    let output = builder(&copy, &["generate", "--stock", "../stock"])
        .output()
        .unwrap();
    check(&output, 1, &[], &["error: cannot write to `build/server`"]);
}

#[test]
fn without_a_home_a_cache_must_be_named() {
    let copy = Copy::new();
    let mut command = builder(&copy, &["check"]);
    for variable in ["HOME", "XDG_CACHE_HOME", "RR_BUILDER_CACHE", "LOCALAPPDATA"] {
        command.env_remove(variable);
    }
    check(
        &command.output().unwrap(),
        1,
        &[],
        &["help: name one in `RR_BUILDER_CACHE`"],
    );
}

#[test]
fn new_refuses_a_folder_in_use() {
    let copy = Copy::new();
    let output = builder(&copy, &["new", "inventory"]).output().unwrap();
    let stderr = ["error: `inventory` is there already and not empty"];
    check(&output, 1, &[], &stderr);
}
