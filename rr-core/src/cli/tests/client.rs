//! `workers` and `reset`, with a server and without.

use insta::assert_snapshot;

use super::{Ended, Exit, Folder, Running, Setting, Shop, Signals, rr};

fn folder(server: &Running) -> Folder {
    Folder::with(&format!("rpc:\n  listen: {}\n", server.address))
}

/// With the address hidden, which differs from run to run.
fn hide(ended: &Ended, server: &Running, folder: &Folder) -> String {
    folder.hide(ended).replace(&server.address, "tcp://SERVER")
}

#[test]
fn workers() {
    let server = Running::start(&["http", "jobs", "service"]);
    let folder = folder(&server);
    let file = folder.file();
    assert_snapshot!("workers", rr(&["workers", "-c", &file]));
    assert_snapshot!("workers-of-one", rr(&["-c", &file, "workers", "http"]));
    // As RoadRunner 1 had it.
    let of_one = rr(&["workers", "-c", &file, "http"]).to_string();
    assert_eq!(rr(&["http:workers", "-c", &file]).to_string(), of_one);
    let unknown = rr(&["workers", "-c", &file, "http", "grpc"]);
    assert_snapshot!(hide(&unknown, &server, &folder), @"
    exit: 1 (Command)
    stderr:
    error: the server has no service `grpc` with workers
    help: it has `http`, `jobs`, `service`
    ");
}

#[test]
fn workers_for_programs() {
    let server = Running::start(&["http", "service"]);
    let folder = folder(&server);
    let told = rr(&["workers", "--format", "json", "-c", &folder.file()]);
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told[0]["service"], "http");
    assert_eq!(told[0]["load"]["waiting"], 3);
    let first = &told[0]["workers"][0];
    assert_eq!(
        (&first["pid"], &first["statusStr"]),
        (&2712.into(), &"ready".into())
    );
    assert_eq!(first["memoryUsage"], 14_557_184);
    assert_eq!(told[1]["load"], serde_json::Value::Null);
    assert_eq!(
        told[1]["workers"][0]["command"],
        "php consumer.php --queue=high"
    );
    let both = rr(&["workers", "-i", "--format", "json"]);
    assert_eq!(both.exit, Exit::Usage, "{both}");
}

#[test]
fn workers_in_colours_and_narrow() {
    let server = Running::start(&["http"]);
    let folder = folder(&server);
    let terminal = Setting {
        colours: true,
        width: Some(60),
        ..Setting::default()
    };
    let shop = Shop(async |_| unreachable!("not served"));
    let shown = terminal.run(shop, Signals::none(), &["workers", "-c", &folder.file()]);
    assert_snapshot!("workers-in-colours", shown.out.replace('\x1b', "ESC"));
}

