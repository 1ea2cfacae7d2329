//! Builds that fail: what is printed, word by word, in `golden/failures/NAME.txt`, and what is left
//! behind.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{Copy, check_golden, repository::repository};

const BINARY: &str = "project/build/shop";
const MANIFEST: &str = "project/manifest.toml";

/// A project whose server was built before.
fn built() -> Copy {
    let copy = Copy::new();
    let output = build(&copy, &[]);
    assert!(output.status.success(), "{output:?}");
    copy
}

/// Builds as a user would, with `variables` in the environment.
fn build(copy: &Copy, variables: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr-builder"));
    command
        .args(["build", "--debug", "--stock", "../stock"])
        .current_dir(copy.path("project"))
        .env("RR_BUILDER_CACHE", copy.path("cache"))
        .env("CARGO_TARGET_DIR", copy.path("target"))
        .envs(variables.iter().copied());
    command.output().unwrap()
}

/// A build of `copy` must end with `code` and the words of the golden file `name`; the server of
/// before must be there, and nothing besides that was not there before.
fn check(name: &str, copy: &Copy, code: i32, variables: &[(&str, &Path)]) {
    let before = state(copy);
    let output = build(copy, variables);
    let root = copy.path("").canonicalize().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.replace(root.to_str().unwrap(), "DIR");
    // Progress depends on what was compiled before.
    let lines = said.lines().filter(|it| {
        let progress = ["looking for the crates", "compiling what is not compiled"];
        !progress.iter().any(|start| it.contains(start))
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    check_golden(
        &Path::new("tests/golden/failures").join(format!("{name}.txt")),
        &text,
    );
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(state(copy), before, "{name}");
}

/// What a user finds beside the manifest and among the results: the names, and the server itself.
fn state(copy: &Copy) -> (Vec<PathBuf>, Vec<u8>) {
    let mut names = Vec::new();
    for folder in ["project", "project/build"] {
        let entries = fs::read_dir(copy.path(folder)).unwrap();
        names.extend(entries.map(|it| it.unwrap().path()));
    }
    names.sort();
    (names, fs::read(copy.path(BINARY)).unwrap())
}

/// `new` in place of `old` in the manifest.
fn check_changed(name: &str, code: i32, old: &str, new: &str) {
    let copy = built();
    copy.replace(MANIFEST, old, new);
    check(name, &copy, code, &[]);
}

#[test]
fn a_type_that_is_not_there() {
    let new = r#"{ path = "inventory", type = "inventory::Inventry" }"#;
    check_changed("wrong-type", 1, r#"{ path = "inventory" }"#, new);
}

#[test]
fn a_type_that_is_no_service() {
    let new = r#"{ path = "inventory", type = "inventory::Shelf" }"#;
    check_changed("missing-trait", 1, r#"{ path = "inventory" }"#, new);
}

#[test]
fn a_layer_that_is_none() {
    let old = r#"'stamp::StampLayer::new("x-served-by")'"#;
    check_changed("no-layer", 1, old, r#""stamp::Ink""#);
}

#[test]
fn a_feature_that_the_crate_lacks() {
    let new = r#"{ path = "inventory", features = ["fats", "gold"] }"#;
    check_changed("missing-feature", 3, r#"{ path = "inventory" }"#, new);
}

#[test]
fn code_that_is_wrong() {
    let copy = built();
    copy.replace("project/inventory/src/lib.rs", "\"inventory\"", "7");
    check("wrong-code", &copy, 1, &[]);
}

#[test]
fn two_versions_that_exclude_one_another() {
    let copy = Copy::new();
    let path = "rr-core = { path = \"../../stock/rr-core\" }";
    copy.replace("project/inventory/Cargo.toml", path, "rr-core = \"0.1\"");
    let output = build(&copy, &[]);
    assert!(output.status.success(), "{output:?}");
    let url = repository(&copy, &["1.0.0", "2.0.0"], "links = \"geo\"");
    for (name, tag) in [("inventory", "v1.0.0"), ("stamp", "v2.0.0")] {
        let file = format!("project/{name}/Cargo.toml");
        let text = copy.read(&file);
        let geo = format!("geo = {{ git = \"{url}\", tag = \"{tag}\" }}\n");
        copy.write(&file, &(text + &geo));
    }
    check("version-clash", &copy, 1, &[]);
}

#[test]
fn a_host_that_is_dead() {
    let line = "[services]\ngeo = { git = \"http://127.0.0.1:9/geo\", tag = \"v1\" }";
    check_changed("dead-host", 3, "[services]", line);
}

#[test]
fn no_toolchain() {
    check(
        "no-toolchain",
        &built(),
        1,
        &[("CARGO", "no-cargo".as_ref())],
    );
}

#[test]
fn no_linker() {
    let flags = ("CARGO_BUILD_RUSTFLAGS", "-Clinker=/nowhere/cc".as_ref());
    check("no-linker", &built(), 1, &[flags]);
}

/// A cargo that compiles onto such a disk, with the words of a real one.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full() {
    use std::os::unix::fs::PermissionsExt as _;

    let copy = built();
    let script = "#!/bin/sh\ncase \"$1\" in\nbuild) echo 'error: failed to write `a`: No space left on device (os error 28)' >&2; exit 101;;\n*) exec cargo \"$@\";;\nesac\n";
    let cargo = copy.path("cargo-full");
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    check("disk-full", &copy, 1, &[("CARGO", &cargo)]);
}
