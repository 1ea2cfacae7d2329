//! A text that messages point into: the manifest, or the `Cargo.toml` of a crate it names.

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file that was read, under the path by which the user knows it.
#[derive(Debug)]
pub struct Source {
    /// The path as it is shown in messages.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// A stretch of bytes in a [`Source`].
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Byte offsets into its text.
    pub span: Range<usize>,
}

impl Source {
    /// Reads `path`; what is no UTF-8 is an error of kind `InvalidData`.
    pub fn read(path: &Path) -> io::Result<Arc<Self>> {
        let text = std::fs::read_to_string(path)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            text,
        }))
    }

    /// The file's own name, as the generated lines cite it: `manifest.toml`.
    pub fn file_name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

impl Place {
    /// The line the stretch begins on, counted from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    fn before(&self) -> &str {
        &self.source.text[..self.span.start]
    }
}
