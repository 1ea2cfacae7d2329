//! A `rr-builder` that was copied alone, in a folder that is empty: it makes a project, compiles it
//! of the crates it carries, and the server answers with what PHP asked of a service in Rust.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A server that is stopped in good order when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        Command::new("kill").arg(pid).status().unwrap();
        self.0.wait().unwrap();
    }
}

/// Its cache is kept between runs, as a user's is: only what changed is compiled.
fn builder(folder: &Path) -> Command {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr-builder"));
    command.current_dir(folder).env("RR_BUILDER_CACHE", cache);
    command
}

fn free_addresses() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|it| it.local_addr().unwrap().to_string())
}

fn serve(binary: &PathBuf, http: &str, rpc: &str) -> Running {
    let mut command = Command::new(binary);
    command
        .args(["serve", "-o", "logs.level=error"])
        .args(["-o", &format!("http.address={http}")])
        .args(["-o", &format!("rpc.listen=tcp://{rpc}")])
        .current_dir(binary.parent().unwrap().parent().unwrap())
        .stdout(Stdio::null());
    let running = Running(command.spawn().unwrap());
    let begun = Instant::now();
    while TcpStream::connect(http).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it does not listen"
        );
        thread::sleep(Duration::from_millis(20));
    }
    running
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn a_new_project_builds_and_runs_as_it_is() {
    let root = TempDir::new().unwrap();
    let made = builder(root.path()).args(["new", "app"]).status().unwrap();
    assert!(made.success());
    let folder = root.path().join("app");
    let built = builder(&folder)
        .args(["build", "--debug"])
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );

    let [http, rpc] = free_addresses();
    let _running = serve(&folder.join("build/app"), &http, &rpc);
    let response = get(&http, "/?name=Ada");
    for fragment in [
        "HTTP/1.1 200 OK",
        "x-served-by: app",
        "\r\n\r\nHello, Ada!\n",
    ] {
        assert!(response.contains(fragment), "no {fragment} in:\n{response}");
    }
}
