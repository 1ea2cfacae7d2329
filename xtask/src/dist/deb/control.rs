//! What Debian is told of the package: `control` and `changelog.Debian`, as deb-control(5) and
//! deb-changelog(5) have them.

use anyhow::Result;
use time::format_description::well_known::Rfc2822;

use super::Deb;
use crate::{dist::commit::Commit, repo};

/// The package.
pub(super) const NAME: &str = "rr-server";

/// `0.1.0-1`. What precedes a release sorts before it: `1.0.0-rc.1` is `1.0.0~rc.1-1`.
pub(super) fn version(of_release: &str, revision: u32) -> String {
    format!("{}-{revision}", of_release.replace('-', "~"))
}

/// `libraries` as dpkg-shlibdeps has them, `size` in bytes.
pub(super) fn file(deb: &Deb<'_>, version: &str, libraries: &str, size: usize) -> String {
    let (arch, maintainer) = (deb.target.arch(), &deb.commit.committer);
    let size = size.div_ceil(1024);
    format!(
        "Package: {NAME}
Version: {version}
Architecture: {arch}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {libraries}
Recommends: php-cli
Conflicts: roadrunner, rr
Section: web
Priority: optional
Description: PHP application server
 rr keeps PHP processes booted and feeds them HTTP requests over pipes or
 sockets. It is an HTTP server, a load balancer, a process manager and an RPC
 bus in one program, reads the configuration of RoadRunner and runs its PHP
 packages.
 .
 The package has a systemd unit for each application: rr@shop serves what lies
 in /srv/shop.
"
    )
}

/// One entry: the release. What is new in it stands in the changelog of rr itself.
pub(super) fn changelog(version: &str, commit: &Commit) -> Result<String> {
    let date = commit.time.format(&Rfc2822)?;
    let Commit { committer, .. } = commit;
    Ok(format!(
        "{NAME} ({version}) stable; urgency=medium

  * Release {}; see changelog.gz.

 -- {committer}  {date}
",
        repo::version()
    ))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_precedes_a_release_sorts_before_it() {
        assert_eq!(version("1.2.3", 1), "1.2.3-1");
        assert_eq!(version("1.2.3-rc.1", 2), "1.2.3~rc.1-2");
    }

    #[test]
    fn a_changelog_is_as_debian_reads_it() {
        let commit = Commit {
            time: datetime!(2026-01-02 03:04:05 UTC),
            committer: "Some Body <somebody@example.org>".into(),
        };
        let text = changelog("9.9.9-1", &commit).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        assert_eq!(first, "rr-server (9.9.9-1) stable; urgency=medium");
        let last = "\n\n -- Some Body <somebody@example.org>  Fri, 02 Jan 2026 03:04:05 +0000\n";
        assert!(rest.ends_with(last), "{rest}");
    }
}
