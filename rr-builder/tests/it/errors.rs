//! Each `errors/NAME.toml` is a manifest, `errors/NAME.stderr` what rr-builder has to say about it.

use std::{fs, path::Path};

use rr_builder::project::{Failure, Folders, Project};

use crate::check_golden;

fn open(manifest: &Path) -> Failure {
    let folders = Folders {
        cache: "unused".into(),
        target: None,
        stock: Some("tests/fixtures/stock".into()),
        output: None,
    };
    Project::open(manifest, &folders).unwrap_err()
}

fn check(manifest: &Path) {
    let failure = open(manifest);
    let Failure::Manifest(rejected) = failure else {
        panic!("{}: {failure}", manifest.display());
    };
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let text = rejected.render(false).replace(root, "");
    check_golden(&manifest.with_extension("stderr"), &text);
}

#[test]
fn every_wrong_manifest_is_told_what_is_wrong() {
    let mut count = 0;
    for entry in fs::read_dir("tests/errors").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "toml") {
            check(&path);
            count += 1;
        }
    }
    assert!(count > 20, "only {count} manifests were found");
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let text = open(Path::new("nowhere.toml")).to_string();
    assert!(
        text.contains("cannot read `nowhere.toml`: No such file"),
        "{text}"
    );
    assert!(text.contains("rr-builder new"), "{text}");
}