#[test]
fn workers_of_a_server_without_any() {
    let server = Running::start(&[]);
    let folder = folder(&server);
    let file = folder.file();
    assert_snapshot!(rr(&["workers", "-c", &file]), @"
    exit: 0 (Ok)
    stdout:
    no service of the server has workers
    ");
    assert_snapshot!(rr(&["workers", "-c", &file, "http"]), @"
    exit: 1 (Command)
    stderr:
    error: the server has no service `http` with workers, nor any other
    ");
}

#[test]
fn a_server_without_the_services_that_answer() {
    let server = Running::with(Vec::new);
    let folder = folder(&server);
    let file = folder.file();
    let told = |arguments: &[&str]| hide(&rr(arguments), &server, &folder);
    assert_snapshot!(told(&["workers", "-c", &file]), @"
    exit: 1 (Command)
    stderr:
    error: the server at `tcp://SERVER` (`rpc.listen` of DIR/.rr.yaml) has no service `informer`, which answers this command
    help: add `informer = true` to its manifest, or the service to its `main.rs`, and build it again
    ");
    assert_snapshot!(told(&["reset", "-c", &file]), @"
    exit: 1 (Command)
    stderr:
    error: the server at `tcp://SERVER` (`rpc.listen` of DIR/.rr.yaml) has no service `resetter`, which answers this command
    help: add `resetter = true` to its manifest, or the service to its `main.rs`, and build it again
    ");
}

#[test]
fn interactive_needs_a_terminal() {
    let server = Running::start(&["http"]);
    assert_snapshot!(rr(&["workers", "-i", "-c", &folder(&server).file()]), @"
    exit: 2 (Usage)
    stderr:
    error: `-i` draws on a terminal, and stdout is none
    help: leave `-i` out
    ");
}

#[test]
fn reset() {
    let server = Running::start(&["http"]);
    let folder = folder(&server);
    let file = folder.file();
    assert_snapshot!(rr(&["reset", "-c", &file]), @"
    exit: 0 (Ok)
    stderr:
    resetting plugin: [http]
    plugin reset: [http]
    ");
    let alike = rr(&["reset", "-c", &file, "http"]).to_string();
    assert_eq!(rr(&["http:reset", "-c", &file]).to_string(), alike);
    assert_snapshot!(rr(&["reset", "-c", &file, "http", "nope"]), @"
    exit: 1 (Command)
    stderr:
    resetting plugin: [http]
    resetting plugin: [nope]
    plugin reset: [http]
    error: the server has no service `nope` that can be reset
    help: it has `http`
    ");
    assert_snapshot!(rr(&["reset", "-s", "-c", &file, "http", "nope"]), @"
    exit: 1 (Command)
    stderr:
    error: the server has no service `nope` that can be reset
    help: it has `http`
    ");
}

/// Any byte on stderr is a failure for Laravel Octane, whose file is empty.
#[test]
fn reset_as_octane_calls_it() {
    let server = Running::start(&["http"]);
    let folder = Folder::with("");
    let listen = format!("rpc.listen={}", server.address);
    let ended = rr(&["reset", "-c", &folder.file(), "-o", &listen, "-s"]);
    assert_snapshot!(ended, @"exit: 0 (Ok)");

    let no_file = folder.path().join("missing");
    std::fs::create_dir(&no_file).unwrap();
    let no_file = no_file.to_str().unwrap();
    assert_eq!(
        rr(&["reset", "-w", no_file, "-o", &listen, "-s"]).exit,
        Exit::Ok
    );
    let setting = Setting {
        env: [("RPC", server.address.clone())].into(),
        ..Setting::default()
    };
    let shop = Shop(async |_| unreachable!("not served"));
    let expanded = ["reset", "-w", no_file, "-o", "rpc.listen=$RPC", "-s"];
    let expanded = setting.run(shop, Signals::none(), &expanded);
    assert_eq!(expanded.exit, Exit::Ok, "{expanded}");
    let json = format!(r#"{{"rpc": {{"listen": "{}"}}}}"#, server.address);
    let told = rr(&["reset", "-w", no_file, "-j", &json, "-s"]);
    assert_eq!(told.exit, Exit::Ok, "{told}");
}

#[test]
fn the_address_may_come_from_the_environment() {
    let server = Running::start(&["http"]);
    let folder = Folder::with("rpc: {listen: '${RPC:-tcp://127.0.0.1:1}'}");
    let setting = Setting {
        env: [("RPC", server.address)].into(),
        ..Setting::default()
    };
    let shop = Shop(async |_| unreachable!("not served"));
    let ended = setting.run(
        shop,
        Signals::none(),
        &["reset", "-s", "-c", &folder.file()],
    );
    assert_eq!(ended.exit, Exit::Ok, "{ended}");
}

#[test]
fn no_server() {
    let free = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let folder = Folder::with(&format!("rpc: {{listen: 'tcp://127.0.0.1:{free}'}}"));
    let hide = |ended: Ended| folder.hide(ended).replace(&free.to_string(), "PORT");
    assert_snapshot!(hide(rr(&["workers", "-c", &folder.file()])), @"
    exit: 1 (Command)
    stderr:
    error: no server at `tcp://127.0.0.1:PORT` (`rpc.listen` of DIR/.rr.yaml): Connection refused (os error 111)
    help: start it with `shop serve`, or name its configuration with `-c FILE`
    ");
    let listen = format!("rpc.listen=tcp://:{free}");
    assert_snapshot!(hide(rr(&["reset", "-c", &folder.file(), "-o", &listen, "http"])), @"
    exit: 1 (Command)
    stderr:
    error: no server at `tcp://:PORT` (-o rpc.listen): Connection refused (os error 111)
    help: start it with `shop serve`, or name its configuration with `-c FILE`
    ");
    let json = format!(r#"{{"rpc": {{"listen": "127.0.0.1:{free}"}}}}"#);
    assert_snapshot!(hide(rr(&["reset", "-c", &folder.file(), "-j", &json, "http"])), @"
    exit: 1 (Command)
    stderr:
    error: no server at `tcp://127.0.0.1:PORT` (`rpc.listen` of -j): Connection refused (os error 111)
    help: start it with `shop serve`, or name its configuration with `-c FILE`
    ");
    let folder = Folder::with("rpc: {listen: 'unix:///nowhere/rr.sock'}");
    assert_snapshot!(folder.hide(rr(&["workers", "-c", &folder.file()])), @"
    exit: 1 (Command)
    stderr:
    error: no server at `unix:///nowhere/rr.sock` (`rpc.listen` of DIR/.rr.yaml): No such file or directory (os error 2)
    help: start it with `shop serve`, or name its configuration with `-c FILE`
    ");
}

#[test]
fn something_else_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 mail.example.org ESMTP\r\n").unwrap();
    });
    let folder = Folder::with(&format!("rpc: {{listen: '{address}'}}"));
    let ended = folder.hide(rr(&["workers", "-c", &folder.file()]));
    assert_snapshot!(ended.replace(&address.to_string(), "OTHER"), @"
    exit: 1 (Command)
    stderr:
    error: `tcp://OTHER` (`rpc.listen` of DIR/.rr.yaml): what answers there does not speak goridge: not a goridge frame: the checksum of its header is wrong
    ");
}

#[test]
fn configurations_that_tell_no_server() {
    for (name, yaml) in [
        ("no-rpc", "http: {address: ':8080'}"),
        ("bad-address", "rpc:\n  listen: http://localhost\n"),
    ] {
        let folder = Folder::with(yaml);
        assert_snapshot!(name, folder.hide(rr(&["workers", "-c", &folder.file()])));
    }
    let folder = Folder::with("");
    let missing = folder.path().join("other.yaml");
    let missing = rr(&["reset", "-c", missing.to_str().unwrap()]);
    assert_snapshot!("no-file", folder.hide(missing));
}
