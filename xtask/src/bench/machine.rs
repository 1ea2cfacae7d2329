//! What the figures were measured on.

use std::{fs, path::Path, process::Command};

use anyhow::Result;
use serde::Serialize;

use super::site;

/// Facts without which a figure says nothing.
#[derive(Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    memory_gib: u64,
    kernel: String,
    php: String,
    php_fpm: String,
    nginx: String,
    wrk: String,
    /// What was measured, and how it came to be as far as that is known.
    rr: String,
}

impl Machine {
    /// Looks around; a tool that is missing leaves its line empty. Where a `binary` was given, its sources are
    /// nobody's guess.
    pub(super) fn look(binary: Option<&Path>) -> Result<Self> {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = value(&meminfo, "MemTotal")
            .trim_end_matches(" kB")
            .parse::<u64>();
        Ok(Self {
            cpu: value(&cpuinfo, "model name").to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: kib.unwrap_or_default().div_ceil(1 << 20),
            kernel: first_line("uname", &["-sr"]),
            php: first_line("php", &["--version"]),
            php_fpm: first_line(&site::php_fpm()?, &["--version"]),
            nginx: first_line("/usr/sbin/nginx", &["-v"]),
            wrk: first_line("wrk", &["--version"]),
            rr: match binary {
                Some(binary) => format!("the binary {}", binary.display()),
                None => {
                    let commit = first_line("git", &["describe", "--always", "--dirty"]);
                    format!("{commit}, {}", first_line("rustc", &["--version"]))
                }
            },
        })
    }

    /// As lines of a list.
    pub(super) fn markdown(&self) -> String {
        let rows = [
            (
                "machine",
                format!(
                    "{}, {} cores, {} GiB",
                    self.cpu, self.cores, self.memory_gib
                ),
            ),
            ("kernel", self.kernel.clone()),
            ("php", self.php.clone()),
            ("php-fpm", self.php_fpm.clone()),
            ("nginx", self.nginx.clone()),
            ("wrk", self.wrk.clone()),
            ("rr", self.rr.clone()),
        ];
        let lines = rows.map(|(name, text)| format!("- {name}: {text}\n"));
        lines.concat()
    }
}

fn value<'a>(text: &'a str, key: &str) -> &'a str {
    let line = text.lines().find(|it| it.starts_with(key));
    let value = line.and_then(|it| it.split_once(':'));
    value.map_or("", |(_, value)| value.trim())
}

/// nginx tells its version where others complain; copyright and build notes in brackets are left out.
fn first_line(program: &str, args: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(args).output() else {
        return String::new();
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().next().unwrap_or_default();
    let end = line.find(['(', '[']).unwrap_or(line.len());
    line[..end]
        .trim()
        .trim_start_matches("nginx version: ")
        .to_owned()
}
