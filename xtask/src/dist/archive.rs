//! Archives: one folder of the archive's name. The same files and time give the same bytes anywhere.

use std::io::{Cursor, Write as _};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};
use time::OffsetDateTime;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::tree::Tree;

/// A `.tar.gz` in which everything is in `folder`, of root's, and of `time`.
pub(super) fn tar_gz(folder: &str, tree: &Tree, time: OffsetDateTime) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, file) in tree.files() {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(file.mode);
        header.set_size(file.content.len() as u64);
        header.set_mtime(time.unix_timestamp().try_into()?);
        header.set_uid(0);
        header.set_gid(0);
        let path = format!("{folder}/{path}");
        archive.append_data(&mut header, path, file.content.as_slice())?;
    }
    gzip(&archive.into_inner()?)
}

/// Compressed as well as it can be, without name or time, as Debian wants it.
pub(super) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    // The system that compressed is 3, Unix, whatever it was.
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(3)
        .write(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// A `.zip` of the same kind, for Windows.
pub(super) fn zip(folder: &str, tree: &Tree, time: OffsetDateTime) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(parts(time)?);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, file) in tree.files() {
        archive.start_file(
            format!("{folder}/{path}"),
            options.unix_permissions(file.mode),
        )?;
        archive.write_all(&file.content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The time as zip has it, which begins in 1980.
fn parts(time: OffsetDateTime) -> Result<DateTime> {
    let year = u16::try_from(time.year())?;
    DateTime::from_date_and_time(
        year,
        time.month().into(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
    .with_context(|| format!("no zip can be of {year}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use time::macros::datetime;

    use super::*;

    const TIME: OffsetDateTime = datetime!(2026-01-02 03:04:06 UTC);

    fn tree() -> Tree {
        let mut tree = Tree::default();
        tree.add_program("rr", "program");
        tree.add("docs/read.me", "words");
        tree
    }

    #[test]
    fn a_tar_holds_one_folder_without_marks_of_its_maker() {
        let bytes = tar_gz("rr-1", &tree(), TIME).unwrap();
        assert_eq!(bytes, tar_gz("rr-1", &tree(), TIME).unwrap());
        assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);

        let mut archive = tar::Archive::new(GzDecoder::new(bytes.as_slice()));
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let header = entry.header();
            assert_eq!(header.mtime().unwrap(), 1_767_323_046);
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            let path = entry.path().unwrap().display().to_string();
            found.push((path, header.mode().unwrap(), content));
        }
        let expected = [
            ("rr-1/docs/read.me", 0o644, "words"),
            ("rr-1/rr", 0o755, "program"),
        ];
        let expected = expected.map(|(path, mode, text)| (path.into(), mode, text.into()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_zip_holds_the_same() {
        let bytes = zip("rr-1", &tree(), TIME).unwrap();
        assert_eq!(bytes, zip("rr-1", &tree(), TIME).unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut program = archive.by_name("rr-1/rr").unwrap();
        assert_eq!(program.unix_mode(), Some(0o100_755));
        let time = program.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day()), (2026, 1, 2));
        let mut content = String::new();
        program.read_to_string(&mut content).unwrap();
        assert_eq!(content, "program");
    }
}
