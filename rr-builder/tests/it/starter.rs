//! What `rr-builder new` makes, of the real crates of rr: it is right as it is, and it runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rr_builder::{
    project::{Folders, Project},
    starter,
};
use tempfile::TempDir;

/// This repository.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn open(folder: &Path) -> Project {
    let folders = Folders {
        cache: folder.join("cache"),
        target: None,
        stock: Some(CHECKOUT.into()),
        output: None,
    };
    Project::open(&folder.join("manifest.toml"), &folders).unwrap()
}

fn check_name(folder: &str, name: &str) {
    let root = TempDir::new().unwrap();
    let folder = root.path().join(folder);
    starter::write(&folder).unwrap();
    let project = open(&folder);
    assert_eq!(project.plan.name, name);
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    assert!(readme.starts_with(&format!("# {name}\n")), "{readme}");
}

#[test]
fn a_project_is_called_like_its_folder_if_a_server_can_be() {
    check_name("till", "till");
    check_name("my shop", "app");
}

#[test]
fn a_new_project_lists_its_own_service_and_middleware() {
    let root = TempDir::new().unwrap();
    starter::write(root.path()).unwrap();
    let plan = open(root.path()).plan;
    let last = plan.services.last().unwrap();
    assert_eq!(last.code.text(), "greeter::Greeter");
    let [layer] = plan.middleware.as_slice() else {
        panic!("{:?}", plan.middleware);
    };
    assert!(
        layer
            .code
            .text()
            .starts_with("served_by::ServedByLayer::new(")
    );
    assert_eq!(plan.patched, ["rr-core"]);
}

#[test]
fn every_file_of_php_is_valid() {
    let root = TempDir::new().unwrap();
    starter::write(root.path()).unwrap();
    let script =
        "require 'rr-php/autoload.php'; exit(class_exists(RR\\HttpWorker::class) ? 0 : 1);";
    for arguments in [["-l", "worker.php"], ["-r", script]] {
        let output = Command::new("php")
            .args(arguments)
            .current_dir(root.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn the_crates_are_formatted() {
    let crates = Path::new(CHECKOUT).join("templates/new");
    let sources = ["greeter/src/lib.rs", "served-by/src/lib.rs"];
    let sources: Vec<PathBuf> = sources.iter().map(|it| crates.join(it)).collect();
    let rustfmt = Command::new("rustfmt")
        .args([
            "--check",
            "--edition",
            "2024",
            "--config",
            "use_field_init_shorthand=true",
        ])
        .args(sources)
        .output();
    let output = rustfmt.expect("rustfmt belongs to the toolchain");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// What the other services are made of is not even compiled.
#[test]
fn a_server_holds_what_its_services_need() {
    let root = TempDir::new().unwrap();
    let small = "name = \"small\"\n\n[services]\nrpc = true\nserver = true\nhttp = true\n";
    fs::write(root.path().join("manifest.toml"), small).unwrap();
    let project = open(root.path());
    project.generate().unwrap();
    let output = Command::new("cargo")
        .args(["tree", "--edges", "normal", "--prefix", "none"])
        .current_dir(project.output.server())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("\nhyper v"), "{tree}");
    for of_others in [
        "argon2",
        "bcrypt",
        "brotli",
        "flate2",
        "moka",
        "notify",
        "prometheus",
        "regex",
        "tower-http",
        "uuid",
        "zstd",
    ] {
        assert!(!tree.contains(&format!("\n{of_others} v")), "{of_others}");
    }
}
