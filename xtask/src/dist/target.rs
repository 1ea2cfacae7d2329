//! The platform that is built for, and what names of releases call it.

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

/// A platform, as the compiler and as the names of releases have it.
pub(super) struct Target {
    /// `x86_64-unknown-linux-gnu`.
    pub(super) triple: String,
    /// Whether it is the one that this program runs on, so that what is built can be started.
    pub(super) is_host: bool,
}

impl Target {
    /// `triple`, or the platform of the compiler.
    pub(super) fn of(sh: &Shell, triple: Option<&str>) -> Result<Self> {
        let about = cmd!(sh, "rustc --version --verbose").quiet().read()?;
        let host = about.lines().find_map(|it| it.strip_prefix("host: "));
        let host = host.context("`rustc --version --verbose` names no host")?;
        let triple = triple.unwrap_or(host).to_owned();
        Ok(Self {
            is_host: triple == host,
            triple,
        })
    }

    pub(super) fn is_windows(&self) -> bool {
        self.triple.contains("-windows")
    }

    pub(super) fn is_linux(&self) -> bool {
        self.triple.contains("-linux")
    }

    /// What a binary's name ends in.
    pub(super) fn suffix(&self) -> &'static str {
        if self.is_windows() { ".exe" } else { "" }
    }

    /// `linux-amd64`: tools that fetch RoadRunner look for `roadrunner-<version>-<os>-<arch>`.
    pub(super) fn name(&self) -> String {
        let parts: Vec<&str> = self.triple.split('-').collect();
        let os = match parts.as_slice() {
            [.., "darwin"] => "darwin",
            [.., "linux", "musl"] => "unknown-musl",
            [.., "windows", _] => "windows",
            [_, _, os, ..] => os,
            _ => self.triple.as_str(),
        };
        format!("{os}-{}", self.arch())
    }

    /// The processor, as Debian and the names of releases have it.
    pub(super) fn arch(&self) -> &str {
        match self.triple.split('-').next() {
            Some("x86_64") => "amd64",
            Some("aarch64") => "arm64",
            Some(arch) => arch,
            None => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_downloaders_look_for() {
        for (triple, name) in [
            ("x86_64-unknown-linux-gnu", "linux-amd64"),
            ("aarch64-unknown-linux-gnu", "linux-arm64"),
            ("x86_64-unknown-linux-musl", "unknown-musl-amd64"),
            ("x86_64-pc-windows-msvc", "windows-amd64"),
            ("x86_64-pc-windows-gnu", "windows-amd64"),
            ("aarch64-apple-darwin", "darwin-arm64"),
            ("x86_64-unknown-freebsd", "freebsd-amd64"),
        ] {
            let target = Target {
                triple: triple.into(),
                is_host: false,
            };
            assert_eq!(target.name(), name);
        }
    }
}
