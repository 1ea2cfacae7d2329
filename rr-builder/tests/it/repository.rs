//! A git repository on this machine, with a crate that offers a service.

use std::process::Command;

use crate::Copy;

/// A repository `geo/` with the crate `geo` in the states `versions`, one tag each; its address.
/// `cargo` is what its package says besides.
pub(crate) fn repository(copy: &Copy, versions: &[&str], cargo: &str) -> String {
    let folder = copy.path("geo");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        // The same states have the same names each time.
        command.env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z");
        command.env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z");
        let output = command
            .args(arguments)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    for (at, version) in versions.iter().enumerate() {
        copy.write("geo/src/lib.rs", "pub struct Point;\n\npub struct Geo;\n\nimpl rr_core::Service for Geo {\n    const NAME: &'static str = \"geo\";\n}\n");
        copy.write(
            "geo/Cargo.toml",
            &format!("[package]\nname = \"geo\"\nversion = \"{version}\"\nedition = \"2024\"\n{cargo}\n\n[package.metadata.rr.services]\ngeo = {{ type = \"Geo\" }}\n\n[dependencies]\nrr-core = \"0.1\"\n"),
        );
        copy.write("geo/build.rs", "fn main() {}\n");
        if at == 0 {
            git(&["init", "--quiet"]);
        }
        git(&["add", "."]);
        git(&["commit", "--quiet", "--message", "Change"]);
        git(&["tag", &format!("v{version}")]);
    }
    format!("file://{}", folder.display())
}
