//! The file that says which process serves. Its lock, not its number, says whether that still
//! runs: a number may belong to a stranger by now.

#[cfg_attr(unix, path = "pid_file/unix.rs")]
#[cfg_attr(windows, path = "pid_file/windows.rs")]
mod lock;

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use super::{Exit, Failure};

/// Where it is when nobody says otherwise, as ever.
pub(super) const DEFAULT: &str = ".pid";

/// How often an empty file is looked at again, and after how long.
const LOOKS: usize = 20;
const LOOK: Duration = Duration::from_millis(10);

/// The file of this process: locked as long as it serves, then removed.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    /// Holds the lock.
    file: File,
    /// It names this process, which removes it.
    is_own: bool,
}

/// What a pid file tells.
#[derive(Debug)]
pub(super) enum Holder {
    /// This process serves.
    Runs(u32),
    /// There is a file, and nobody serves any more.
    Gone,
    /// There is no file.
    Nobody,
}

impl PidFile {
    /// Writes this process into the file, unless another one serves.
    pub(super) fn hold(path: PathBuf) -> Result<Self, Failure> {
        let refused = |error: io::Error| {
            let path = path.display();
            let text = format!("cannot write `{path}`: {error}\nhelp: check `--pid-file`");
            Failure::new(Exit::Start, text)
        };
        let Some(file) = lock::take(&path).map_err(refused)? else {
            let pid = fs::read_to_string(&path).unwrap_or_default();
            return Err(Failure::new(
                Exit::Start,
                format!(
                    "process {pid} serves here already, as `{}` tells\nhelp: stop it, or name another file with `--pid-file`",
                    path.display()
                ),
            ));
        };
        write_own_pid(&file).map_err(refused)?;
        Ok(Self {
            path,
            file,
            is_own: true,
        })
    }

    /// The file of a predecessor, whose lock came with it; it names that one until this process
    /// serves.
    #[cfg_attr(not(unix), expect(dead_code, reason = "nothing is handed over"))]
    pub(super) fn inherit(path: PathBuf, file: File) -> Self {
        Self {
            path,
            file,
            is_own: false,
        }
    }

    /// Where it is, and a second handle with the same lock.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    #[cfg_attr(not(unix), expect(dead_code, reason = "nothing is handed over"))]
    pub(super) fn share(&self) -> io::Result<(PathBuf, File)> {
        Ok((std::path::absolute(&self.path)?, self.file.try_clone()?))
    }

    /// Names this process in it, as it is the server now.
    pub(super) fn renew(&mut self) {
        self.is_own = true;
        if let Err(error) = write_own_pid(&self.file) {
            let path = self.path.display();
            tracing::error!(target: "server", "cannot write `{path}`: {error}");
        }
    }

    /// Leaves the file to the successor, which has a handle of its own.
    pub(super) fn give_away(mut self) {
        self.is_own = false;
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if self.is_own {
            fs::remove_file(&self.path).ok();
        }
    }
}

/// Writes this process into the file.
///
/// # Errors
/// Those of the disk.
fn write_own_pid(mut file: &File) -> io::Result<()> {
    let pid = process::id().to_string();
    // A predecessor's is mostly as long, and is overwritten in one step: nobody finds an empty file.
    if file.metadata()?.len() != pid.len() as u64 {
        file.set_len(0)?;
    }
    // The position is shared with whoever holds the lock as well.
    file.rewind()?;
    // Without a line's end, as ever: tools read it whole.
    file.write_all(pid.as_bytes())
}

/// Who serves, as the file at `path` tells.
pub(super) fn holder(path: &Path) -> io::Result<Holder> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Holder::Nobody),
        Err(error) => return Err(error),
    };
    if !lock::is_taken(&file, path)? {
        return Ok(Holder::Gone);
    }
    let mut pid = String::new();
    // It is empty for a moment where another process writes its number.
    for _ in 0..LOOKS {
        file.rewind()?;
        file.read_to_string(&mut pid)?;
        if !pid.is_empty() {
            break;
        }
        thread::sleep(LOOK);
    }
    let invalid = |_| io::Error::new(io::ErrorKind::InvalidData, "it holds no process id");
    let pid: u32 = pid.trim().parse().map_err(invalid)?;
    // `kill` takes these for groups of processes.
    match pid {
        0 | 1 => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it holds {pid}, which is no server"),
        )),
        pid => Ok(Holder::Runs(pid)),
    }
}
