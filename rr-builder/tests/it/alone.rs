//! A `rr-builder` that was copied alone, in a folder that is empty: it makes a project, compiles it
//! of the crates it carries, and the server answers with what PHP asked of a service in Rust. And a
//! server that was copied alone: it carries its application.

use std::{
    fs,
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
        .current_dir(binary.parent().unwrap().parent().unwrap());
    started(command, http)
}

fn started(mut command: Command, http: &str) -> Running {
    let running = Running(command.stdout(Stdio::null()).spawn().unwrap());
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

const MANIFEST: &str = r#"
name = "kiosk"
config = "production.yaml"
embed = "app"

[services]
logs = true
server = true
http = true
static = true

[[command]]
path = "tools"
type = "tools::Where"
"#;

const CONFIG: &str = "\
version: \"3\"
logs: {level: error}
server: {command: \"php ${RR_APP}/worker.php\"}
http:
  address: ${KIOSK_ADDRESS}
  pool: {num_workers: 1}
  middleware: [static]
  static: {dir: \"${RR_APP}/public\"}
";

const WORKER: &str = r#"<?php
require __DIR__ . '/rr-php/autoload.php';

RR\HttpWorker::create()->run(static fn (RR\Http\Request $request) => RR\Http\Response::text(
    getenv('RR_APP') === __DIR__ ? "from within\n" : "from elsewhere\n",
));
"#;

const TOOLS: &str = r#"//! A command of the kiosk.

use rr_core::cli::{Call, Command, Exit, Failure};

/// Says where it would listen.
pub struct Where;

impl Command for Where {
    const NAME: &'static str = "where";
    const ABOUT: &'static str = "Say where the kiosk is";

    fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        let Some(place) = call.config()?.place("http.address") else {
            return Err(Failure::new(Exit::Command, "nowhere"));
        };
        println!("line {}, {} arguments", place.line(), call.arguments.len());
        Ok(())
    }
}
"#;

#[test]
fn a_binary_alone_serves_the_application_it_carries() {
    let root = TempDir::new().unwrap();
    let made = builder(root.path())
        .args(["new", "kiosk"])
        .status()
        .unwrap();
    assert!(made.success());
    let folder = root.path().join("kiosk");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("manifest.toml", MANIFEST);
    write("production.yaml", CONFIG);
    write("app/worker.php", WORKER);
    write("app/public/hello.txt", "hello");
    write("tools/src/lib.rs", TOOLS);
    write(
        "tools/Cargo.toml",
        "[package]\nname = \"tools\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nrr-core = \"0.1\"\n",
    );
    fs::rename(folder.join("rr-php"), folder.join("app/rr-php")).unwrap();
    let built = builder(&folder)
        .args(["build", "--debug"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");

    // Nothing but the binary.
    let shop = root.path().join("shop");
    let cache = root.path().join("unpacked");
    fs::create_dir(&shop).unwrap();
    fs::rename(folder.join("build/kiosk"), shop.join("kiosk")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let [http, _] = free_addresses();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(shop.join("kiosk"));
        command
            .args(arguments)
            .current_dir(&shop)
            .env("KIOSK_ADDRESS", &http)
            .env("RR_APP_CACHE", &cache);
        command
    };
    let output = command(&["where", "--at", "all"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "line 5, 2 arguments\n", "{output:?}");
    assert!(!cache.exists());
    {
        let _running = started(command(&["serve"]), &http);
        assert!(get(&http, "/").ends_with("\r\n\r\nfrom within\n"));
        assert!(get(&http, "/hello.txt").ends_with("\r\n\r\nhello"));
    }

    // What is unpacked is what is carried, whatever became of it.
    let states = fs::read_dir(&cache).unwrap().flatten();
    let state = states.map(|it| it.path()).find(|it| it.is_dir()).unwrap();
    fs::write(state.join("public/hello.txt"), "damaged").unwrap();
    fs::remove_file(state.join("worker.php")).unwrap();
    let _running = started(command(&["serve"]), &http);
    assert!(get(&http, "/").ends_with("from within\n"));
    assert!(get(&http, "/hello.txt").ends_with("\r\n\r\nhello"));
}
