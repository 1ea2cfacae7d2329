//! What a binary carries besides services, and where its crates come from.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use rr_builder::{
    manifest::Profile,
    progress::Progress,
    project::{Built, Failure, Options},
};

use crate::{Copy, check_golden, repository::repository};

const COMMAND: &str = "
pub struct Stocktake;

impl rr_core::cli::Command for Stocktake {
    const NAME: &'static str = \"stocktake\";
}
";

fn build(copy: &Copy, locked: bool) -> Result<Built, Failure> {
    let options = Options {
        profile: Some(Profile::Debug),
        locked,
        colour: false,
    };
    copy.open()?.build(options, &mut Progress::silent())
}

fn run(built: &Built, argument: &str) -> String {
    let output = Command::new(&built.binary).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A manifest with a bit of everything.
fn full() -> Copy {
    let copy = Copy::new();
    let source = copy.read("project/inventory/src/lib.rs");
    copy.write(
        "project/inventory/src/lib.rs",
        &format!("{source}{COMMAND}"),
    );
    copy.write("project/app/public/a \"b\".txt", "text");
    copy.write("project/app/worker.php", "<?php");
    copy.write("project/app/.gitignore", "*");
    copy.write("project/app/tests/Test.php", "<?php");
    copy.write("project/default.yaml", "version: \"3\"\n");
    let manifest = copy.read("project/manifest.toml");
    let (head, services) = manifest.split_once("[services]").unwrap();
    let text = format!(
        "{head}config = \"default.yaml\"\nembed = {{ path = \"app\", exclude = [\"tests\"] }}\n\n\
         [build]\nallocator = \"system\"\nprofile = \"size\"\n\n[services]{services}\n\
         [[command]]\ntype = \"inventory::Stocktake\"\n"
    );
    copy.write("project/manifest.toml", &text);
    copy
}

#[test]
fn files_a_configuration_and_commands_are_in_the_binary() {
    let copy = full();
    let program = copy.path("project/app/worker.php");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let built = build(&copy, false).unwrap();
    let carried = "public/a \"b\".txt false 4\nworker.php true 5\n[\"stocktake\"] \"version: \\\"3\\\"\\n\"\n";
    assert_eq!(run(&built, "carried"), carried);
    let server = |file: &str| copy.read(&format!("project/build/server/{file}"));
    check_golden(
        Path::new("tests/golden/full-program.rs"),
        &server("src/main.rs"),
    );
    check_golden(Path::new("tests/golden/full-app.rs"), &server("src/app.rs"));
    check_golden(
        Path::new("tests/golden/full-package.toml"),
        &server("Cargo.toml"),
    );

    // Another file is another binary.
    fs::remove_file(program).unwrap();
    copy.write("project/app/index.php", "<?php 1");
    let built = build(&copy, false).unwrap();
    assert!(run(&built, "carried").starts_with("index.php false 7\npublic/"));
}

#[test]
fn an_archive_is_a_crate() {
    let copy = Copy::new();
    let tar = Command::new("tar")
        .args(["-czf", "../inventory-0.3.0.crate", "inventory"])
        .current_dir(copy.path("project"))
        .status();
    assert!(tar.unwrap().success());
    fs::remove_dir_all(copy.path("project/inventory")).unwrap();
    // Its own path to rr would lead nowhere from the cache.
    let manifest = "project/manifest.toml";
    copy.replace(
        manifest,
        "path = \"inventory\"",
        "archive = \"../inventory-0.3.0.crate\"",
    );
    let text = copy.open().unwrap_err().to_string();
    assert!(
        text.contains("the crate `inventory` builds against another rr-core"),
        "{text}"
    );

    copy.write("elsewhere/inventory/src/lib.rs", "pub struct Inventory;\n\nimpl rr_core::Service for Inventory {\n    const NAME: &'static str = \"inventory\";\n}\n");
    copy.write("elsewhere/inventory/Cargo.toml", "[package]\nname = \"inventory\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\n[package.metadata.rr.services]\ninventory = { type = \"Inventory\" }\n\n[dependencies]\nrr-core = \"0.1\"\n");
    let tar = Command::new("tar")
        .args(["-czf", "../inventory-0.3.0.crate", "inventory"])
        .current_dir(copy.path("elsewhere"))
        .status();
    assert!(tar.unwrap().success());
    let built = build(&copy, false).unwrap();
    assert!(run(&built, "serve").contains("\"inventory\""));

    copy.write("inventory-0.3.0.crate", "no archive");
    let text = copy.open().unwrap_err().to_string();
    assert!(text.contains("error: cannot unpack `"), "{text}");
    assert!(text.contains("manifest.toml:8:25"), "{text}");
}

#[test]
fn the_same_manifest_and_lock_give_the_same_bytes() {
    let copy = full();
    let first = build(&copy, false).unwrap();
    let bytes = fs::read(&first.binary).unwrap();
    let lock = copy.read("project/manifest.lock");
    assert!(lock.starts_with("# rr-builder 0.1.0 with Rust "), "{lock}");

    fs::remove_dir_all(copy.path("target")).unwrap();
    fs::remove_dir_all(copy.path("project/build")).unwrap();
    let second = build(&copy, true).unwrap();
    assert!(
        fs::read(&second.binary).unwrap() == bytes,
        "the bytes differ"
    );
    assert_eq!(copy.read("project/manifest.lock"), lock);
}

#[test]
fn what_is_locked_stays_or_is_refused() {
    let copy = Copy::new();
    let text = build(&copy, true).unwrap_err().to_string();
    assert!(text.contains("there is no lock file"), "{text}");
    build(&copy, false).unwrap();
    build(&copy, true).unwrap();

    copy.replace(
        "project/manifest.toml",
        "version = \"1.2.3\"",
        "version = \"1.2.4\"",
    );
    let text = build(&copy, true).unwrap_err().to_string();
    assert!(
        text.contains("build without `--locked` to renew it"),
        "{text}"
    );
    build(&copy, false).unwrap();
    copy.replace(
        "project/manifest.lock",
        "# rr-builder 0.1.0",
        "# rr-builder 0.0.9",
    );
    let text = build(&copy, true).unwrap_err().to_string();
    assert!(
        text.contains("was made by rr-builder 0.0.9 with Rust"),
        "{text}"
    );
}

#[test]
fn a_repository_a_folder_and_copies_without_a_network() {
    let copy = Copy::new();
    let url = repository(&copy, &["1.0.0"], "");
    let line = format!("[services]\ngeo = {{ git = \"{url}\", tag = \"v1.0.0\" }}");
    copy.replace("project/manifest.toml", "[services]", &line);
    let built = build(&copy, false).unwrap();
    assert!(run(&built, "serve").contains("[\"geo\", \"logs\", \"http\", \"inventory\"]"));
    let lock = copy.read("project/manifest.lock");

    // As typed in the project's folder: cargo works in another.
    let vendored = Command::new(env!("CARGO_BIN_EXE_rr-builder"))
        .args(["vendor", "--stock", "../stock"])
        .current_dir(copy.path("project"))
        .env("RR_BUILDER_CACHE", copy.path("cache"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&vendored.stdout);
    assert!(said.starts_with("copied 1 crate to rr-vendor\n"), "{said}");
    assert!(copy.path("project/rr-vendor/geo-1.0.0").is_dir());
    fs::rename(copy.path("geo"), copy.path("gone")).unwrap();
    fs::remove_dir_all(copy.path("project/build")).unwrap();
    fs::remove_dir_all(copy.path("target")).unwrap();
    fs::remove_dir_all(copy.path("cache")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rr-builder"))
        .args(["build", "--debug", "--locked", "--stock", "../stock"])
        .current_dir(copy.path("project"))
        .env("RR_BUILDER_CACHE", copy.path("cache"))
        .env("CARGO_TARGET_DIR", copy.path("target"))
        // Nothing that was fetched before is there.
        .env("CARGO_HOME", copy.path("home"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(copy.read("project/manifest.lock"), lock);
}
