//! What `rr-builder new` makes, of the real crates of rr: it is right as it is, and it runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rr_builder::{
    project::{Folders, Project},
    starter::{self, krate, workspace::Joined},
    stock::Stock,
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

fn stock() -> Stock {
    let nowhere = Path::new("");
    Stock::locate(nowhere, Some(CHECKOUT.as_ref()), nowhere).unwrap()
}

fn check_name(folder: &str, name: &str) {
    let root = TempDir::new().unwrap();
    let folder = root.path().join(folder);
    starter::write(&folder, &stock()).unwrap();
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
    starter::write(root.path(), &stock()).unwrap();
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
    starter::write(root.path(), &stock()).unwrap();
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

/// As `cargo fmt` has them here.
pub(crate) fn check_formatted(folder: &Path, sources: &[&str]) {
    let sources: Vec<PathBuf> = sources.iter().map(|it| folder.join(it)).collect();
    let style = [
        "--edition",
        "2024",
        "--config",
        "use_field_init_shorthand=true",
    ];
    let rustfmt = Command::new("rustfmt")
        .arg("--check")
        .args(style)
        .args(sources)
        .output();
    let output = rustfmt.expect("rustfmt belongs to the toolchain");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_crates_are_formatted() {
    let project = Path::new(CHECKOUT).join("templates/new");
    check_formatted(&project, &["greeter/src/lib.rs", "served-by/src/lib.rs"]);

    let root = TempDir::new().unwrap();
    let stock = stock();
    let (service, layer) = (root.path().join("coupons"), root.path().join("maintenance"));
    krate::write(&service, krate::Kind::Service, &stock).unwrap();
    check_formatted(
        &service,
        &["src/lib.rs", "src/numbers.rs", "tests/server.rs"],
    );
    krate::write(&layer, krate::Kind::Middleware, &stock).unwrap();
    check_formatted(&layer, &["src/lib.rs"]);
}

#[test]
fn a_crate_alone_knows_where_the_crates_of_rr_are() {
    let root = TempDir::new().unwrap();
    let stock = stock();
    let folder = root.path().join("coupons");
    let made = krate::write(&folder, krate::Kind::Service, &stock).unwrap();
    assert_eq!(made.manifest, None);
    assert_eq!(made.joined, Joined::Nothing);
    let settings = fs::read_to_string(folder.join(".cargo/config.toml")).unwrap();
    let core = stock.folder("rr-core");
    assert!(settings.contains(core.to_str().unwrap()), "{settings}");

    let again = krate::write(&folder, krate::Kind::Service, &stock).unwrap_err();
    assert!(again.to_string().contains("not empty"), "{again}");
    let named = krate::write(&root.path().join("Shop"), krate::Kind::Service, &stock);
    let named = named.unwrap_err().to_string();
    assert!(
        named.starts_with("a crate cannot be called `Shop`"),
        "{named}"
    );
    assert!(!root.path().join("Shop").exists());
}

#[test]
fn editors_are_told_of_the_schema() {
    let root = TempDir::new().unwrap();
    starter::write(root.path(), &stock()).unwrap();
    let read = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
    let project = open(root.path());
    let schema = project.output.schema();
    let schema = schema.strip_prefix(root.path()).unwrap().to_str().unwrap();
    for file in [".rr.yaml", ".vscode/settings.json", ".idea/jsonSchemas.xml"] {
        assert!(read(file).contains(schema), "{file}");
    }
}
