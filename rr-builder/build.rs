//! Lists the files of rr's own crates, so that a `rr-builder` copied alone carries them with it.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What is carried, seen from the root of the repository.
const CARRIED: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "php-src",
    "rr-core",
    "rr-services",
];

/// Folders a server is not built from.
const LEFT_OUT: [&str; 6] = ["benches", "examples", "fuzz", "target", "tests", "vendor"];

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = package
        .parent()
        .expect("the package lies in the repository");
    let mut files = Vec::new();
    for name in CARRIED {
        collect(&root.join(name), &mut files)?;
    }
    files.sort();

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut list = io::BufWriter::new(fs::File::create(out.join("carried_files.rs"))?);
    writeln!(list, "&[")?;
    for file in files {
        let name = file
            .strip_prefix(root)
            .expect("it was found beneath the root");
        let name = name.to_str().expect("names in the repository are UTF-8");
        writeln!(list, "    ({name:?}, include_bytes!({file:?})),")?;
    }
    writeln!(list, "]")?;
    list.flush()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", path.display());
    if path.is_file() {
        files.push(path.to_owned());
    }
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || LEFT_OUT.contains(&name.as_ref()) {
            continue;
        }
        collect(&entry.path(), files)?;
    }
    Ok(())
}
