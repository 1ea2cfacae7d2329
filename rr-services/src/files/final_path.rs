//! Asks Windows where an open file lies, which std does for paths alone.

use std::{
    ffi::OsString,
    fs::File,
    io,
    os::windows::{ffi::OsStringExt as _, io::AsRawHandle as _},
    path::PathBuf,
};

use windows::Win32::{
    Foundation::HANDLE,
    Storage::FileSystem::{FILE_NAME_NORMALIZED, GetFinalPathNameByHandleW},
};

/// The longest path of the system, in units of UTF-16, and its end.
const LONGEST: usize = 32_767 + 1;

/// The path of `file`, every link and short name resolved: `\\?\C:\www\index.html`.
///
/// # Errors
/// For what is no file, such as a device, and as the system says.
pub(super) fn final_path(file: &File) -> io::Result<PathBuf> {
    let mut path = vec![0; 512];
    loop {
        #[allow(unsafe_code)]
        // SAFETY: the handle is that of an open file, which is borrowed as long as the call takes;
        // the length of the memory is told with it.
        let length = unsafe {
            let handle = HANDLE(file.as_raw_handle());
            GetFinalPathNameByHandleW(handle, &mut path, FILE_NAME_NORMALIZED)
        };
        match usize::try_from(length).map_err(io::Error::other)? {
            0 => return Err(io::Error::last_os_error()),
            length if length < path.len() => {
                path.truncate(length);
                return Ok(OsString::from_wide(&path).into());
            }
            // The room that it takes.
            length if length <= LONGEST => path.resize(length, 0),
            _ => return Err(io::ErrorKind::InvalidFilename.into()),
        }
    }
}
