//! Real builds with the real cargo, of rr's own crates in small.

use std::{fs, process::Command};

use rr_builder::{
    manifest::Profile,
    progress::Progress,
    project::{Built, Failure, Options},
};

use crate::Copy;

fn build(copy: &Copy) -> Result<Built, Failure> {
    let options = Options {
        profile: Some(Profile::Debug),
        ..Options::default()
    };
    copy.open()?.build(options, &mut Progress::silent())
}

fn run(built: &Built, argument: &str) -> String {
    let output = Command::new(&built.binary).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_server_is_built_and_knows_its_parts() {
    let copy = Copy::new();
    let built = build(&copy).unwrap();
    assert_eq!(built.binary, copy.path("project/build/shop"));
    assert_eq!(
        run(&built, "--version"),
        "rr version 2025.1.15 (shop 1.2.3)\n"
    );
    assert_eq!(
        run(&built, "serve"),
        "[\"logs\", \"http\", \"inventory\"] 1\nserver started\n"
    );
    assert!(built.warnings.is_empty(), "{:?}", built.warnings);

    let schema = copy.read("project/build/rr.schema.json");
    assert_eq!(schema, run(&built, "schema"));
    let config = copy.read("project/.rr.yaml");
    let head = "# yaml-language-server: $schema=build/rr.schema.json\nversion: \"3\"\n";
    assert!(config.starts_with(head), "{config}");
    assert!(
        config.contains("# inventory: What inventory is for.\n"),
        "{config}"
    );
}

#[test]
fn what_the_user_wrote_stays() {
    let copy = Copy::new();
    copy.write("project/.rr.yaml", "version: \"3\"\n");
    let built = build(&copy).unwrap();
    assert!(!built.new_config);
    assert_eq!(copy.read("project/.rr.yaml"), "version: \"3\"\n");
}

#[test]
fn all_lines_are_judged_at_once() {
    let copy = Copy::new();
    let manifest = "project/manifest.toml";
    copy.replace(
        manifest,
        "path = \"inventory\"",
        "path = \"inventory\", type = \"inventory::Shelf\"",
    );
    copy.replace(
        manifest,
        r#"'stamp::StampLayer::new("x-served-by")'"#,
        r#""stamp::Ink""#,
    );
    let text = build(&copy).unwrap_err().to_string();
    assert_eq!(text.matches("error: ").count(), 2, "{text}");
}

#[test]
fn a_warning_on_a_crate_of_the_project_is_passed_on() {
    let copy = Copy::new();
    let source = copy.read("project/stamp/src/lib.rs");
    copy.write(
        "project/stamp/src/lib.rs",
        &format!("{source}\nfn idle() {{}}\n"),
    );
    let source = copy.read("stock/rr-core/src/lib.rs");
    copy.write(
        "stock/rr-core/src/lib.rs",
        &format!("{source}\nfn lazy() {{}}\n"),
    );
    let built = build(&copy).unwrap();
    let [warning] = built.warnings.as_slice() else {
        panic!("{:?}", built.warnings);
    };
    assert!(
        warning.contains("function `idle` is never used"),
        "{warning}"
    );
}

#[test]
fn the_old_server_stays_until_the_new_one_runs() {
    let copy = Copy::new();
    let built = build(&copy).unwrap();
    let schema = copy.read("project/build/rr.schema.json");

    // The name breaks the schema of the new server.
    copy.replace(
        "project/inventory/src/lib.rs",
        "\"inventory\"",
        r#""inven\"tory""#,
    );
    let failure = build(&copy).unwrap_err();
    assert!(matches!(failure, Failure::Smoke(_)), "{failure}");
    let text = failure.to_string();
    assert!(text.contains("prints no JSON Schema"), "{text}");
    assert!(text.contains("is untouched"), "{text}");
    assert_eq!(
        run(&built, "serve"),
        "[\"logs\", \"http\", \"inventory\"] 1\nserver started\n"
    );
    assert_eq!(copy.read("project/build/rr.schema.json"), schema);

    // It ends badly.
    copy.replace(
        "project/inventory/src/lib.rs",
        r#""inven\"tory""#,
        "\"inventory\"",
    );
    copy.replace(
        "stock/rr-core/src/lib.rs",
        "Some(\"schema\") =>",
        "Some(\"schema\") if false =>",
    );
    let text = build(&copy).unwrap_err().to_string();
    assert!(
        text.contains("`schema` of the new server failed (exit status: 1)"),
        "{text}"
    );

    let left: Vec<_> = fs::read_dir(copy.path("project/build")).unwrap().collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn a_crate_of_git_says_itself_what_it_offers() {
    let copy = Copy::new();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        let output = command
            .args(arguments)
            .current_dir(copy.path("geo"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    copy.write("geo/src/lib.rs", "pub struct Geo;\n");
    copy.write(
        "geo/Cargo.toml",
        "[package]\nname = \"geo\"\nversion = \"0.1.0\"\n\n\
         [package.metadata.rr.services]\nplace = { type = \"Geo\" }\n",
    );
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "Begin"]);
    git(&["tag", "v1"]);

    let manifest = copy.read("project/manifest.toml");
    let url = format!("file://{}", copy.path("geo").display());
    let with = |tag: &str| {
        let line = format!("[services]\ngeo = {{ git = \"{url}\", tag = \"{tag}\" }}");
        copy.write(
            "project/manifest.toml",
            &manifest.replace("[services]", &line),
        );
    };
    with("v1");
    let project = copy.open().unwrap();
    assert_eq!(project.plan.services[0].code.text(), "geo::Geo");

    with("v2");
    let text = copy.open().unwrap_err().to_string();
    assert!(
        text.contains("error: cannot fetch the crate `geo`"),
        "{text}"
    );
    assert!(text.contains("manifest.toml:5:15"), "{text}");
    assert!(text.contains("v2"), "{text}");
}
