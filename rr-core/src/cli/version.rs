//! The line that says which server this is.

use std::env::consts;

use crate::rpc::COMPATIBLE_WITH;

/// The first three words are for programs: Laravel Octane compares the third with what it needs.
pub(super) fn line(name: &str, version: &str) -> String {
    let os = match consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        arch => arch,
    };
    format!("rr version {COMPATIBLE_WITH} ({name} {version}), OS: {os}, arch: {arch}")
}
