//! `serve`: what is read, what is said, how it ends.

use std::cell::RefCell;

use insta::assert_snapshot;

use super::{Ended, Exit, Failure, Folder, Hangups, ServeOptions, Setting, Shop, Signals, rr};

/// Serves until it is told to stop or cut.
async fn obedient(options: ServeOptions) -> Result<(), Failure> {
    (options.started)();
    options.stop.cancelled().await;
    Ok(())
}

/// Serves until it is cut.
async fn stubborn(options: ServeOptions) -> Result<(), Failure> {
    (options.started)();
    options.cut.cancelled().await;
    Err(Failure::new(Exit::CutOff, "stop was forced, cut off: http"))
}

fn serve<F>(program: F, signals: usize, yaml: &str, arguments: &[&str]) -> Ended
where
    F: AsyncFnOnce(ServeOptions) -> Result<(), Failure>,
{
    let folder = Folder::with(yaml);
    let (sender, receiver) = Signals::channel();
    // The signals come when the server is up.
    let program = Shop(async move |options: ServeOptions| {
        let started = options.started;
        let options = ServeOptions {
            started: Box::new(move || {
                started();
                (0..signals).for_each(|_| sender.send(()).unwrap());
            }),
            ..options
        };
        program(options).await
    });
    let file = folder.file();
    let arguments = [&["serve", "-c", &file], arguments].concat();
    let ended = Setting::default().run(program, receiver, &arguments);
    assert_eq!(ended.folder.as_deref(), Some(folder.path()));
    ended
}

const VERSION: &str = "version: '3'";

