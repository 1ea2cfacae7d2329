//! A server in front of rr, and its own record of what it passed on.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use nix::unistd::Uid;

use crate::{
    conformance::site::{Site, free_port},
    interrupt::Interrupt,
    process::Group,
};

/// Which server stands in front.
#[derive(Clone, Copy, Debug)]
pub(in crate::conformance) enum Kind {
    Nginx,
    Haproxy,
}

/// A running front. Dropping it stops it.
pub(super) struct Front {
    pub(super) port: u16,
    kind: Kind,
    server: Group,
    dir: PathBuf,
    /// How many lines of its record were read.
    read: usize,
}

/// A request as the front passed it on.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) id: String,
    /// What rr answered; 0 is nothing.
    pub(super) status: u16,
    pub(super) path: String,
}

impl Kind {
    pub(in crate::conformance) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
        }
    }

    pub(super) fn is_installed(self) -> bool {
        Path::new(self.program()).exists()
    }

    /// How to get it.
    pub(super) fn help(self) -> String {
        let package = match self {
            Self::Nginx => "nginx-light",
            Self::Haproxy => "haproxy",
        };
        let program = self.program();
        format!("`{program}` is missing\nhelp: apt-get install {package}")
    }

    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "/usr/sbin/nginx",
            Self::Haproxy => "/usr/sbin/haproxy",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Self::Nginx => include_str!("../../../conformance/fronts/nginx.conf"),
            Self::Haproxy => include_str!("../../../conformance/fronts/haproxy.cfg"),
        }
    }
}

impl Front {
    /// Starts one before `site`, and waits until it listens.
    pub(super) fn start(kind: Kind, site: &Site, interrupt: &Interrupt) -> Result<Self> {
        let (port, dir) = (free_port()?, site.dir().to_owned());
        // Workers of nginx would not get into our folder as another user.
        let user = if Uid::effective().is_root() {
            "user root;"
        } else {
            ""
        };
        let text = kind
            .config()
            .replace("{user}", user)
            .replace("{port}", &port.to_string())
            .replace("{rr}", &site.port.to_string())
            .replace("{dir}", &dir.display().to_string());
        let config = dir.join(format!("{}.conf", kind.name()));
        fs::write(&config, text)?;
        let mut command = Command::new(kind.program());
        match kind {
            Kind::Nginx => command.args(["-e", "stderr", "-p"]).arg(&dir).arg("-c"),
            Kind::Haproxy => command.arg("-f"),
        };
        command.arg(config);
        let mut server = Group::spawn(&mut command, &dir)?;
        let (limit, pause) = (Duration::from_secs(10), Duration::from_millis(5));
        interrupt.wait("the front's start", limit, pause, || {
            server.ensure_running()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).ok())
        })?;
        Ok(Self {
            port,
            kind,
            server,
            dir,
            read: 0,
        })
    }

    /// What it has passed on since this was asked last.
    pub(super) fn passed(&mut self) -> Result<Vec<Passed>> {
        self.server.ensure_running()?;
        let text = match self.kind {
            Kind::Nginx => fs::read_to_string(self.dir.join("front.log"))?,
            Kind::Haproxy => self.server.output(),
        };
        let lines: Vec<_> = text
            .lines()
            .filter_map(|it| it.strip_prefix("front "))
            .collect();
        let news = lines.iter().skip(self.read);
        let news = news.map(|it| passed(it).with_context(|| format!("its record reads `{it}`")));
        let news = news.collect::<Result<Vec<_>>>()?;
        self.read = lines.len();
        Ok(news)
    }
}

/// `id status path`; a dash is no status.
fn passed(line: &str) -> Option<Passed> {
    let (id, rest) = line.split_once(' ')?;
    let (status, path) = rest.split_once(' ')?;
    Some(Passed {
        id: id.into(),
        // Several tries of one request are a list; the last is what the client got.
        status: status.rsplit(", ").next()?.parse().unwrap_or(0),
        path: path.into(),
    })
}
