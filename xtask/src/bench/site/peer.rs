//! nginx in front of php-fpm, as Debian ships them.

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::{Context as _, Result};
use nix::unistd::{Gid, Group as UnixGroup, Uid, User};

use super::{Site, folder, free_port};
use crate::{certificate::Certificate, process::Group, repo};

/// Connections that an nginx process has room for, unless more are to come.
const ROOM: usize = 4096;

/// Starts nginx with room for so many `connections`, and php-fpm with `workers` processes where
/// there are any; nobody waits for an answer here.
pub(in crate::bench) fn start(
    workers: usize,
    connections: usize,
    certificate: Option<&Certificate>,
) -> Result<Site> {
    let (dir, path) = folder()?;
    let port = free_port()?;
    let tls = certificate.map_or(Ok(0), |_| free_port())?;
    let user = User::from_uid(Uid::effective())?.context("who runs this has no name")?;
    let group = UnixGroup::from_gid(Gid::effective())?.context("the group has no name")?;
    let root = Uid::effective().is_root();
    // Only root may, and then must, say as whom the processes run.
    let user_line = |line: String| if root { line } else { String::new() };

    let script = repo::root().join("xtask/bench/fpm.php");
    let nginx = include_str!("../../../bench/nginx.conf")
        .replace(
            "{user}",
            &user_line(format!("user {} {};", user.name, group.name)),
        )
        .replace("{script}", &script.display().to_string())
        .replace("{room}", &connections.max(ROOM).to_string())
        .replace(
            "{tls}",
            &certificate.map_or_else(String::new, |it| encrypted(tls, it)),
        )
        .replace("{port}", &port.to_string());
    let fpm = include_str!("../../../bench/php-fpm.conf")
        .replace(
            "{user}",
            &user_line(format!("user = {}\ngroup = {}", user.name, group.name)),
        )
        .replace("{workers}", &workers.to_string());
    let nginx = write(&path, "nginx.conf", &nginx)?;
    let fpm = write(&path, "php-fpm.conf", &fpm)?;

    let begun = Instant::now();
    let mut groups = Vec::new();
    let mut command = Command::new("/usr/sbin/nginx");
    command
        .args(["-e", "stderr", "-c", &nginx, "-p"])
        .arg(&path);
    groups.push(Group::spawn(&mut command, &path)?);
    if workers > 0 {
        let mut command = Command::new(php_fpm()?);
        command.args(["--nodaemonize", "--fpm-config", &fpm]);
        if root {
            command.arg("--allow-to-run-as-root");
        }
        groups.push(Group::spawn(&mut command, &path)?);
    }
    Ok(Site {
        port,
        tls,
        rpc: None,
        begun,
        groups,
        _dir: dir,
    })
}

/// What nginx needs to speak TLS, which Debian's knows no more of than 1.2 unless told.
fn encrypted(port: u16, certificate: &Certificate) -> String {
    let (cert, key) = (certificate.cert(), certificate.key());
    format!(
        "listen 127.0.0.1:{port} ssl http2 backlog=4096;\n\
         ssl_protocols TLSv1.2 TLSv1.3;\n\
         ssl_certificate {};\n\
         ssl_certificate_key {};",
        cert.display(),
        key.display(),
    )
}

/// Debian puts PHP's version into the name of the program.
pub(in crate::bench) fn php_fpm() -> Result<String> {
    let version = Command::new("php")
        .args(["-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"])
        .output()
        .context("`php` cannot be started\nhelp: apt-get install php-cli")?;
    let version = String::from_utf8(version.stdout)?;
    Ok(format!("/usr/sbin/php-fpm{version}"))
}

fn write(dir: &Path, name: &str, text: &str) -> Result<String> {
    let path = dir.join(name);
    fs::write(&path, text.replace("{dir}", &dir.display().to_string()))?;
    Ok(path.display().to_string())
}
