//! The files of an application that the binary is to carry.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{diagnostic::Diagnostic, manifest::Manifest, source::Place};

/// Files that a server carries.
#[derive(Debug)]
pub struct Embedded {
    /// Their folder, absolute.
    pub folder: PathBuf,
    /// In the order of their names.
    pub files: Vec<File>,
    /// Where the manifest asks for it.
    pub place: Place,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its name within the folder, with `/` between its parts.
    pub name: String,
    /// Whether it is a program.
    pub executable: bool,
}

/// Finds the files that `embed` of the manifest names, if it does.
pub(crate) fn find(manifest: &Manifest) -> Result<Option<Embedded>, Diagnostic> {
    let Some(embed) = &manifest.embed else {
        return Ok(None);
    };
    let place = manifest.place(embed.path.span());
    let folder = manifest.folder().join(embed.path.get_ref());
    let shown = folder.display().to_string();
    if !folder.is_dir() {
        let help = "`embed` names the folder of the application, as seen from the manifest";
        let message = format!("there is no folder `{shown}`");
        return Err(Diagnostic::new(message).at(place).help(help));
    }
    let folder = folder.canonicalize().unwrap_or(folder);
    let mut left_out = Vec::new();
    for name in &embed.exclude {
        let path = folder.join(name.get_ref());
        if !path.exists() {
            let message = format!("there is no `{}` in `{shown}`", name.get_ref());
            let help = "`exclude` names files and folders within the embedded one";
            let place = manifest.place(name.span());
            return Err(Diagnostic::new(message).at(place).help(help));
        }
        left_out.push(path);
    }
    let mut search = Search {
        root: &folder,
        left_out: &left_out,
        files: Vec::new(),
    };
    search.folder(&folder).map_err(|(path, reason)| {
        let message = format!("cannot embed `{}`: {reason}", path.display());
        Diagnostic::new(message)
            .at(place.clone())
            .help("mend it, or leave it out with `exclude`")
    })?;
    let mut files = search.files;
    if files.is_empty() {
        let message = format!("there is no file in `{shown}`");
        return Err(Diagnostic::new(message).at(place));
    }
    files.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(Some(Embedded {
        folder,
        files,
        place,
    }))
}

struct Search<'a> {
    root: &'a Path,
    left_out: &'a [PathBuf],
    files: Vec<File>,
}

impl Search<'_> {
    /// Fails with the path in hand and the reason.
    fn folder(&mut self, folder: &Path) -> Result<(), (PathBuf, String)> {
        let failed = |path: &Path, error: &io::Error| (path.to_owned(), error.to_string());
        let entries = fs::read_dir(folder).map_err(|it| failed(folder, &it))?;
        for entry in entries {
            let path = entry.map_err(|it| failed(folder, &it))?.path();
            // What belongs to git is no part of an application.
            let is_git = path
                .file_name()
                .is_some_and(|it| it.to_string_lossy().starts_with(".git"));
            if is_git || self.left_out.contains(&path) {
                continue;
            }
            // A link to a file is that file; one to a folder could lead anywhere, and round.
            let is_link = path.is_symlink();
            let metadata = fs::metadata(&path).map_err(|it| failed(&path, &it))?;
            if metadata.is_dir() && is_link {
                return Err((path, "it is a link to a folder".to_owned()));
            }
            if metadata.is_dir() {
                self.folder(&path)?;
            } else if metadata.is_file() {
                let name = self.name(&path)?;
                let executable = executable(&metadata);
                self.files.push(File { name, executable });
            } else {
                return Err((path, "it is neither a file nor a folder".to_owned()));
            }
        }
        Ok(())
    }

    fn name(&self, path: &Path) -> Result<String, (PathBuf, String)> {
        let parts = path.strip_prefix(self.root).unwrap_or(path).components();
        let parts: Option<Vec<&str>> = parts.map(|it| it.as_os_str().to_str()).collect();
        match parts {
            Some(parts) => Ok(parts.join("/")),
            None => Err((path.to_owned(), "its name is not UTF-8".to_owned())),
        }
    }
}

#[cfg(unix)]
fn executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> bool {
    false
}
