//! What is made of the commands themselves: completions, manual pages, the schema.

use insta::assert_snapshot;

use super::{Exit, Folder, rr};

#[test]
fn every_shell_gets_its_script() {
    for (shell, mark) in [
        ("bash", "complete -F _shop"),
        ("zsh", "#compdef shop"),
        ("fish", "complete -c shop"),
        ("elvish", "edit:completion:arg-completer[shop]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = rr(&["completion", shell]);
        assert_eq!(script.exit, Exit::Ok);
        assert!(script.out.contains(mark), "{shell}:\n{script}");
        for command in ["serve", "workers", "explain"] {
            assert!(script.out.contains(command), "{shell}: {command}");
        }
    }
    // The shortest of them, which has all that the others have.
    assert_snapshot!("completion-fish", rr(&["completion", "fish"]));
}

#[test]
fn manual_pages() {
    let folder = Folder::with("");
    let pages = folder.path().join("man");
    let wrote = rr(&["man", pages.to_str().unwrap()]);
    assert_snapshot!(folder.hide(wrote), @"
    exit: 0 (Ok)
    stdout:
    wrote manual pages to DIR/man
    ");
    let page = |name: &str| std::fs::read_to_string(pages.join(name)).unwrap();
    assert_snapshot!("man", page("shop.1"));
    assert_snapshot!("man-workers", page("shop-workers.1"));
    assert!(page("shop-config-explain.1").contains(".TH"));
    let nowhere = rr(&["man", &folder.file()]);
    assert_eq!(nowhere.exit, Exit::Command, "{nowhere}");
}

#[test]
fn schema() {
    let schema = rr(&["schema"]);
    assert_snapshot!("schema", schema);
    let json: serde_json::Value = serde_json::from_str(&schema.out).unwrap();
    assert_eq!(json["properties"]["http"]["required"][0], "address");
    assert!(json["properties"]["informer"].is_object());
}
