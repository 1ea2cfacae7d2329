//! `stop` and the pid file: a server in one thread, the command that ends it in another.

use std::{
    fs, io, process,
    sync::{Mutex, mpsc},
    thread,
};

use insta::assert_snapshot;

use super::{Ended, Exit, Failure, Folder, Running, ServeOptions, Setting, Shop, Signals, rr};
use crate::rpc::{Methods, Plain};

const VERSION: &str = "version: '3'";

fn nobody() -> Shop<impl AsyncFnOnce(ServeOptions) -> Result<(), Failure>> {
    Shop(async |_| unreachable!("not served"))
}

/// Serves with `arguments` while `meanwhile` runs; how it ended.
fn serving(
    folder: &Folder,
    arguments: &[&str],
    signals: Signals,
    program: impl AsyncFnOnce(&ServeOptions) + Send,
    meanwhile: impl FnOnce(),
) -> Ended {
    let file = folder.file();
    let arguments = [&["serve", "-c", &file], arguments].concat();
    let (up, is_up) = mpsc::channel();
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            let shop = Shop(async move |options: ServeOptions| {
                up.send(()).unwrap();
                program(&options).await;
                Ok(())
            });
            Setting::default().run(shop, signals, &arguments)
        });
        is_up.recv().unwrap();
        meanwhile();
        server.join().unwrap()
    })
}

#[test]
fn stop_waits_for_the_end() {
    static SIGNALS: Mutex<Option<tokio::sync::mpsc::UnboundedSender<()>>> = Mutex::new(None);
    let folder = Folder::with(VERSION);
    let pid_file = folder.path().join("shop.pid");
    let pid_file = pid_file.to_str().unwrap();
    let (sender, signals) = Signals::channel();
    *SIGNALS.lock().unwrap() = Some(sender);
    let setting = Setting {
        terminate: |pid| {
            assert_eq!(pid, process::id());
            let signals = SIGNALS.lock().unwrap();
            signals.as_ref().unwrap().send(()).map_err(io::Error::other)
        },
        ..Setting::default()
    };
    let server = serving(
        &folder,
        &["--pid-file", pid_file],
        signals,
        async |options| options.stop.cancelled().await,
        || {
            let written = fs::read_to_string(pid_file).unwrap();
            assert_eq!(written, process::id().to_string(), "no line's end");
            let again = rr(&["serve", "-c", &folder.file(), "--pid-file", pid_file]);
            let told = folder.hide(again).replace(&written, "PID");
            assert_snapshot!("serve-twice", told);
            let stop = setting.run(
                nobody(),
                Signals::none(),
                &["stop", "-c", &folder.file(), "--pid-file", pid_file],
            );
            let told = folder.hide(stop).replace(&written, "PID");
            assert_snapshot!(told, @"
            exit: 0 (Ok)
            stderr:
            stopping process with PID: PID
            stopped
            ");
        },
    );
    assert_eq!(server.exit, Exit::Ok, "{server}");
    assert!(!fs::exists(pid_file).unwrap());
}

#[test]
fn force_tells_it_twice() {
    static SIGNALS: Mutex<Option<tokio::sync::mpsc::UnboundedSender<()>>> = Mutex::new(None);
    let folder = Folder::with(VERSION);
    let (sender, signals) = Signals::channel();
    *SIGNALS.lock().unwrap() = Some(sender);
    let setting = Setting {
        terminate: |_| {
            let signals = SIGNALS.lock().unwrap();
            signals.as_ref().unwrap().send(()).map_err(io::Error::other)
        },
        ..Setting::default()
    };
    let pid_file = folder.path().join(".pid");
    serving(
        &folder,
        &["--pid-file", pid_file.to_str().unwrap()],
        signals,
        async |options| options.cut.cancelled().await,
        || {
            let stop = ["-f", "stop", "-s", "-c", &folder.file()];
            let stop = setting.run(nobody(), Signals::none(), &stop);
            assert_snapshot!(stop, @"exit: 0 (Ok)");
        },
    );
}

/// As RoadRunner 1 did it, whose servers had no pid file.
#[test]
fn a_server_without_a_pid_file_is_stopped_over_rpc() {
    let (tell, told) = mpsc::channel();
    let server = Running::with(move || {
        let system = Methods::new("system").method_with(
            "Stop",
            &tell,
            async |tell: mpsc::Sender<bool>, Plain(stop): Plain<bool>| {
                tell.send(stop).unwrap();
                Plain("OK".to_owned())
            },
        );
        vec![system]
    });
    let folder = Folder::with(&format!("rpc: {{listen: '{}'}}", server.address));
    let address = server.address.clone();
    // The server of this test ends when it was told to.
    let ends = thread::spawn(move || {
        let stopped = told.recv().unwrap();
        drop(server);
        stopped
    });
    let stop = rr(&["stop", "-c", &folder.file()]);
    assert!(ends.join().unwrap());
    let shown = stop.to_string().replace(&address, "tcp://SERVER");
    assert_snapshot!(shown, @"
    exit: 0 (Ok)
    stderr:
    stopping the server at tcp://SERVER
    stopped
    ");
    let nobody = folder.hide(rr(&["stop", "-c", &folder.file()]));
    assert_snapshot!(
        "stop-nobody-answers",
        nobody.replace(&address, "tcp://SERVER")
    );
}

#[test]
fn nobody_to_stop() {
    let folder = Folder::with(VERSION);
    let file = folder.file();
    let stop = || folder.hide(rr(&["stop", "-c", &file]));
    assert_snapshot!("stop-no-file", stop());
    // Whose pid it is by now is anybody's guess: it is not signalled.
    fs::write(folder.path().join(".pid"), process::id().to_string()).unwrap();
    assert_snapshot!("stop-left-over", stop());
}

#[test]
fn pid_files_that_cannot_be_trusted() {
    let folder = Folder::with(VERSION);
    let path = folder.path().join(".pid");
    for text in ["0", "1", "-1", "", "many"] {
        fs::write(&path, text).unwrap();
        let file = fs::File::open(&path).unwrap();
        file.lock().unwrap();
        let stop = rr(&["stop", "-c", &folder.file()]);
        assert_eq!(stop.exit, Exit::Command, "{text}: {stop}");
        assert!(stop.err.contains("cannot read"), "{text}: {stop}");
    }
}

#[test]
fn a_pid_file_that_cannot_be_written() {
    let folder = Folder::with(VERSION);
    let nowhere = folder.path().join("no/such.pid");
    let ended = rr(&[
        "serve",
        "-c",
        &folder.file(),
        "--pid-file",
        nowhere.to_str().unwrap(),
    ]);
    assert_snapshot!("serve-no-pid-file", folder.hide(ended));
}
