//! Is everything there that a build and a server need?

mod ports;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    advice::advice,
    cargo::{Cargo, complaint},
    stock::{self, Stock},
    write,
};

/// The oldest PHP that the client of rr runs on, if its composer.json does not say.
const OLDEST_PHP: &str = "8.1";

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was looked for.
    pub what: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What to do, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What is looked at besides the tools.
#[derive(Debug)]
pub struct Patient<'a> {
    /// Rr's own crates.
    pub stock: &'a Stock,
    /// The platform to compile for, if not this one.
    pub target: Option<&'a str>,
    /// Where things are kept between builds.
    pub cache: &'a Path,
    /// A configuration whose addresses must be free.
    pub config: Option<&'a Path>,
}

/// Looks at everything, in the order in which a build needs it.
pub fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![
        toolchain(patient.stock),
        linker(patient.target, patient.cache),
        cache(patient.cache),
        php(),
    ];
    findings.extend(extensions());
    findings.extend(patient.config.into_iter().flat_map(ports::examine));
    findings
}

impl Finding {
    fn good(what: &str, found: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            ok: true,
            found: found.into(),
            help: None,
        }
    }

    fn bad(what: &str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            ok: false,
            help: Some(help.into()),
            ..Self::good(what, found)
        }
    }
}

fn toolchain(stock: &Stock) -> Finding {
    const WHAT: &str = "toolchain";
    match Cargo::find(stock.rust_version.as_ref()) {
        Ok(cargo) => Finding::good(WHAT, format!("cargo {} for {}", cargo.version, cargo.host)),
        Err(error) => {
            let text = error.to_string();
            let (found, help) = text.split_once("\nhelp: ").unwrap_or((&text, ""));
            Finding::bad(WHAT, found, help)
        }
    }
}

/// Compiles and links the smallest of programs: nothing else proves that it can be done.
fn linker(target: Option<&str>, cache: &Path) -> Finding {
    const WHAT: &str = "linker";
    let program = write::beside(&cache.join("doctor"));
    let compiled = link(target, &program);
    fs::remove_file(&program).ok();
    match compiled {
        Ok(()) => Finding::good(
            WHAT,
            format!("links for {}", target.unwrap_or("this machine")),
        ),
        Err(said) => {
            let first = said.lines().next().unwrap_or_default().to_owned();
            let help = advice(&said).unwrap_or_else(|| {
                "install a C compiler, as by `apt-get install gcc libc6-dev`".to_owned()
            });
            Finding::bad(WHAT, first, help)
        }
    }
}

fn link(target: Option<&str>, program: &Path) -> Result<(), String> {
    if let Some(folder) = program.parent() {
        fs::create_dir_all(folder).map_err(|it| it.to_string())?;
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--crate-type", "bin", "--crate-name", "doctor", "-o"]);
    command.arg(program);
    if let Some(target) = target {
        command.args(["--target", target]);
    }
    let child = command
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|it| format!("`rustc` cannot be run: {it}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it says why.
        stdin.write_all(b"fn main() {}").ok();
    }
    let output = child.wait_with_output().map_err(|it| it.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(complaint(&String::from_utf8_lossy(&output.stderr))),
    }
}

fn cache(cache: &Path) -> Finding {
    const WHAT: &str = "cache";
    let shown = cache.display().to_string();
    let probe = write::beside(&cache.join("doctor"));
    let written = write::if_changed(&probe, "");
    fs::remove_file(&probe).ok();
    match written {
        Ok(_) => Finding::good(WHAT, shown),
        Err(error) => {
            let help = "name another folder in `RR_BUILDER_CACHE`";
            Finding::bad(WHAT, format!("cannot write to `{shown}`: {error}"), help)
        }
    }
}

fn php() -> Finding {
    const WHAT: &str = "php";
    let requirements = requirements();
    let needed = requirements
        .iter()
        .find(|(name, _)| name == "php")
        .map_or(OLDEST_PHP, |(_, it)| {
            it.trim_start_matches(['>', '=', '^', '~', ' '])
        });
    let help = format!("install PHP {needed} or newer, as by `apt-get install php-cli`");
    let Some(version) = ask_php("echo PHP_VERSION;") else {
        return Finding::bad(WHAT, "there is no `php` in the path", help);
    };
    let parts = |text: &str| -> Vec<u32> {
        text.split('.')
            .map_while(|it| it.parse().ok())
            .take(2)
            .collect()
    };
    match parts(&version) >= parts(needed) {
        true => Finding::good(WHAT, format!("PHP {version}")),
        false => Finding::bad(WHAT, format!("PHP {version} is too old"), help),
    }
}

/// Those that the PHP client of rr requires.
fn extensions() -> Vec<Finding> {
    let Some(loaded) = ask_php("echo implode(' ', get_loaded_extensions());") else {
        return Vec::new();
    };
    let loaded = loaded.to_lowercase();
    let loaded: Vec<&str> = loaded.split_whitespace().collect();
    let requirements = requirements();
    let needed = requirements
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("ext-"));
    let findings = needed.map(|name| {
        let what = format!("extension {name}");
        match loaded.contains(&name) {
            true => Finding::good(&what, "loaded"),
            false => {
                let help = format!("install it, as by `apt-get install php-{name}`");
                Finding::bad(&what, "not loaded by `php`", help)
            }
        }
    });
    findings.collect()
}

/// What the composer.json of the PHP client requires: names and versions.
fn requirements() -> Vec<(String, String)> {
    let mut files = stock::php_client();
    let composer = files.find(|(name, _)| *name == Path::new("composer.json"));
    let composer = composer.and_then(|(_, bytes)| serde_json::from_slice::<Value>(bytes).ok());
    let required = composer.and_then(|it| it.get("require")?.as_object().cloned());
    let required = required.into_iter().flatten();
    required
        .filter_map(|(name, version)| Some((name, version.as_str()?.to_owned())))
        .collect()
}

/// What `php` prints when it runs `code`; `None` if it does not.
fn ask_php(code: &str) -> Option<String> {
    let output = Command::new("php")
        .args(["-r", code])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
