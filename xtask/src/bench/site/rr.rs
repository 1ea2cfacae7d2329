//! The stock `rr`, as released.

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::Result;

use super::{PUBLIC, Site, folder, free_port};
use crate::{bench::rpc::Place, certificate::Certificate, process::Group, repo};

/// How to set it up.
pub(in crate::bench) struct Options<'a> {
    pub(in crate::bench) binary: &'a Path,
    pub(in crate::bench) workers: Workers,
    pub(in crate::bench) count: usize,
    /// `server.placement`.
    pub(in crate::bench) placement: &'a str,
    /// Whether they are forked.
    pub(in crate::bench) zygote: bool,
    /// Whether the middleware for static files stands before PHP.
    pub(in crate::bench) static_files: bool,
    /// Whether RPC is answered on a unix socket.
    pub(in crate::bench) unix_rpc: bool,
    /// What TLS is spoken with, if at all.
    pub(in crate::bench) certificate: Option<&'a Certificate>,
}

impl<'a> Options<'a> {
    /// One worker, and nothing that is not asked for.
    pub(in crate::bench) fn new(binary: &'a Path, workers: Workers) -> Self {
        Self {
            binary,
            workers,
            count: 1,
            placement: "auto",
            zygote: false,
            static_files: false,
            unix_rpc: false,
            certificate: None,
        }
    }
}

/// Who answers behind the server.
#[derive(Clone, Copy)]
pub(in crate::bench) enum Workers {
    /// A script of `xtask/bench/`.
    Php(&'static str),
    /// The native worker, which is up at once.
    Native,
}

impl Workers {
    /// The command line of one worker.
    pub(in crate::bench) fn command(self) -> Result<Vec<String>> {
        match self {
            Self::Php(script) => {
                let script = repo::root().join("xtask/bench").join(script);
                let opcache = ["-d", "opcache.enable_cli=1"].map(String::from);
                let php = ["php".to_owned()].into_iter().chain(opcache);
                Ok(php.chain([script.display().to_string()]).collect())
            }
            Self::Native => {
                let exe = std::env::current_exe()?;
                Ok(vec![exe.display().to_string(), "worker".into()])
            }
        }
    }
}

/// Starts it; nobody waits for an answer here.
pub(in crate::bench) fn start(options: &Options<'_>) -> Result<Site> {
    let (dir, path) = folder()?;
    let port = free_port()?;
    let rpc = match options.unix_rpc {
        true => Place::Unix(path.join("rpc.sock")),
        false => Place::Tcp(free_port()?),
    };
    let tls = options.certificate.map_or(Ok(0), |_| free_port())?;
    let config = path.join(".rr.yaml");
    fs::write(&config, yaml(options, [port, tls], &rpc, &path)?)?;
    let begun = Instant::now();
    let mut command = Command::new(options.binary);
    command
        .current_dir(&path)
        .arg("serve")
        .arg("-c")
        .arg(config);
    Ok(Site {
        port,
        tls,
        rpc: Some(rpc),
        begun,
        groups: vec![Group::spawn(&mut command, &path)?],
        _dir: dir,
    })
}

fn yaml(options: &Options<'_>, ports: [u16; 2], rpc: &Place, dir: &Path) -> Result<String> {
    let ([port, tls], rpc) = (ports, rpc.dsn());
    let command = serde_json::to_string(&options.workers.command()?)?;
    let (count, placement, zygote) = (options.count, options.placement, options.zygote);
    let mut yaml = format!(
        "version: \"3\"\n\
         server:\n  command: {command}\n  placement: {placement}\n  zygote: {zygote}\n\
         rpc:\n  listen: {rpc}\n\
         logs:\n  level: error\n\
         http:\n  address: 127.0.0.1:{port}\n  pool:\n    num_workers: {count}\n"
    );
    if let Some(certificate) = options.certificate {
        let cert = serde_json::to_string(&certificate.cert())?;
        let key = serde_json::to_string(&certificate.key())?;
        yaml += &format!("  ssl: {{address: \"127.0.0.1:{tls}\", cert: {cert}, key: {key}}}\n");
    }
    if options.static_files {
        let dir = serde_json::to_string(&dir.join(PUBLIC))?;
        yaml += &format!("  middleware: [\"static\"]\n  static:\n    dir: {dir}\n");
    }
    Ok(yaml)
}
