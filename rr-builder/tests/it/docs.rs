//! What `docs/builder.md` and `docs/embedding.md` show is what there is: code of the starter, manifests that are read,
//! messages that are said.

use std::{fs, path::PathBuf, sync::Arc};

use rr_builder::{manifest::Manifest, source::Source};

/// A fenced block: its language and its text.
type Block = (String, String);

fn blocks(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(format!("../docs/{page}")).unwrap();
    let mut fences = text.split("```");
    fences.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_prose)) = (fences.next(), fences.next()) {
        let (language, body) = block.split_once('\n').unwrap();
        blocks.push((language.to_owned(), body.to_owned()));
    }
    blocks
}

fn texts(folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        match path.is_dir() {
            true => texts(path.to_str().unwrap(), found),
            // What is built there is no text.
            false => found.extend(fs::read_to_string(path)),
        }
    }
}

/// Every block of `page` that `chosen` chooses, at least `least` of them, must stand in a file of
/// `folder`.
fn check(page: &str, folder: &str, least: usize, chosen: fn(&Block) -> bool) {
    let mut files = Vec::new();
    texts(folder, &mut files);
    let chosen: Vec<Block> = blocks(page).into_iter().filter(chosen).collect();
    assert!(chosen.len() >= least, "{} blocks", chosen.len());
    for (_, text) in chosen {
        let there = files.iter().any(|it| it.contains(text.trim_end()));
        assert!(there, "nothing in {folder} is like this:\n{text}");
    }
}

#[test]
fn code_is_that_of_the_starter() {
    check("builder.md", "../templates/new", 3, |(language, _)| {
        ["rust", "php"].contains(&language.as_str())
    });
}

#[test]
fn embedding_is_as_the_examples_do_it() {
    for (example, least) in [("embedded", 4), ("layer/server", 1)] {
        // The layer's is the only one with a middleware.
        let chosen: fn(&Block) -> bool = match example {
            "embedded" => |(language, text)| language == "rust" && !text.contains(".middleware("),
            _ => |(_, text)| text.contains(".middleware("),
        };
        check(
            "embedding.md",
            &format!("../examples/{example}"),
            least,
            chosen,
        );
    }
}

#[test]
fn the_program_is_one_that_is_generated() {
    check("builder.md", "tests/golden", 1, |(_, text)| {
        text.contains("// manifest.toml:")
    });
}

#[test]
fn messages_are_those_that_are_said() {
    check("builder.md", "tests/errors", 1, |(_, text)| {
        text.starts_with("error:")
    });
}

#[test]
fn manifests_are_read() {
    let manifests = blocks("builder.md")
        .into_iter()
        .filter(|(language, text)| language == "toml" && text.contains("[services]"));
    let manifests: Vec<Block> = manifests.collect();
    assert!(manifests.len() >= 2);
    for (_, text) in manifests {
        let path = "manifest.toml".into();
        let manifest = Manifest::parse(&Arc::new(Source { path, text })).unwrap();
        assert_eq!(manifest.name, "till");
        assert!(manifest.mistakes().is_empty(), "{:?}", manifest.mistakes());
    }
}
