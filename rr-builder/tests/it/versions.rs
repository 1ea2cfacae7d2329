//! A crate that some crate of the project needs was made for another version of rr: that is refused
//! before anything is compiled, both versions by name, by rr-builder and by plain cargo.

use std::{fs, process::Command};

use rr_builder::progress::Progress;

use crate::Copy;

/// `inventory` needs `loyalty`, which needs an rr-core 0.2.
fn clash() -> Copy {
    let copy = Copy::new();
    let core = |file: &str| copy.read(&format!("stock/rr-core/{file}"));
    let (manifest, build) = (core("Cargo.toml"), core("build.rs"));
    let manifest = manifest
        .replace("version.workspace = true", "version = \"0.2.0\"")
        .replace("edition.workspace = true", "edition = \"2024\"");
    copy.write("newer/rr-core/Cargo.toml", &manifest);
    copy.write("newer/rr-core/build.rs", &build);
    copy.write("newer/rr-core/src/lib.rs", "");
    copy.write("loyalty/src/lib.rs", "");
    copy.write(
        "loyalty/Cargo.toml",
        "[package]\nname = \"loyalty\"\nversion = \"3.1.0\"\n\n\
         [dependencies]\nrr-core = { path = \"../newer/rr-core\" }\n",
    );
    copy.replace(
        "project/inventory/Cargo.toml",
        "[dependencies]",
        "[dependencies]\nloyalty = { path = \"../../loyalty\" }",
    );
    copy
}

#[test]
fn the_builder_names_both_versions_and_who_asks() {
    let copy = clash();
    let project = copy.open().unwrap();
    let failure = project.build(false, false, &mut Progress::silent());
    assert_eq!(
        failure.unwrap_err().to_string(),
        "two versions of rr-core do not go into one server: it has 0.1.0, `loyalty v3.1.0` asks for 0.2.0\n\
         help: take a version of `loyalty v3.1.0` that was made for rr-core 0.1.0, or the rr-builder of rr-core 0.2.0"
    );
}

#[test]
fn plain_cargo_names_them_as_well() {
    let copy = clash();
    copy.open().unwrap().generate().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline"])
        .current_dir(copy.path("project/build/server"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    for fragment in ["rr-core v0.1.0", "`loyalty v3.1.0", "0.2.0"] {
        assert!(text.contains(fragment), "no {fragment} in:\n{text}");
    }
    assert!(!text.contains("Compiling"), "{text}");
}

#[test]
fn the_real_rr_core_can_be_in_a_server_once() {
    let manifest = fs::read_to_string("../rr-core/Cargo.toml").unwrap();
    assert!(manifest.contains("\nlinks = \"rr-core\"\n"));
}
