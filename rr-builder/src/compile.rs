//! Runs cargo over the generated crate and follows its messages: to a binary, or to what is wrong.

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Message, Metadata, PackageId, diagnostic::DiagnosticLevel};

use crate::{
    advice::advice,
    cargo::{
        Cargo, CargoError, complaint,
        heard::{Heard, compiling, listen},
    },
    diagnostic::Diagnostic,
    generate::source_map,
    manifest::Profile,
    progress::Progress,
    resolve::Plan,
    rustc,
    stock::{PACKAGES, Stock},
};

/// So many mistakes in the crates are shown, unless all are asked for.
const SHOWN: usize = 3;

/// A crate to compile.
#[derive(Debug)]
pub struct Job<'a> {
    /// The server it is the crate of.
    pub plan: &'a Plan,
    /// Rr's own crates.
    pub stock: &'a Stock,
    /// Its folder.
    pub folder: &'a Path,
    /// Its `main.rs`.
    pub main: &'a str,
    /// Where cargo puts what it compiles.
    pub target: &'a Path,
    /// What the compiler aims at.
    pub profile: Profile,
    /// Whether the lock file must stay as it is.
    pub locked: bool,
    /// Whether the compiler's own messages are to have colours.
    pub colour: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Compiled {
    /// The binary, in cargo's own folder.
    pub binary: PathBuf,
    /// The compiler's warnings on the crates of the project, as it renders them.
    pub warnings: Vec<String>,
}

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Cargo cannot be run, or failed without a word of the compiler.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The folder of compiled crates cannot be used.
    #[error("cannot use the target folder `{path}`: {source}")]
    Target {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The compiler refused the server or one of its crates.
    #[error("{}", .0.render(false, true))]
    Refused(Refused),
}

/// What the compiler refused.
#[derive(Debug, Default)]
pub struct Refused {
    /// What it has against lines of the manifest.
    pub lines: Vec<Diagnostic>,
    /// What it has against the code of the crates, as it renders it.
    pub crates: Vec<String>,
}

impl Refused {
    /// What concerns the manifest last, where it is seen; with colours if `colour`. Of the mistakes
    /// in the crates the first few, which are often the cause of the others; all if `all`.
    pub fn render(&self, colour: bool, all: bool) -> String {
        let shown = if all { self.crates.len() } else { SHOWN };
        let mut texts: Vec<String> = self.crates.iter().take(shown).cloned().collect();
        if let Some(hidden) = self.crates.len().checked_sub(shown).filter(|it| *it > 0) {
            texts.push(format!(
                "and {hidden} more in the crates: `--verbose` shows all"
            ));
        }
        texts.extend(self.lines.iter().map(|it| it.render(colour)));
        let said = texts.join("\n\n");
        match advice(&said) {
            Some(advice) => format!("{said}\n\nhelp: {advice}"),
            None => said,
        }
    }
}

/// Compiles `job`.
pub fn compile(
    job: &Job<'_>,
    cargo: &Cargo,
    progress: &mut Progress,
) -> Result<Compiled, CompileError> {
    progress.step("looking for the crates it is made of");
    let target = job.plan.target.as_deref();
    let metadata = cargo.metadata(job.folder, target, job.locked)?;
    let needed = needed(&metadata);
    progress.begin(needed.len());
    let compiled = run(job, cargo, &needed, progress);
    progress.end();
    compiled
}

/// Waits until no other build uses the folder `target`, and keeps it until the file is dropped:
/// cargo would put two servers of one name at one place.
pub(crate) fn alone_in(target: &Path, progress: &Progress) -> Result<File, CompileError> {
    let lock = || {
        fs::create_dir_all(target)?;
        let file = File::create(target.join(".rr-builder.lock"))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            progress.step("waiting for another build to end");
            file.lock()?;
        }
        Ok(file)
    };
    lock().map_err(|source| CompileError::Target {
        path: target.to_owned(),
        source,
    })
}

/// The packages that go into the binary.
fn needed(metadata: &Metadata) -> HashSet<PackageId> {
    let Some(resolve) = &metadata.resolve else {
        return HashSet::new();
    };
    let mut found = HashSet::new();
    let mut next: Vec<&PackageId> = resolve.root.iter().collect();
    while let Some(id) = next.pop() {
        if !found.insert(id.clone()) {
            continue;
        }
        let node = resolve.nodes.iter().find(|it| it.id == *id);
        let needed = node.iter().flat_map(|it| &it.deps).filter(|it| {
            let mut kinds = it.dep_kinds.iter();
            kinds.any(|it| it.kind != DependencyKind::Development)
        });
        next.extend(needed.map(|it| &it.pkg));
    }
    found
}

