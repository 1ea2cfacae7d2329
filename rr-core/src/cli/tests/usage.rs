//! Help, version, schema, and arguments that make no sense.

use insta::assert_snapshot;

use super::{Exit, Setting, Shop, Signals, rr};
use crate::cli::args::{Command, Line};

#[test]
fn help() {
    assert_snapshot!("help", rr(&[]));
    assert_eq!(rr(&["--help"]).exit, Exit::Ok);
    assert_eq!(rr(&["help", "serve"]).exit, Exit::Ok);
    help_of(&Line::commands("shop"), &[]);
}

/// Goldens of the help of all commands below one.
fn help_of(command: &clap::Command, path: &[&str]) {
    for below in command.get_subcommands() {
        let path = [path, &[below.get_name()]].concat();
        let help = rr(&[&path[..], &["--help"]].concat());
        assert_snapshot!(format!("help-{}", path.join("-").replace(':', "-")), help);
        help_of(below, &path);
    }
}

/// What PHP packages of RoadRunner 1 look for in what a bare `rr` prints.
#[test]
fn old_packages_find_the_version() {
    let help = rr(&[]).out;
    let line = help.lines().find_map(|it| it.strip_prefix("Version:"));
    let numbers = line.unwrap().rsplit(' ').next().unwrap().split('.');
    let numbers: Vec<u32> = numbers.map(|it| it.parse().unwrap()).collect();
    assert_eq!(numbers.len(), 3, "{help}");
}

#[test]
fn version() {
    let expected = rr(&["--version"]);
    assert!(
        expected
            .out
            .starts_with("rr version 2025.1.15 (shop 0.1.0), OS: ")
    );
    assert!(expected.out.ends_with('\n') && expected.out.lines().count() == 1);
    for again in [&["version"][..], &["-V"], &["-V", "workers"]] {
        assert_eq!(rr(again).out, expected.out);
    }
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        assert_snapshot!(expected, @r"
        exit: 0 (Ok)
        stdout:
        rr version 2025.1.15 (shop 0.1.0), OS: linux, arch: amd64
        ");
    }
}

#[test]
fn senseless_arguments() {
    assert_snapshot!("unknown-command", rr(&["sevre"]));
    assert_snapshot!("unknown-option", rr(&["serve", "--strickt"]));
    assert_snapshot!("missing-value", rr(&["serve", "-c"]));
    assert_snapshot!("empty-value", rr(&["serve", "-c", ""]));
    assert_snapshot!("serve-flags-elsewhere", rr(&["-d", "workers"]));
    assert_snapshot!("stop-flags-elsewhere", rr(&["-f", "workers"]));
    assert_snapshot!("unknown-shell", rr(&["completion", "tcsh"]));
    assert_snapshot!("config-alone", rr(&["config"]));
}

#[test]
fn colours_only_where_they_are_seen() {
    assert!(!rr(&["--help"]).out.contains('\x1b'));
    assert!(!rr(&["nope"]).err.contains('\x1b'));
    let seen = Setting {
        colours: true,
        ..Setting::default()
    };
    let shop = || Shop(async |_| unreachable!("not served"));
    let help = seen.run(shop(), Signals::none(), &["--help"]);
    assert!(help.out.contains('\x1b'));
    let error = seen.run(shop(), Signals::none(), &["-d", "workers"]);
    assert!(error.err.contains("\x1b["));
}

/// The line that Laravel Octane starts a server with.
#[test]
fn all_options_may_stand_before_the_command() {
    let line = [
        "rr",
        "-c",
        "/app/.rr.yaml",
        "-o",
        "version=3",
        "-o",
        "http.address=127.0.0.1:8000",
        "-o",
        "server.command=/usr/bin/php8.2,/app dir/vendor/bin/roadrunner-worker",
        "-o",
        "http.pool.supervisor.exec_ttl=30s",
        "-d",
        "serve",
    ];
    let line = Line::read(line.map(Into::into), "rr", None).unwrap();
    let Some(Command::Serve { place, flags, .. }) = line.command else {
        panic!("it is `serve`");
    };
    let (place, flags) = (line.place.then(place), line.serve.then(flags));
    assert_eq!(place.config.unwrap().to_str(), Some("/app/.rr.yaml"));
    assert_eq!(
        place.overrides,
        [
            "version=3",
            "http.address=127.0.0.1:8000",
            "server.command=/usr/bin/php8.2,/app dir/vendor/bin/roadrunner-worker",
            "http.pool.supervisor.exec_ttl=30s",
        ]
    );
    assert!(flags.debug && !flags.strict);
}

/// Those of RoadRunner, 1 and today's, in their own spellings.
#[test]
fn flags_of_roadrunner() {
    for line in [
        &["rr", "serve", "-v", "-d"][..],
        &["rr", "-p", "-e", "serve"],
        &["rr", "serve", "-p", "-s", "--WorkDir", "x"],
        &["rr", "serve", "-l", "json", "--workDir", "x"],
        &["rr", "serve", "--logFormat", "plain", "--dotenv", ".env"],
        &["rr", "stop", "-f"],
        &["rr", "-f", "stop", "--silent"],
        &["rr", "http:workers", "-i"],
        &["rr", "http:reset", "-c", "x"],
        &["rr", "-j", "{}", "serve", "--jsonConfig", "{}"],
    ] {
        let read = Line::read(line.iter().map(Into::into), "rr", None);
        assert!(read.is_ok(), "{line:?}: {read:?}");
    }
}

#[test]
fn options_on_both_sides_add_up_and_the_later_file_counts() {
    let line = [
        "rr",
        "-c",
        "a",
        "-o",
        "x=1",
        "--WorkDir",
        "w",
        "reset",
        "-o",
        "y=2",
        "-c",
        "b",
        "-s",
        "http",
    ];
    let line = Line::read(line.map(Into::into), "rr", None).unwrap();
    let Some(Command::Reset { services, place }) = line.command else {
        panic!("it is `reset`");
    };
    let place = line.place.then(place);
    assert_eq!(services, ["http"]);
    assert_eq!(place.config.unwrap().to_str(), Some("b"));
    assert_eq!(place.work_dir.unwrap().to_str(), Some("w"));
    assert_eq!(place.overrides, ["x=1", "y=2"]);
    assert!(place.silent);
}
