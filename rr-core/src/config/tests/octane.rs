//! The command line with which Laravel Octane starts a server: everything is in overrides.

use super::{Http, Logs, Mode, Server, Static};
use crate::config::{Config, Diagnostics, Source};

const OVERRIDES: [&str; 13] = [
    "version=3",
    "http.address=127.0.0.1:8000",
    "server.command=/usr/bin/php,/srv/my app/vendor/bin/roadrunner-worker",
    "http.pool.num_workers=0",
    "http.pool.max_jobs=500",
    "rpc.listen=tcp://127.0.0.1:6001",
    "http.pool.supervisor.exec_ttl=30s",
    "http.static.dir=/srv/my app/public",
    "http.middleware=static",
    "logs.mode=production",
    "logs.level=warn",
    "logs.output=stdout",
    "logs.encoding=json",
];

#[test]
fn an_empty_file_and_overrides_make_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(".rr.yaml");
    std::fs::write(&file, "").expect("an empty file");
    let source = Source {
        file,
        overrides: OVERRIDES.map(str::to_owned).to_vec(),
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    let config = Config::load(&source, &|_| None, &mut found).expect("a configuration");
    assert!(found.is_empty(), "{found}");

    let http: Http = config
        .section("http", &["http.static"], &mut found)
        .expect("http");
    assert_eq!(http.address, "127.0.0.1:8000".parse().ok());
    assert_eq!((http.pool.num_workers, http.pool.max_jobs), (0, 500));
    assert_eq!(http.middleware, ["static"]);
    let ttl = http.pool.supervisor.expect("made by its key").exec_ttl;
    assert_eq!(ttl.get().as_secs(), 30);

    let server: Server = config.section("server", &[], &mut found).expect("server");
    assert_eq!(server.command.program(), "/usr/bin/php");
    assert_eq!(
        server.command.args(),
        ["/srv/my app/vendor/bin/roadrunner-worker"]
    );

    let section: Static = config
        .section("http.static", &[], &mut found)
        .expect("static");
    assert_eq!(section.dir, "/srv/my app/public");
    assert!(found.is_empty(), "{found}");

    let logs: Logs = config
        .section("logs", &["logs.level", "logs.encoding"], &mut found)
        .expect("logs");
    assert_eq!(
        (logs.output, logs.mode),
        (vec!["stdout".to_owned()], Mode::Production)
    );
    assert!(found.is_empty(), "{found}");
    assert_eq!(config.to_json()["rpc"]["listen"], "tcp://127.0.0.1:6001");
}
