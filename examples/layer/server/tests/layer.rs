//! Both servers, the one of the manifest and the one in code, asked for the same paths.

use std::{
    env,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A running server; it is stopped when this is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(program: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let process = Command::new(program)
            .current_dir(FOLDER)
            .arg("serve")
            .args(["-o", "logs.level=error"])
            .args(["-o", &format!("http.address={address}")])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, address };
        let begun = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(20), "it does not start");
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Status and body.
    fn ask(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        (status.to_owned(), body.to_owned())
    }

    fn check(&self, path: &str, expected: &str) {
        let expected = ("200".to_owned(), expected.to_owned());
        assert_eq!(self.ask(path), expected, "{path}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // In good order, so that its workers go with it.
        let pid = self.process.id().to_string();
        Command::new("kill").arg(pid).status().unwrap();
        self.process.wait().unwrap();
    }
}

/// What `run` builds, but quicker to compile.
fn build() -> PathBuf {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layer");
    let builder = ["run", "--quiet", "--bin", "rr-builder", "--", "build"];
    let status = Command::new(env!("CARGO"))
        .current_dir(Path::new(FOLDER).join("../.."))
        .args(builder)
        .args(["--debug", "examples/layer/manifest.toml", "--output"])
        .arg(&output)
        .status()
        .unwrap();
    assert!(status.success());
    output.join(format!("layer{}", env::consts::EXE_SUFFIX))
}

fn slashes_are_trimmed_before_php(server: &Server) {
    server.check("/shelf", "PHP was asked for /shelf\n");
    server.check("/shelf/", "PHP was asked for /shelf\n");
    server.check("/shelf///", "PHP was asked for /shelf\n");
    server.check("/", "PHP was asked for /\n");
}

#[test]
fn by_manifest() {
    slashes_are_trimmed_before_php(&Server::start(&build()));
}

#[test]
fn in_code() {
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_layer-server")));
    slashes_are_trimmed_before_php(&server);
    server.check("/health", "fine\n");
    server.check("/health/", "fine\n");
}