#[test]
fn a_stop_in_good_order() {
    assert_snapshot!(serve(obedient, 1, VERSION, &[]), @"
    exit: 0 (Ok)
    stdout:
    [INFO] RoadRunner server started; version: 2025.1.15
    stop signal received, grace timeout is: 30 seconds
    ");
    assert_snapshot!(serve(obedient, 1, VERSION, &["-s"]), @"exit: 0 (Ok)");
}

#[test]
fn experiments_are_none() {
    assert_snapshot!(serve(obedient, 1, VERSION, &["-e"]), @"
    exit: 0 (Ok)
    stdout:
    [INFO] RoadRunner server started; version: 2025.1.15
    stop signal received, grace timeout is: 30 seconds
    stderr:
    `-e` has no effect: nothing in this server is experimental
    ");
}

#[test]
fn the_grace_period_is_told() {
    let yaml = "version: '3'\nendure: {grace_period: 1500ms}";
    assert_snapshot!(serve(obedient, 1, yaml, &[]), @"
    exit: 0 (Ok)
    stdout:
    [INFO] RoadRunner server started; version: 2025.1.15
    stop signal received, grace timeout is: 1.5 seconds
    ");
}

#[test]
fn a_second_signal_forces() {
    assert_snapshot!(serve(stubborn, 2, VERSION, &[]), @"
    exit: 6 (CutOff)
    stdout:
    [INFO] RoadRunner server started; version: 2025.1.15
    stop signal received, grace timeout is: 30 seconds
    exit forced
    stderr:
    error: stop was forced, cut off: http
    ");
}

#[test]
fn a_server_that_fails() {
    let failing = async |_| Err(Failure::new(Exit::Failed, "`http` failed: out of ideas"));
    assert_snapshot!(serve(failing, 0, VERSION, &[]), @"
    exit: 5 (Failed)
    stderr:
    error: `http` failed: out of ideas
    ");
}

#[test]
fn flags_are_settings_that_others_beat() {
    let check = |arguments: &[&str], expected: &str| {
        let telling = async |options: ServeOptions| {
            let json = options.config.to_json();
            Err(Failure::new(Exit::Failed, &json["logs"]))
        };
        let ended = serve(telling, 0, VERSION, arguments);
        assert_eq!(ended.err.trim_end(), format!("error: {expected}"));
    };
    check(&["-v"], r#"{"level":"debug"}"#);
    check(&["-d"], r#"{"mode":"development","level":"debug"}"#);
    check(&["-v", "-o", "logs.level=warn"], r#"{"level":"warn"}"#);
    check(&["-l", "json"], r#"{"encoding":"json"}"#);
    check(&["-l", "color"], r#"{"encoding":"console"}"#);
}

#[test]
fn strict_is_passed_on() {
    for (arguments, expected) in [(&["--strict"][..], "true"), (&[], "false")] {
        let telling = async |options: ServeOptions| Err(Failure::new(Exit::Failed, options.strict));
        let ended = serve(telling, 0, VERSION, arguments);
        assert_eq!(ended.err, format!("error: {expected}\n"));
    }
}

#[test]
fn mistakes_found_so_far_are_passed_on() {
    let telling = async |options: ServeOptions| Err(Failure::config(options.found));
    let ended = serve(telling, 0, "http: {address: ':8080'}", &["-o", "nonsense"]);
    assert_eq!(ended.exit, Exit::Config);
    assert!(ended.err.contains("version"), "{}", ended.err);
    assert!(
        ended.err.contains("invalid flag `-o nonsense`"),
        "{}",
        ended.err
    );
}

#[test]
fn a_relative_file_is_looked_up_in_the_working_directory() {
    let folder = Folder::with(VERSION);
    let program = Shop(async |_| Ok(()));
    let arguments = ["serve", "-w", folder.path().to_str().unwrap()];
    let ended = Setting::default().run(program, Signals::none(), &arguments);
    assert_eq!(ended.exit, Exit::Ok, "{ended}");
    assert_eq!(ended.folder.as_deref(), Some(folder.path()));
}

#[test]
fn no_file() {
    let folder = Folder::with("");
    let missing = folder.path().join("rr.yaml");
    let ended = rr(&["serve", "-c", missing.to_str().unwrap()]);
    assert_snapshot!("serve-no-file", folder.hide(ended));
}

#[test]
fn a_hangup_has_the_file_read_again() {
    let folder = Folder::with("version: '3'\nhttp: {address: '127.0.0.1:1'}");
    let file = folder.file();
    let again = "version: '3'\nhttp: {address: '127.0.0.1:2'}";
    let (hang_up, hangups) = Hangups::channel();
    let program = Shop(async move |mut options: ServeOptions| {
        (options.started)();
        hang_up.send(()).unwrap();
        options.readings.hangups.recv().await.unwrap();
        std::fs::write(folder.file(), again).unwrap();
        let (to, read) = tokio::sync::oneshot::channel();
        options.readings.wanted.send(to).unwrap();
        let reading = read.await.unwrap();
        assert!(reading.found.is_empty() && reading.variables.is_empty());
        let json = reading.config.unwrap().to_json();
        assert_eq!(json["http"]["address"], "127.0.0.1:2");
        Ok(())
    });
    let setting = Setting {
        hangups: RefCell::new(Some(hangups)),
        ..Setting::default()
    };
    let ended = setting.run(program, Signals::none(), &["serve", "-s", "-c", &file]);
    assert_snapshot!(ended, @"exit: 0 (Ok)");
}

#[test]
fn a_server_that_does_not_reload_says_so() {
    let folder = Folder::with(VERSION);
    let (hang_up, hangups) = Hangups::channel();
    let program = Shop(async move |options: ServeOptions| {
        drop(options.readings);
        hang_up.send(()).unwrap();
        tokio::task::yield_now().await;
        Ok(())
    });
    let setting = Setting {
        hangups: RefCell::new(Some(hangups)),
        ..Setting::default()
    };
    let ended = setting.run(program, Signals::none(), &["serve", "-c", &folder.file()]);
    assert_snapshot!(ended, @"
    exit: 0 (Ok)
    stdout:
    SIGHUP has no effect: this server does not reload its configuration
    ");
}
