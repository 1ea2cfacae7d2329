//! The crates of rr that a `rr-builder` carries when it is copied alone.

use std::{fs, process::Command};

use rr_builder::stock::{Kind, PACKAGES, Stock};
use tempfile::TempDir;

#[test]
fn a_builder_alone_carries_a_workspace_cargo_accepts() {
    let (project, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let stock = Stock::locate(project.path(), None, cache.path()).unwrap();
    assert_eq!(stock.kind, Kind::Carried);
    assert_eq!(stock.version.to_string(), env!("CARGO_PKG_VERSION"));
    assert!(stock.root.join("Cargo.lock").is_file());
    let output = Command::new("cargo")
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(&stock.root)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for package in PACKAGES {
        assert!(text.contains(&format!("\"name\":\"{package}\"")), "{text}");
    }
    assert!(!text.contains("\"kind\":\"dev\""), "{text}");
    assert!(!stock.root.join("rr-core/tests").exists());
}

#[test]
fn a_damaged_cache_is_mended() {
    let (project, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let locate = || Stock::locate(project.path(), None, cache.path()).unwrap();
    let file = locate().folder("rr-core").join("src/lib.rs");
    let right = fs::read_to_string(&file).unwrap();
    fs::write(&file, "broken").unwrap();
    locate();
    assert_eq!(fs::read_to_string(&file).unwrap(), right);
    fs::remove_file(&file).unwrap();
    locate();
    assert_eq!(fs::read_to_string(&file).unwrap(), right);
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let project = TempDir::new().unwrap();
    let cache = project.path().join("cache");
    fs::write(&cache, "a file").unwrap();
    let error = Stock::locate(project.path(), None, &cache).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("cannot unpack the crates of rr into"),
        "{text}"
    );
    assert!(
        text.contains("help: name another folder in `RR_BUILDER_CACHE`"),
        "{text}"
    );
}

#[test]
fn a_manifest_in_a_checkout_is_built_of_the_checkout() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let cache = TempDir::new().unwrap();
    let folder = format!("{root}/rr-builder/tests/errors");
    let stock = Stock::locate(folder.as_ref(), None, cache.path()).unwrap();
    assert_eq!(stock.kind, Kind::Checkout);
    assert_eq!(stock.root, fs::canonicalize(root).unwrap());
}

#[test]
fn a_folder_that_is_no_checkout_is_refused() {
    let folder = TempDir::new().unwrap();
    let error = Stock::locate(folder.path(), Some(folder.path()), folder.path()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("is no checkout of rr: it lacks `Cargo.toml`"),
        "{text}"
    );
}
