//! The generated crate, file by file.

use std::{fs, path::Path, process::Command};

use rr_builder::project::generate_main;

use crate::{Copy, check_golden};

const MANIFEST: &str = r#"
name = "my-shop"
version = "1.2.3-beta.1"

[services]
logs = true
headers = true
http = true
inventory = { path = "inventory", features = ["fast"] }
geo = { git = "https://example.com/geo", tag = "v1.0", type = "geo::Geo" }
clock = { version = "1.2", crate = "world-clock", features = ["utc", "leap"], type = "world_clock::Clock" }

[[middleware]]
path = "stamp"
layer = 'stamp::StampLayer::new("x-\"served\"-by & <co>")'

[[middleware]]
layer = "inventory::Shelf"
"#;

fn check(file: &str, golden: &str) {
    let copy = Copy::new();
    copy.write("project/shop.toml", MANIFEST);
    fs::rename(
        copy.path("project/shop.toml"),
        copy.path("project/manifest.toml"),
    )
    .unwrap();
    copy.open().unwrap().generate().unwrap();
    let text = copy.read(&format!("project/build/server/{file}"));
    check_golden(Path::new(golden), &text);
}

#[test]
fn the_program_is_a_list_that_cites_the_manifest() {
    check("src/main.rs", "tests/golden/program.rs");
}

#[test]
fn the_program_is_formatted() {
    let rustfmt = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "tests/golden/program.rs"])
        .output();
    let output = rustfmt.expect("rustfmt belongs to the toolchain");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn the_package_names_every_crate_once() {
    check("Cargo.toml", "tests/golden/package.toml");
}

#[test]
fn a_crate_that_asks_a_registry_for_rr_gets_that_of_the_server() {
    let copy = Copy::new();
    copy.replace(
        "project/inventory/Cargo.toml",
        "{ path = \"../../stock/rr-core\" }",
        "\"0.1\"",
    );
    copy.open().unwrap().generate().unwrap();
    let text = copy.read("project/build/server/Cargo.toml");
    let patch = "[patch.crates-io]\nrr-core = { path = \"../../../stock/rr-core\" }";
    assert!(text.contains(patch), "{text}");
    assert!(
        !text.contains("\nrr-services = { path = \"../../../stock/rr-services\" }"),
        "{text}"
    );
}

#[test]
fn what_did_not_change_is_not_written() {
    let copy = Copy::new();
    let times = || {
        let files = ["Cargo.toml", "src/main.rs"];
        files.map(|it| {
            let path = copy.path("project/build/server").join(it);
            fs::metadata(path).unwrap().modified().unwrap()
        })
    };
    copy.open().unwrap().generate().unwrap();
    let before = times();
    copy.open().unwrap().generate().unwrap();
    assert_eq!(before, times());
    copy.replace("project/manifest.toml", "headers = false", "headers = true");
    copy.open().unwrap().generate().unwrap();
    assert_ne!(before, times());
}

#[test]
fn the_lock_file_of_rr_is_where_versions_start_from() {
    let copy = Copy::new();
    copy.write("stock/Cargo.lock", "version = 4\n");
    copy.open().unwrap().generate().unwrap();
    let lock = "project/build/server/Cargo.lock";
    assert_eq!(copy.read(lock), "version = 4\n");
    copy.write(lock, "# chosen\nversion = 4\n");
    copy.open().unwrap().generate().unwrap();
    assert_eq!(copy.read(lock), "# chosen\nversion = 4\n");
}

#[test]
fn rr_itself_is_generated_alike() {
    let copy = Copy::new();
    copy.write(
        "stock/rr-services/manifest.toml",
        "name = \"rr\"\n\n[services]\nlogs = true\nhttp = true\n",
    );
    let manifest = copy.path("stock/rr-services/manifest.toml");
    let main = generate_main(&manifest, &copy.path("stock")).unwrap();
    check_golden(Path::new("tests/golden/rr.rs"), &main);
}

#[test]
fn cargo_is_shown_the_crates_of_rr_unless_it_has_settings() {
    let copy = Copy::new();
    let settings = "project/.cargo/config.toml";
    copy.open().unwrap().generate().unwrap();
    assert!(!copy.path(settings).exists());

    let dependency = "{ path = \"../../stock/rr-core\" }";
    copy.replace("project/inventory/Cargo.toml", dependency, "\"0.1\"");
    copy.open().unwrap().generate().unwrap();
    let right = copy.read(settings);
    let core = copy.path("stock/rr-core").canonicalize().unwrap();
    let line = format!("[patch.crates-io]\nrr-core = {{ path = {core:?} }}\n");
    assert!(right.ends_with(&line), "{right}");

    copy.replace(settings, "rr-core", "rr-gone");
    copy.open().unwrap().generate().unwrap();
    assert_eq!(copy.read(settings), right);

    copy.write(settings, "[build]\njobs = 1\n");
    copy.open().unwrap().generate().unwrap();
    assert_eq!(copy.read(settings), "[build]\njobs = 1\n");
}
