//! Files read and written at a position, by several at a time.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub(crate) use system::{read_exact_at, write_all_at};

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_was_written_at_a_position_is_read_there() {
        let file = tempfile::tempfile().unwrap();
        write_all_at(&file, b"world", 6).unwrap();
        write_all_at(&file, b"hello ", 0).unwrap();
        let mut bytes = [0; 11];
        read_exact_at(&file, &mut bytes, 0).unwrap();
        assert_eq!(&bytes, b"hello world");
        let error = read_exact_at(&file, &mut bytes, 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
