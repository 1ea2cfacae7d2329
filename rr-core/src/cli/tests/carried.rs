//! Programs that carry more than services: a configuration, files, commands.

use std::fs;

use super::{Exit, Failure, Folder, Setting, Signals};
use crate::{
    Server, ServerBuilder,
    cli::{Call, Command},
    embed::File,
};

const CONFIG: &str = "version: '3'\ninclude: ['${RR_APP}/more.yaml']\n";

static FILES: [File; 1] = [File::new("more.yaml", false, b"version: '3'\n")];

/// Says what it was called with.
struct Echo;

impl Command for Echo {
    const NAME: &'static str = "echo";
    const ABOUT: &'static str = "Fail with the arguments";

    fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        let grace = call.config()?.grace_period(&mut Default::default());
        let text = format!("{:?} {grace:?}", call.arguments);
        Err(Failure::new(Exit::Command, text))
    }
}

fn program() -> ServerBuilder {
    let program = Server::builder().name("shop", "1.0.0").command(Echo);
    program.default_config("version: '3'\nendure: {grace_period: 7s}\n")
}

fn run(program: ServerBuilder, folder: &Folder, arguments: &[&str]) -> String {
    let cache = folder.path().join("cache").to_string_lossy().into_owned();
    let setting = Setting {
        env: [("RR_APP_CACHE", cache)].into(),
        ..Setting::default()
    };
    let nowhere = folder.path().join("nowhere");
    fs::create_dir_all(&nowhere).unwrap();
    let nowhere = nowhere.to_string_lossy().into_owned();
    let arguments = [&["-w", &nowhere], arguments].concat();
    let ended = setting.run(program, Signals::none(), &arguments);
    folder.hide(ended)
}

#[test]
fn a_configuration_that_is_carried_holds_where_there_is_none() {
    let folder = Folder::with("version: '3'\nendure: {grace_period: 3s}\n");
    let show = ["config", "show", "endure.grace_period"];
    let shown = run(program(), &folder, &show);
    assert!(shown.contains("7s"), "{shown}");
    assert!(
        shown.contains("the configuration in the program"),
        "{shown}"
    );
    let file = folder.file();
    let shown = run(program(), &folder, &[&show[..], &["-c", &file]].concat());
    assert!(shown.contains("3s"), "{shown}");
}

#[test]
fn a_command_is_called_with_what_follows_it() {
    let folder = Folder::with("");
    let said = run(program(), &folder, &["echo", "a", "--help", "-c"]);
    assert!(
        said.contains(r#"error: ["a", "--help", "-c"] 7s"#),
        "{said}"
    );
    let help = run(program(), &folder, &["--help"]);
    assert!(help.contains("Fail with the arguments"), "{help}");
    let clash = run(program().command(Echo), &folder, &["--help"]);
    assert!(
        clash.contains("two commands of this program are called `echo`"),
        "{clash}"
    );
}

#[test]
fn files_are_unpacked_before_the_configuration_needs_them() {
    let folder = Folder::with("");
    let carrying = || Server::builder().default_config(CONFIG).embed(&FILES);
    let said = run(carrying(), &folder, &["config", "check"]);
    assert!(said.contains("no mistakes"), "{said}");
    let states = fs::read_dir(folder.path().join("cache")).unwrap().flatten();
    let folders = states.filter(|it| it.path().is_dir());
    assert_eq!(folders.count(), 1);
}
