//! Files that are packed: paths, contents and whether they can be run. Sorted, without times or owners.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// What an archive or a package holds.
#[derive(Default)]
pub(super) struct Tree(BTreeMap<String, File>);

/// One file of it.
pub(super) struct File {
    pub(super) mode: u32,
    pub(super) content: Vec<u8>,
}

impl Tree {
    pub(super) fn add(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.put(path.into(), 0o644, content.into());
    }

    /// A file that can be run.
    pub(super) fn add_program(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.put(path.into(), 0o755, content.into());
    }

    fn put(&mut self, path: String, mode: u32, content: Vec<u8>) {
        self.0.insert(path, File { mode, content });
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Bytes of all files.
    pub(super) fn size(&self) -> usize {
        self.0.values().map(|it| it.content.len()).sum()
    }

    /// Writes everything below `folder`, with folders that everybody may read, whatever the umask.
    ///
    /// # Errors
    /// When a file or a folder cannot be written.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        permit(folder, 0o755)?;
        for (name, file) in self.files() {
            let path = folder.join(name);
            let mut parent = folder.to_owned();
            for part in Path::new(name).parent().into_iter().flatten() {
                parent.push(part);
                fs::create_dir_all(&parent)?;
                permit(&parent, 0o755)?;
            }
            fs::write(&path, &file.content)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            permit(&path, file.mode)?;
        }
        Ok(())
    }
}

/// # Errors
/// With the path, where there is no such file.
pub(super) fn read(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let path = path.as_ref();
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Every file below `folder`.
pub(super) fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(walk(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(unix)]
fn permit(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

/// Windows knows programs by their names.
#[cfg(not(unix))]
fn permit(_path: &Path, _mode: u32) -> Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_has_the_modes_it_was_given() {
        let mut tree = Tree::default();
        tree.add("usr/share/doc/words", "words");
        tree.add_program("usr/bin/rr", "program");
        let folder = tempfile::tempdir().unwrap(); // which only its owner may read
        tree.write(folder.path()).unwrap();
        let mode = |path: &str| {
            let metadata = fs::metadata(folder.path().join(path)).unwrap();
            metadata.permissions().mode() & 0o7777
        };
        assert_eq!(mode(""), 0o755);
        assert_eq!(mode("usr/share/doc"), 0o755);
        assert_eq!(mode("usr/share/doc/words"), 0o644);
        assert_eq!(mode("usr/bin/rr"), 0o755);
        assert_eq!(tree.size(), 12);
        let found = walk(folder.path()).unwrap();
        let expected = ["usr/bin/rr", "usr/share/doc/words"];
        assert_eq!(found, expected.map(|it| folder.path().join(it)));
    }
}