fn run(
    job: &Job<'_>,
    cargo: &Cargo,
    needed: &HashSet<PackageId>,
    progress: &mut Progress,
) -> Result<Compiled, CompileError> {
    let failed = |text: String| CompileError::Cargo(CargoError::Failed(text));
    let mut command = cargo.command(job.folder);
    command.env("CARGO_TARGET_DIR", job.target);
    // Cargo forgets settings before its command's name if there are others behind it.
    for own in &job.plan.patched {
        // Stronger than a patch in the settings of the project, which may be out of date.
        let path = toml::Value::from(job.stock.folder(own).to_string_lossy().into_owned());
        command.arg(format!("--config=patch.crates-io.{own}.path={path}"));
    }
    command.arg("build");
    let format = match job.colour {
        true => "json-diagnostic-rendered-ansi",
        false => "json",
    };
    command.args(["--message-format", format]);
    command.args(["--profile", job.profile.cargo()]);
    if let Some(target) = &job.plan.target {
        command.args(["--target", target]);
    }
    if job.locked {
        command.arg("--locked");
    }
    let mut child = command
        .spawn()
        .map_err(|error| failed(format!("it cannot be run: {error}")))?;
    let mut stderr = String::new();
    let mut messages = Messages::new(job);
    for heard in listen(&mut child) {
        match heard {
            Heard::Line(text) => {
                if let Some(name) = compiling(&text) {
                    progress.compiling(name);
                }
                stderr += &text;
            }
            Heard::Message(message) => {
                let message =
                    (*message).map_err(|error| failed(format!("its output broke off: {error}")))?;
                let fresh = match &message {
                    Message::CompilerArtifact(artifact) => Some(artifact.fresh),
                    _ => None,
                };
                messages.take(message);
                if let Some(fresh) = fresh {
                    let compiled = messages.compiled.intersection(needed);
                    progress.done(compiled.count(), fresh);
                }
            }
        }
    }
    let status = child.wait();
    let status = status.map_err(|error| failed(error.to_string()))?;

    let refused = messages.refused;
    if !refused.lines.is_empty() || !refused.crates.is_empty() {
        return Err(CompileError::Refused(refused));
    }
    match messages.binary {
        Some(binary) if status.success() => Ok(Compiled {
            binary,
            warnings: messages.warnings,
        }),
        _ => Err(failed(match complaint(&stderr) {
            silent if silent.is_empty() => format!("it ended without a word ({status})"),
            complaint => complaint,
        })),
    }
}

/// What the messages came to so far.
struct Messages<'a> {
    job: &'a Job<'a>,
    compiled: HashSet<PackageId>,
    refused: Refused,
    warnings: Vec<String>,
    binary: Option<PathBuf>,
}

impl<'a> Messages<'a> {
    fn new(job: &'a Job<'a>) -> Self {
        Self {
            job,
            compiled: HashSet::new(),
            refused: Refused::default(),
            warnings: Vec::new(),
            binary: None,
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::CompilerArtifact(artifact) => {
                self.compiled.insert(artifact.package_id);
                if let Some(binary) = artifact.executable {
                    self.binary = Some(binary.into());
                }
            }
            Message::CompilerMessage(message) => self.complain(&message),
            _ => {}
        }
    }

    fn complain(&mut self, said: &cargo_metadata::CompilerMessage) {
        let own = said.target.src_path.starts_with(self.job.folder);
        match said.message.level {
            DiagnosticLevel::Error | DiagnosticLevel::Ice => {
                let map = source_map(self.job.plan, self.job.main);
                let line = own.then(|| rustc::in_manifest(&said.message, &map));
                match line.flatten() {
                    Some(line) => self.refused.lines.push(line),
                    // That compiling is over is said by ourselves.
                    None if said.message.message.starts_with("aborting due to") => {}
                    None => self.refused.crates.push(rustc::in_crate(said)),
                }
            }
            DiagnosticLevel::Warning if !own && self.is_of_project(said) => {
                self.warnings.push(rustc::in_crate(said));
            }
            _ => {}
        }
    }

    fn is_of_project(&self, said: &cargo_metadata::CompilerMessage) -> bool {
        let mut stock = PACKAGES.iter().map(|it| self.job.stock.folder(it));
        !stock.any(|it| said.target.src_path.starts_with(it))
    }
}
