//! A log file that is put aside when it is full, and its predecessors, which are compressed and forgotten.
//!
//! They are called as by the Go server: `app-2026-11-22T17-51-16.500.log`, in UTC, behind `.gz` where compressed.

use std::{
    cmp::Reverse,
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, SystemTime},
};

use flate2::{Compression, write::GzEncoder};
use time::{UtcDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// When a file is full, and how long those before it are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) path: PathBuf,
    /// Bytes; a line beyond that goes to the next file.
    pub(super) max_size: u64,
    /// Of the files put aside.
    pub(super) max_age: Duration,
    /// How many are kept.
    pub(super) max_backups: usize,
    /// Whether they are compressed.
    pub(super) compress: bool,
}

/// The file that is written to. Used by one thread.
#[derive(Debug)]
pub(super) struct Rotating {
    rules: Rules,
    file: File,
    size: u64,
    /// Wakes the thread that looks after the files put aside.
    attic: Sender<()>,
}

const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]-[minute]-[second].[subsecond digits:3]");
const COMPRESSED: &str = "gz";

impl Rotating {
    /// Opens the file for appending, with the folders that it is in.
    pub(super) fn open(rules: Rules) -> io::Result<Self> {
        if let Some(folder) = rules.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (file, size) = open(&rules.path)?;
        let (attic, wake) = channel();
        let looked_after = rules.clone();
        thread::Builder::new()
            .name("log-files".to_owned())
            .spawn(move || {
                for () in wake {
                    // There is nowhere to say what fails here, and the next time may do better.
                    tidy(&looked_after, SystemTime::now()).ok();
                }
            })?;
        // What an earlier run left behind.
        attic.send(()).ok();
        Ok(Self {
            rules,
            file,
            size,
            attic,
        })
    }

    /// Appends a line, to a new file where it does not fit into this one.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let len = line.len() as u64;
        if self.size > 0 && self.size + len > self.rules.max_size {
            // A folder that lets no file be renamed must not cost lines: the file goes on growing.
            if let Err(error) = self.rotate() {
                self.file.write_all(line)?;
                let path = self.rules.path.display();
                let text = format!("cannot put `{path}` aside, it goes on growing: {error}");
                return Err(io::Error::new(error.kind(), text));
            }
        }
        self.file.write_all(line)?;
        self.size += len;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let path = &self.rules.path;
        // Whoever removed it meant it.
        if path.exists() {
            fs::rename(path, aside(path, UtcDateTime::now()))?;
        }
        (self.file, self.size) = open(path)?;
        self.attic.send(()).ok();
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// The name of a file put aside now: one that no other file has.
fn aside(path: &Path, mut now: UtcDateTime) -> PathBuf {
    loop {
        let moment = now.format(MOMENT).unwrap_or_default();
        let (stem, extension) = parts(path);
        let mut name = stem.to_owned();
        name.push("-");
        name.push(moment);
        name.push(&extension);
        let free = path.with_file_name(&name);
        name.push(".");
        name.push(COMPRESSED);
        if !free.exists() && !path.with_file_name(name).exists() {
            return free;
        }
        now += time::Duration::MILLISECOND;
    }
}

/// `app` and `.log` of `app.log`.
fn parts(path: &Path) -> (&OsStr, OsString) {
    let extension = path.extension().map_or_else(OsString::new, |it| {
        let mut dotted = OsString::from(".");
        dotted.push(it);
        dotted
    });
    (path.file_stem().unwrap_or_default(), extension)
}

/// Removes what is too old or too many among the files put aside, and compresses the others.
fn tidy(rules: &Rules, now: SystemTime) -> io::Result<()> {
    let mut files = put_aside(&rules.path)?;
    // The youngest first.
    files.sort_by_key(|it| Reverse(it.0));
    let eldest = now.checked_sub(rules.max_age);
    for (at, (moment, file)) in files.into_iter().enumerate() {
        let is_too_many = at >= rules.max_backups;
        let is_too_old = eldest.is_some_and(|eldest| SystemTime::from(moment) < eldest);
        if is_too_many || is_too_old {
            fs::remove_file(file)?;
        } else if rules.compress && file.extension() != Some(OsStr::new(COMPRESSED)) {
            compress(&file)?;
        }
    }
    Ok(())
}

/// The files put aside, by the moment in their name.
fn put_aside(path: &Path) -> io::Result<Vec<(UtcDateTime, PathBuf)>> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let (stem, extension) = parts(path);
    let prefix = format!("{}-", stem.to_string_lossy());
    let suffix = extension.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let plain = name
            .strip_suffix(&format!(".{COMPRESSED}"))
            .unwrap_or(&name);
        let moment = plain
            .strip_prefix(&prefix)
            .and_then(|it| it.strip_suffix(&suffix))
            .and_then(|it| UtcDateTime::parse(it, MOMENT).ok());
        if let Some(moment) = moment {
            found.push((moment, folder.join(entry.file_name())));
        }
    }
    Ok(found)
}

