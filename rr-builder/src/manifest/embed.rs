//! `embed` and `config`: what of the project goes into the binary.

use std::path::PathBuf;

use toml::{Spanned, de::DeValue};

use super::table::{Noted, TableReader};

/// The keys of `embed` in its long form.
const KEYS: [&str; 2] = ["path", "exclude"];

/// Files of the project that the binary carries.
#[derive(Debug)]
pub struct Embed {
    /// Their folder, relative to the manifest's.
    pub path: Spanned<PathBuf>,
    /// Files and folders in it that are left out, relative to it.
    pub exclude: Vec<Spanned<String>>,
}

/// Reads `embed`.
pub(super) fn embed(reader: &mut TableReader<'_>) -> Result<Option<Embed>, Noted> {
    let Some(value) = reader.value("embed") else {
        return Ok(None);
    };
    let (span, DeValue::Table(table)) = (value.span(), value.get_ref()) else {
        let path = file(reader, "embed")?;
        return Ok(path.map(|path| Embed {
            path,
            exclude: Vec::new(),
        }));
    };
    let mut inner = reader.within("`embed`", span, table);
    inner.only(&KEYS);
    let exclude = inner.strings("exclude");
    let help = "name the folder of the application: `path = \"app\"`";
    let path = inner.required_string("path", help);
    reader.absorb(inner.into_mistakes());
    let path = path?;
    Ok(Some(Embed {
        path: Spanned::new(path.span(), path.into_inner().into()),
        exclude,
    }))
}

/// Reads the name of a file or folder at `key`.
pub(super) fn file(
    reader: &mut TableReader<'_>,
    key: &str,
) -> Result<Option<Spanned<PathBuf>>, Noted> {
    let text = reader.string(key)?;
    Ok(text.map(|it| Spanned::new(it.span(), it.into_inner().into())))
}
