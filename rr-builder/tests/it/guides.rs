//! The guides work: what they say is typed, in their order, and what they show must come out.
//!
//! A block of code with a path behind its language is written there; one that begins with an empty
//! line continues the file. A block without a path is part of a file that is there. Commands are run, and what the
//! last one printed must hold the lines of the `text` block that follows.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::server::{AS_SERVERS, Running, builder, free_addresses, serve, target};
use crate::starter::check_formatted;

/// A person who does what a guide says.
struct Reader {
    root: TempDir,
    folder: PathBuf,
    /// Addresses of the guide, and those that are free here.
    addresses: [(&'static str, String); 4],
    written: HashSet<String>,
    said: String,
    running: Option<Running>,
}

/// Follows `docs/name`.
fn follow(name: &str) {
    let text = fs::read_to_string(Path::new("../docs").join(name)).unwrap();
    let root = TempDir::new().unwrap();
    let [http, rpc, metrics, status] = free_addresses();
    let mut reader = Reader {
        folder: root.path().to_owned(),
        root,
        addresses: [
            ("127.0.0.1:8080", http),
            ("127.0.0.1:6001", rpc),
            ("127.0.0.1:2112", metrics),
            ("127.0.0.1:2114", status),
        ],
        written: HashSet::new(),
        said: String::new(),
        running: None,
    };
    let mut fences = text.split("```");
    while let (Some(_prose), Some(block)) = (fences.next(), fences.next()) {
        let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
        match kind.split_once(' ') {
            Some((_, path)) => reader.write(path, body),
            None if kind == "sh" => body.lines().for_each(|it| reader.run(it)),
            None if kind == "text" => reader.compare(body),
            None => reader.find(body),
        }
    }
    assert!(reader.written.len() > 2, "{:?}", reader.written);
    let written = reader.written.iter().filter(|it| it.ends_with(".rs"));
    let written: Vec<&str> = written.map(String::as_str).collect();
    check_formatted(&reader.folder, &written);
}

impl Reader {
    fn write(&mut self, path: &str, body: &str) {
        let file = self.folder.join(path);
        self.written.insert(path.to_owned());
        let before = match body.starts_with('\n') {
            true => fs::read_to_string(&file).unwrap(),
            false => String::new(),
        };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, before + body).unwrap();
    }

    fn run(&mut self, line: &str) {
        let line = line.split("  #").next().unwrap().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["cd", folder] => self.folder = self.folder.join(folder),
            ["rr-builder", "run"] => self.start(),
            ["rr-builder", arguments @ ..] => {
                let mut command = builder(&self.folder);
                command.args(arguments);
                self.said = checked(line, command);
            }
            ["cargo", "test", arguments @ ..] => {
                let mut command = Command::new(env!("CARGO"));
                command.arg("test").args(arguments).args(AS_SERVERS);
                command.env("CARGO_TARGET_DIR", target());
                command.current_dir(&self.folder);
                self.said = checked(line, command);
            }
            _ => {
                let mut command = Command::new("sh");
                command.args(["-ec", &self.with_free_addresses(line)]);
                command.current_dir(&self.folder);
                self.said = checked(line, command);
            }
        }
    }

    /// As `rr-builder run`, but with addresses that are free, and stopped in the end.
    fn start(&mut self) {
        self.running = None;
        let mut build = builder(&self.folder);
        build.args(["build", "--debug"]);
        self.said = checked("rr-builder run", build);
        let config = fs::read_to_string(self.folder.join(".rr.yaml")).unwrap();
        let config = self.with_free_addresses(&config);
        fs::write(self.folder.join(".rr.free.yaml"), config).unwrap();
        let name = self.folder.strip_prefix(self.root.path()).unwrap();
        let binary = self.folder.join("build").join(name);
        let http = &self.addresses[0].1;
        self.running = Some(serve(&binary, http, &["-c", ".rr.free.yaml"]));
    }

    fn with_free_addresses(&self, text: &str) -> String {
        let free = self.addresses.iter();
        free.fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
    }

    fn compare(&self, expected: &str) {
        // The ends of lines as HTTP has them are no difference to a reader.
        let said: Vec<&str> = self.said.lines().map(str::trim_end).collect();
        for line in expected.lines() {
            assert!(said.contains(&line), "no `{line}` in:\n{}", self.said);
        }
    }

    fn find(&self, part: &str) {
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true if path.ends_with("build") => {}
                    true => folders.push(path),
                    false if fs::read_to_string(path).is_ok_and(|it| it.contains(part)) => return,
                    false => {}
                }
            }
        }
        panic!("no file has this:\n{part}");
    }
}

fn checked(line: &str, mut command: Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}:\n{said}\n{complained}");
    said
}

#[test]
fn writing_a_service() {
    follow("writing-a-service.md");
}

#[test]
fn writing_middleware() {
    follow("writing-middleware.md");
}
