//! How this process was started, to start its successor in the same way.

use std::{
    env,
    ffi::OsString,
    io,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::process::FROM_FILES;

/// A command line and where it was typed.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    program: PathBuf,
    /// What the program is called by whoever started it.
    name: OsString,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
}

impl Origin {
    /// That of this process, before it changes its working directory.
    pub(super) fn find() -> Self {
        let mut arguments = env::args_os();
        let name = arguments.next().unwrap_or_default();
        let folder = folder();
        Self {
            program: program(Path::new(&name), folder.as_deref()),
            name,
            arguments: arguments.collect(),
            folder,
        }
    }

    /// What is there now under the name of the program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The same again.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0(&self.name).args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let from_files = env::var(FROM_FILES).unwrap_or_default();
        for name in from_files.split(',').filter(|it| !it.is_empty()) {
            command.env_remove(name);
        }
        command.env_remove(FROM_FILES);
        command
    }
}

/// The working directory by the name that the shell has for it: a link in it, as `current` of
/// deployments, leads to the newest release then.
fn folder() -> Option<PathBuf> {
    let real = env::current_dir().ok()?;
    let named = env::var_os("PWD").map(PathBuf::from);
    let named = named.filter(|it| it.is_absolute() && is_same(it, &real).unwrap_or(false));
    Some(named.unwrap_or(real))
}

/// The path by which the program was called, links and all: what lies there at the time of the upgrade
/// is the new one. Where that path is not known, the one of the file itself.
fn program(called: &Path, folder: Option<&Path>) -> PathBuf {
    // ` (deleted)` stands behind it where the file was replaced.
    let own = Path::new("/proc/self/exe");
    let itself = env::current_exe().unwrap_or_default();
    let is_it = |path: &PathBuf| {
        let file: &Path = if own.exists() { own } else { &itself };
        is_same(path, file).unwrap_or(false)
    };
    let typed = match called.components().count() {
        0 => None,
        1 if !called.as_os_str().as_bytes().contains(&b'/') => {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path)
                .map(|it| it.join(called))
                .find(is_it)
        }
        _ => Some(folder.unwrap_or(Path::new("")).join(called)).filter(is_it),
    };
    typed.unwrap_or_else(|| without_mark(itself))
}

fn without_mark(path: PathBuf) -> PathBuf {
    let bytes = path.as_os_str().as_bytes();
    match bytes.strip_suffix(b" (deleted)") {
        Some(bytes) if !path.exists() => Path::new(std::ffi::OsStr::from_bytes(bytes)).to_owned(),
        _ => path,
    }
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (one.metadata()?, other.metadata()?);
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_as_it_was_called() {
        let itself = env::current_exe().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("rr");
        std::os::unix::fs::symlink(&itself, &link).unwrap();
        assert_eq!(program(&link, None), link);
        assert_eq!(program(Path::new("./rr"), Some(dir.path())), link);
        // A name that is another program's, or none.
        assert_eq!(program(Path::new("/bin/sh"), None), itself);
        assert_eq!(program(Path::new("sh"), None), itself);
        assert_eq!(program(Path::new(""), None), itself);
    }

    #[test]
    fn the_mark_of_a_replaced_file_is_no_part_of_its_path() {
        let replaced = PathBuf::from("/nowhere/rr (deleted)");
        assert_eq!(without_mark(replaced), Path::new("/nowhere/rr"));
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("rr (deleted)");
        std::fs::write(&odd, "").unwrap();
        assert_eq!(without_mark(odd.clone()), odd);
    }
}
