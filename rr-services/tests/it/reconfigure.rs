//! The configuration of the stock server is read again while it serves: by the command and by
//! SIGHUP. PHP, clients and the log see what was applied, and what was not is named.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::{
    client::get,
    server::{APP, free_port},
};

/// A server in a process of its own, killed at the end of the test.
struct Served {
    child: Child,
    dir: TempDir,
    http: SocketAddr,
    rpc: SocketAddr,
}

/// What a command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Served {
    /// `server` stands in that section, `http` below it, both indented by two; `more` are sections.
    async fn start(server: &str, http: &str, more: &str) -> Self {
        Self::start_as(&[], server, http, more).await
    }

    async fn start_as(arguments: &[&str], server: &str, http: &str, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (address, rpc) = (free_port(), free_port());
        write(dir.path(), address, rpc, server, http, more);
        let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
        let child = command
            .arg("serve")
            .args(arguments)
            .current_dir(dir.path())
            .env_remove("DOTENV_PATH")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let served = Self {
            child,
            dir,
            http: address,
            rpc,
        };
        // RPC is up before the whole is.
        served.eventually("it is up", || served.reload(&["--dry-run"]).code == 0);
        served
    }

    fn write(&self, server: &str, http: &str, more: &str) {
        write(self.dir.path(), self.http, self.rpc, server, http, more);
    }

    fn rr(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
        command.args(arguments).current_dir(self.dir.path());
        let output = command.env_remove("DOTENV_PATH").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    fn reload(&self, arguments: &[&str]) -> Said {
        self.rr(&[&["reload"], arguments].concat())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap()
    }

    fn hang_up(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", "HUP", &id]).status();
        assert!(sent.unwrap().success());
    }

    async fn colour(&self) -> String {
        let text = get(self.http, "/env").await.text().to_owned();
        let env: serde_json::Value = serde_json::from_str(&text).unwrap();
        env["APP_COLOUR"].as_str().unwrap_or_default().to_owned()
    }

    fn workers(&self, service: &str) -> Vec<serde_json::Value> {
        let told = self.rr(&["workers", "--format", "json", service]);
        let told: serde_json::Value = serde_json::from_str(&told.out).unwrap_or_default();
        told[0]["workers"].as_array().cloned().unwrap_or_default()
    }

    fn eventually(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !holds() {
            let late = begun.elapsed() > Duration::from_secs(30);
            assert!(!late, "not so after 30 s: {what}\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// With addresses hidden, which differ from run to run.
    fn hide(&self, said: &Said) -> String {
        let text = format!(
            "exit: {}\nstdout:\n{}stderr:\n{}",
            said.code, said.out, said.err
        );
        let text = text.replace(&self.http.to_string(), "HTTP");
        text.replace(APP, "APP")
    }
}

fn write(dir: &Path, http: SocketAddr, rpc: SocketAddr, server: &str, below: &str, more: &str) {
    let command = match server.contains("command:") {
        true => String::new(),
        false => format!("  command: [php, {APP}]\n"),
    };
    let text = format!(
        "version: '3'\nrpc:\n  listen: tcp://{rpc}\nserver:\n{command}{server}\n\
         http:\n  address: {http}\n{below}\n{more}\n"
    );
    // As a deployment would: nobody reads half of it.
    fs::write(dir.join("new"), text).unwrap();
    fs::rename(dir.join("new"), dir.join(".rr.yaml")).unwrap();
}

const GREEN: &str = "  env: {app_colour: green}";
const BLUE: &str = "  env: {app_colour: blue}";
const TWO: &str = "  pool: {num_workers: 2}";

#[tokio::test]
async fn php_sees_another_environment_and_there_are_more_workers() {
    let served = Served::start(GREEN, TWO, "").await;
    assert_eq!(served.colour().await, "green");
    let three = "  pool: {num_workers: 3}\n  socket_mode: 0660";
    served.write(BLUE, three, "");
    assert_snapshot!(served.hide(&served.reload(&["--dry-run"])), @"
    exit: 1
    stdout:
    would be applied:
      server.env.app_colour: green -> blue (.rr.yaml:6:21)
      http.pool.num_workers: 2 -> 3 (.rr.yaml:9:23)
    needs a restart:
      http.socket_mode: (not set) -> 432 (.rr.yaml:10:16)
    stderr:
    error: 1 of 3 changes waits for a restart of the server
    help: restart it; where there are signals, SIGUSR2 does so without losing a request
    ");
    assert_eq!(served.colour().await, "green");
    assert_snapshot!(served.hide(&served.reload(&[])), @"
    exit: 1
    stdout:
    applied:
      server.env.app_colour: green -> blue (.rr.yaml:6:21)
      http.pool.num_workers: 2 -> 3 (.rr.yaml:9:23)
    needs a restart:
      http.socket_mode: (not set) -> 432 (.rr.yaml:10:16)
    stderr:
    error: 1 of 3 changes waits for a restart of the server
    help: restart it; where there are signals, SIGUSR2 does so without losing a request
    ");
    assert_eq!(served.colour().await, "blue");
    assert_eq!(served.workers("http").len(), 3);
    let config = served.reload(&["--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&config.out).unwrap();
    assert_eq!(
        report["changes"].as_array().unwrap().len(),
        1,
        "what was applied is no change any more"
    );
    served.write(BLUE, "  pool: {num_workers: 1}", "");
    assert_eq!(served.reload(&["-s"]).code, 0);
    served.eventually("the others go", || served.workers("http").len() == 1);
    assert_eq!(served.colour().await, "blue");
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_its_place_and_the_server_goes_on() {
    let served = Served::start(GREEN, TWO, "").await;
    served.write(
        BLUE,
        "  pool: {num_workers: many}\n  middleware: [nowhere]",
        "",
    );
    let refused = served.reload(&[]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(
        refused
            .err
            .contains("expected a whole number, not negative, found `many`"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("^^^^"), "{}", refused.err);
    served.write(BLUE, "  middleware: [nowhere]", "");
    let refused = served.reload(&[]);
    assert_eq!(refused.code, 3);
    assert!(
        refused
            .err
            .contains("this server has no middleware `nowhere`"),
        "{}",
        refused.err
    );
    served.hang_up();
    let said = "the configuration is not reloaded: what held before holds";
    served.eventually("it is told", || served.log().matches(said).count() == 3);
    assert_eq!(served.colour().await, "green");
}

#[tokio::test]
async fn a_command_that_does_not_start_leaves_the_old_workers() {
    let served = Served::start(GREEN, TWO, "").await;
    let pid = get(served.http, "/pid").await.text().to_owned();
    let broken =
        format!("{BLUE}\n  command: [php, -r, 'fwrite(STDERR, \"no database\"); exit(1);']");
    served.write(&broken, TWO, "");
    let failed = served.reload(&[]);
    assert_eq!(failed.code, 1);
    assert!(
        failed
            .out
            .starts_with("not applied:\n  server.env.app_colour: green -> blue"),
        "{}",
        failed.out
    );
    assert!(
        failed.err.contains("`server` goes on as before: "),
        "{}",
        failed.err
    );
    assert!(failed.err.contains("no database"), "{}", failed.err);
    assert_eq!(get(served.http, "/pid").await.text(), pid);
    assert_eq!(served.colour().await, "green");
    served.write(BLUE, TWO, "");
    assert_eq!(served.reload(&[]).code, 0);
    assert_eq!(served.colour().await, "blue");
}

/// One request on a connection that stays open: its head.
fn ask(stream: &TcpStream) -> String {
    let mut writer = stream;
    writer
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let mut reader = BufReader::with_capacity(1, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let mut body = [0; 5];
    reader.read_exact(&mut body).unwrap();
    assert_eq!(&body, b"hello");
    head
}

#[tokio::test]
async fn middleware_changes_for_the_next_request_of_an_open_connection() {
    let http = |more: &str| format!("{TWO}\n{more}");
    let one = http("  middleware: [headers]\n  headers: {response: {x-a: one}}");
    let served = Served::start(GREEN, &one, "").await;
    let stream = TcpStream::connect(served.http).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    assert!(ask(&stream).contains("x-a: one"));
    served.write(
        GREEN,
        &http("  middleware: [headers]\n  headers: {response: {x-a: two}}"),
        "",
    );
    assert_eq!(served.reload(&[]).code, 0);
    assert!(ask(&stream).contains("x-a: two"));

    // A section that was not there, and one that is there no more.
    fs::write(served.dir.path().join("a.txt"), "a file").unwrap();
    served.write(
        GREEN,
        &http("  middleware: [static, request_id]\n  static: {dir: .}"),
        "",
    );
    let said = served.reload(&[]);
    assert!(said.out.contains("http.static: off -> on"), "{}", said.out);
    assert!(said.out.contains("http.headers: on -> off"), "{}", said.out);
    let head = ask(&stream);
    assert!(
        head.contains("x-request-id: ") && !head.contains("x-a"),
        "{head}"
    );
    assert_eq!(get(served.http, "/a.txt").await.text(), "a file");

    // One that needs what another offers.
    let trusted = "  middleware: [proxy_ip_parser]\n  trusted_subnets: [127.0.0.0/8]\n  trusted_headers: [x-real-ip]";
    served.write(GREEN, &http(trusted), "");
    assert_eq!(served.reload(&[]).code, 0);
    let other = trusted.replace("x-real-ip", "x-client");
    served.write(GREEN, &http(&other), "");
    assert_eq!(served.reload(&[]).code, 0);
    let mut client = TcpStream::connect(served.http).unwrap();
    let asked =
        "GET /request HTTP/1.1\r\nHost: a\r\nX-Client: 10.1.2.3\r\nConnection: close\r\n\r\n";
    client.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("10.1.2.3\",\"headers\""), "{answer}");

    served.write(
        GREEN,
        &http("  max_request_size: 1\n  internal_error_code: 599\n  timeouts: {idle: 1s}"),
        "",
    );
    assert_eq!(served.reload(&[]).code, 0);
    let mut client = TcpStream::connect(served.http).unwrap();
    client
        .write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
        .unwrap();
    let mut status = [0; 12];
    client.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

#[tokio::test]
async fn the_log_goes_elsewhere_and_tells_less() {
    let served = Served::start(GREEN, TWO, "logs: {level: info, mode: production}").await;
    get(served.http, "/").await;
    served.eventually("a request is logged", || {
        served.log().contains("\"msg\":\"http log\"")
    });
    let more = "logs: {level: warn, encoding: console, output: [other.log], channels: {config: {level: info, output: [config.log]}}}";
    served.write(GREEN, TWO, more);
    assert_eq!(served.reload(&[]).code, 0, "{}", served.log());
    let before = served.log();
    get(served.http, "/").await;
    let read = |name: &str| fs::read_to_string(served.dir.path().join(name)).unwrap_or_default();
    served.eventually("what was applied is told there", || {
        read("config.log").contains("applied: logs.level: info -> warn")
    });
    assert_eq!(read("other.log"), "", "requests are not warnings");
    assert_eq!(served.log(), before);
    served.write(GREEN, TWO, &more.replace("level: warn", "level: info"));
    assert_eq!(served.reload(&[]).code, 0);
    get(served.http, "/").await;
    served.eventually("they are told again", || {
        read("other.log").contains("http log")
    });
    served.write(GREEN, TWO, "logs: {output: [nowhere/at.log]}");
    let failed = served.reload(&[]);
    assert_eq!(failed.code, 1);
    assert!(
        failed
            .err
            .contains("cannot open the log file `nowhere/at.log`"),
        "{}",
        failed.err
    );
    get(served.http, "/other").await;
    served.eventually("it goes on as before", || {
        read("other.log").contains("/other")
    });
}

#[tokio::test]
async fn programs_and_metrics_come_and_go() {
    let metrics = free_port();
    let section = |collect: &str, programs: &str| {
        format!("metrics: {{address: {metrics}, collect: {{{collect}}}}}\nservice: {{{programs}}}")
    };
    let orders = "orders: {type: counter}";
    let first =
        "stays: {command: sleep 301}, goes: {command: sleep 302}, changes: {command: sleep 303}";
    let served = Served::start(GREEN, TWO, &section(orders, first)).await;
    let running = || {
        let all = served.workers("service");
        let mut all: Vec<_> = all
            .iter()
            .map(|it| {
                (
                    it["command"].as_str().unwrap().to_owned(),
                    it["pid"].as_u64().unwrap(),
                )
            })
            .collect();
        all.sort();
        all
    };
    served.eventually("all run", || running().len() == 3);
    let before = running();
    let second =
        "stays: {command: sleep 301}, comes: {command: sleep 304}, changes: {command: sleep 305}";
    let more = "orders: {type: counter}, stock: {type: gauge, help: What is left.}";
    served.write(GREEN, TWO, &section(more, second));
    let said = served.reload(&[]);
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    let after = running();
    assert_eq!(before[0], after[0], "it goes on");
    let commands: Vec<&str> = after.iter().map(|it| &*it.0).collect();
    assert_eq!(commands, ["sleep 301", "sleep 304", "sleep 305"]);
    let page = get(metrics, "/").await;
    assert!(page.text().contains("stock"), "{}", page.text());

    let broken = "stays: {command: sleep 301}, fails: {command: /no/such/program}";
    served.write(GREEN, TWO, &section(more, broken));
    let failed = served.reload(&[]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.err.contains("cannot start `/no/such/program`"),
        "{}",
        failed.err
    );
    served.eventually("all run as before", || {
        let commands: Vec<String> = running().into_iter().map(|it| it.0).collect();
        commands == ["sleep 301", "sleep 304", "sleep 305"]
    });
}

#[tokio::test]
async fn it_is_read_as_it_was_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("app")).unwrap();
    let app = dir.path().join("app");
    let (http, rpc) = (free_port(), free_port());
    let env = "  env: {app_colour: '${COLOUR}'}";
    fs::write(app.join("colours"), "COLOUR=green\n").unwrap();
    write(&app, http, rpc, env, TWO, "");
    let arguments = [
        "serve",
        "-w",
        "app",
        "--dotenv",
        "colours",
        "-o",
        "http.pool.num_workers=1",
    ];
    let child = Command::new(env!("CARGO_BIN_EXE_rr"))
        .args(arguments)
        .current_dir(dir.path())
        .env_remove("DOTENV_PATH")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(app.join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut served = Served {
        child,
        dir: tempfile::tempdir_in(&app).unwrap(),
        http,
        rpc,
    };
    let reload = || {
        let address = format!("rpc.listen=tcp://{rpc}");
        served.rr(&["reload", "-o", &address])
    };
    let up = || reload().out == "nothing has changed\n";
    let begun = Instant::now();
    while !up() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is not up");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(served.colour().await, "green");
    fs::write(app.join("colours"), "COLOUR=blue\n").unwrap();
    write(
        &app,
        http,
        rpc,
        env,
        "  pool: {num_workers: 2, max_jobs: 500}",
        "",
    );
    let said = reload();
    assert_snapshot!(served.hide(&said), @r#"
    exit: 1
    stdout:
    applied:
      server.env.app_colour: green -> blue (.rr.yaml:6:21, $COLOUR)
      http.pool.max_jobs: 0 -> 500 (.rr.yaml:9:36)
    needs a restart:
      $COLOUR: "***" -> "***"
    stderr:
    error: 1 of 3 changes waits for a restart of the server
    help: restart it; where there are signals, SIGUSR2 does so without losing a request
    "#);
    assert_eq!(served.colour().await, "blue");
    served.child.kill().unwrap();
}