/// Writes `file.gz` and removes `file`: what is there as a whole is never lost.
fn compress(file: &Path) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(COMPRESSED);
    let (target, partial) = (PathBuf::from(&name), {
        name.push(".part");
        PathBuf::from(name)
    });
    let mut encoder = GzEncoder::new(File::create(&partial)?, Compression::default());
    io::copy(&mut File::open(file)?, &mut encoder)?;
    encoder.finish()?.sync_all()?;
    fs::rename(partial, target)?;
    fs::remove_file(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use time::macros::utc_datetime;

    use super::*;

    fn rules(path: PathBuf) -> Rules {
        Rules {
            path,
            max_size: 10,
            max_age: Duration::from_hours(1 << 20),
            max_backups: 100,
            compress: false,
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = names
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn contents(folder: &Path) -> Vec<String> {
        let read = |name: &String| fs::read_to_string(folder.join(name)).unwrap();
        names(folder).iter().map(read).collect()
    }

    #[test]
    fn a_line_that_does_not_fit_begins_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("logs/app.log");
        let folder = path.parent().unwrap();
        let mut log = Rotating::open(rules(path.clone())).unwrap();
        for line in [
            "12345\n",
            "abc\n",
            "x\n",
            "longer than a file may be\n",
            "y\n",
        ] {
            log.write(line.as_bytes()).unwrap();
        }
        let expected = ["12345\nabc\n", "x\n", "longer than a file may be\n", "y\n"];
        assert_eq!(contents(folder), expected);
        assert_eq!(names(folder).pop().unwrap(), "app.log");
        // The size of what an earlier run wrote counts.
        drop(log);
        let mut log = Rotating::open(rules(path.clone())).unwrap();
        log.write(b"123456789\n").unwrap();
        assert_eq!(contents(folder).len(), 5);
    }

    #[test]
    fn names_are_told_from_others() {
        let now = utc_datetime!(2026-11-22 17:51:16.5);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        let first = aside(&path, now);
        assert!(first.ends_with("app-2026-11-22T17-51-16.500.log"));
        fs::write(&first, "").unwrap();
        let second = aside(&path, now);
        assert!(second.ends_with("app-2026-11-22T17-51-16.501.log"));
        fs::write(second.with_extension("log.gz"), "").unwrap();
        for other in [
            "app.log",
            "app-x.log",
            "app-2026.log",
            "other-2026-11-22T17-51-16.500.log",
        ] {
            fs::write(dir.path().join(other), "").unwrap();
        }
        let mut moments: Vec<_> = put_aside(&path)
            .unwrap()
            .into_iter()
            .map(|it| it.0)
            .collect();
        moments.sort();
        assert_eq!(moments, [now, now + time::Duration::MILLISECOND]);
        assert!(aside(&path, now).ends_with("app-2026-11-22T17-51-16.502.log"));
    }

    #[test]
    fn old_and_many_files_go_and_the_others_are_compressed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        for day in 10..16 {
            let name = format!("app-2026-11-{day}T00-00-00.000.log");
            fs::write(dir.path().join(name), format!("of day {day}\n")).unwrap();
        }
        fs::write(&path, "now\n").unwrap();
        let day = Duration::from_hours(24);
        let rules = Rules {
            max_age: 3 * day,
            max_backups: 3,
            compress: true,
            ..rules(path)
        };
        let now = SystemTime::from(utc_datetime!(2026-11-16 12:00));
        tidy(&rules, now).unwrap();
        let expected = [
            "app-2026-11-14T00-00-00.000.log.gz",
            "app-2026-11-15T00-00-00.000.log.gz",
            "app.log",
        ];
        assert_eq!(names(dir.path()), expected);
        let mut text = String::new();
        GzDecoder::new(File::open(dir.path().join(expected[0])).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "of day 14\n");
        tidy(&rules, now + 2 * day).unwrap();
        assert_eq!(names(dir.path()), ["app.log"]);
    }

    #[test]
    fn a_folder_that_cannot_be_changed_costs_no_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        let mut log = Rotating::open(rules(path.clone())).unwrap();
        log.write(b"123456789\n").unwrap();
        // The folder is gone, and with it the name: only the open file is left.
        let moved = dir.path().with_extension("moved");
        fs::rename(dir.path(), &moved).unwrap();
        fs::write(dir.path(), "no folder").unwrap();
        let failed = log.write(b"abc\n");
        fs::remove_file(dir.path()).unwrap();
        fs::rename(&moved, dir.path()).unwrap();
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "123456789\nabc\n");
    }
}
