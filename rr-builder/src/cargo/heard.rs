//! What cargo says while it works, on both of its outputs, in one row.

use std::{
    io::{self, BufRead as _, BufReader},
    process::Child,
    sync::mpsc,
    thread,
};

use cargo_metadata::Message;

/// Something that cargo says while it works.
pub(crate) enum Heard {
    /// On its standard output, for programs.
    Message(Box<io::Result<Message>>),
    /// On its standard error, for people: a line with its end.
    Line(String),
}

/// All that cargo says, as it comes, until both outputs are closed.
pub(crate) fn listen(cargo: &mut Child) -> mpsc::Receiver<Heard> {
    let stdout = cargo.stdout.take().expect("it is piped");
    let stderr = cargo.stderr.take().expect("it is piped");
    let (teller, heard) = mpsc::channel();
    let messages = teller.clone();
    // If nobody listens any more, nobody needs to be told.
    thread::spawn(move || {
        for message in Message::parse_stream(BufReader::new(stdout)) {
            messages.send(Heard::Message(Box::new(message))).ok();
        }
    });
    thread::spawn(move || {
        let mut stderr = BufReader::new(stderr);
        let mut line = Vec::new();
        while stderr.read_until(b'\n', &mut line).is_ok_and(|it| it > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            teller.send(Heard::Line(text)).ok();
            line.clear();
        }
    });
    heard
}

/// Which crate the compiler takes up, if that is what cargo's `line` tells.
pub(crate) fn compiling(line: &str) -> Option<&str> {
    let crate_and_version = line.trim_start().strip_prefix("Compiling ")?;
    crate_and_version.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::compiling;

    #[test]
    fn the_crate_being_compiled_is_named() {
        let line = "   Compiling rr-core v0.1.0 (/shop/rr-core)\n";
        assert_eq!(compiling(line), Some("rr-core"));
        assert_eq!(compiling("    Blocking waiting for file lock\n"), None);
    }
}
