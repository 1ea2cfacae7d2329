//! A file below a folder, opened once: what a name means may change between two looks at it,
//! what a descriptor is cannot.

use std::{
    fs::{self, Metadata},
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwapOption;

use super::system;

/// A folder whose files may be opened, and nothing else.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Absolute, links not resolved: where `current -> releases/7` is turned over to
    /// `releases/8`, the next request finds the new release.
    path: PathBuf,
    /// What it meant when it was last looked at.
    opened: ArcSwapOption<Opened>,
}

/// A folder that is open. As long as it is, no other one has its number.
#[derive(Debug)]
struct Opened {
    folder: fs::File,
    number: Option<system::Number>,
}

/// A regular file that was opened once; everything that is said of it is said of that file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) content: fs::File,
    pub(crate) metadata: Metadata,
    /// Where it really lies below the folder, every link resolved.
    pub(crate) inside: PathBuf,
}

impl Folder {
    /// The folder at `path`; a relative one is seen from the working directory.
    ///
    /// # Errors
    /// If there is none, or it may not be looked at.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        system::folder(&path)?;
        Ok(Self {
            path,
            opened: ArcSwapOption::empty(),
        })
    }

    /// What the path means at this moment.
    fn now(&self) -> io::Result<Arc<Opened>> {
        let number = system::number(&fs::metadata(&self.path)?);
        let opened = self.opened.load_full();
        if let Some(opened) = opened.filter(|it| number.is_some() && it.number == number) {
            return Ok(opened);
        }
        let folder = system::folder(&self.path)?;
        let number = system::number(&folder.metadata()?);
        let opened = Arc::new(Opened { folder, number });
        self.opened.store(Some(Arc::clone(&opened)));
        Ok(opened)
    }

    /// Opens what `relative` means, if it is a regular file in the folder.
    ///
    /// The kernel itself refuses to leave the folder. Where there are links on the way, they may
    /// lead anywhere: where they end is asked of the system after they were followed.
    ///
    /// # Errors
    /// If there is no such file, it may not be read, or it lies elsewhere.
    pub(crate) fn open(&self, relative: &Path) -> io::Result<File> {
        let mut names = relative.components();
        if relative.as_os_str().is_empty() || !names.all(|it| matches!(it, Component::Normal(_))) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let opened = self.now()?;
        let folder = &opened.folder;
        let (content, inside) = match system::open_beneath(folder, relative)? {
            Some(content) => (content, relative.to_owned()),
            None => follow(&system::place(folder)?, relative)?,
        };
        let metadata = content.metadata()?;
        match metadata.is_file() {
            true => Ok(File {
                content,
                metadata,
                inside,
            }),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Through links; `root` is where the folder really lies.
fn follow(root: &Path, relative: &Path) -> io::Result<(fs::File, PathBuf)> {
    let found = system::look(&root.join(relative))?;
    let place = system::place(&found)?;
    match place.strip_prefix(root) {
        Ok(inside) if found.metadata()?.is_file() => {
            Ok((system::readable(&found)?, inside.to_owned()))
        }
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}
