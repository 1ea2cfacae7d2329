//! What people see who write a `.rr.yaml`: keys that are offered, words that explain them,
//! mistakes that are marked.

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use super::client::{Client, Position};

/// A text with a place in it, and what an editor must show there.
pub(super) struct Case {
    pub(super) what: &'static str,
    /// The file; `^` is where the cursor stands.
    text: &'static str,
    expected: Expected,
}

enum Expected {
    /// Completions, among others.
    Offers(&'static [&'static str]),
    /// Parts of the hover.
    Tells(&'static [&'static str]),
    /// Line, from 0 below the first, and a part of the message, of all that is marked.
    Marks(&'static [(usize, &'static str)]),
}

use Expected::{Marks, Offers, Tells};

pub(super) const CASES: &[Case] = &[
    Case {
        what: "a right file is not marked",
        text: "version: '3'\ninventory:\n  articles: {bread: 3}\nhttp:\n  address: :8080\n",
        expected: Marks(&[]),
    },
    Case {
        what: "sections are offered, the project's own among them",
        text: "version: '3'\n^",
        expected: Offers(&["http", "server", "rpc", "inventory"]),
    },
    Case {
        what: "keys of the project's own section are offered",
        text: "version: '3'\ninventory:\n  ^",
        expected: Offers(&["articles"]),
    },
    Case {
        what: "the project's own section is explained",
        text: "version: '3'\ninv^entory:\n  articles: {bread: 3}\n",
        expected: Tells(&["What the shop has in stock."]),
    },
    Case {
        what: "keys of the project's own section are explained",
        text: "version: '3'\ninventory:\n  art^icles: {bread: 3}\n",
        expected: Tells(&["How many there are of each article when the server starts."]),
    },
    Case {
        what: "mistakes in the project's own section are marked",
        text: "version: '3'\ninventory:\n  artciles: {bread: 3}\n",
        expected: Marks(&[
            (1, "Missing property \"articles\"."),
            (2, "Property artciles is not allowed."),
        ]),
    },
    Case {
        what: "wrong values are marked in words",
        text: "version: '3'\ninventory:\n  articles: {bread: some}\nrpc:\n  listen: nowhere\nhttp:\n  address: :80\n  timeouts:\n    idle: 5\n    write: 5 s\n",
        expected: Marks(&[
            (2, "a whole number is expected"),
            (4, "an address is `host:port`"),
            (8, "a duration needs a unit: `30s`"),
            (9, "a duration needs a unit: `30s`"),
        ]),
    },
    Case {
        what: "sections that the server lacks are marked",
        text: "version: '3'\nlock: {}\n",
        expected: Marks(&[(1, "Property lock is not allowed.")]),
    },
    Case {
        what: "words are offered",
        text: "version: '3'\nlogs:\n  mode: ^\n",
        expected: Offers(&["development", "production", "raw", "none"]),
    },
    Case {
        what: "words are explained, with the default",
        text: "version: '3'\nlogs:\n  mo^de: raw\n",
        expected: Tells(&[
            "Default: `development`",
            "`production`: JSON for machines.",
            "`none`: Nothing.",
        ]),
    },
    Case {
        what: "defaults and examples are shown",
        text: "version: '3'\nhttp:\n  address: :80\n  timeouts:\n    id^le: 1m\n",
        expected: Tells(&["between two requests", "Default: `5m`", "1h30m"]),
    },
    Case {
        what: "what has no effect any more is marked",
        text: "version: '3'\nendure:\n  log_level: debug\n",
        expected: Marks(&[(2, "No effect.")]),
    },
    Case {
        what: "variables fit everywhere",
        text: "version: '3'\nhttp:\n  address: ${ADDRESS}\n  pool: {num_workers: '${N:-2}', debug: '${D}'}\nlogs: {mode: '${MODE}'}\n",
        expected: Marks(&[]),
    },
];

impl Case {
    /// Asks `client` about the text below `head`.
    pub(super) fn check(&self, client: &mut Client, head: &str) -> Result<()> {
        let text = format!("{head}{}", self.text);
        let at = position(&text);
        let (uri, marked) = client.open(&text.replace('^', ""))?;
        match (&self.expected, at) {
            (Marks(expected), _) => marks(&marked, expected, head.lines().count()),
            (Offers(expected), Some(at)) => {
                let offered = client.ask("completion", &uri, at)?;
                let items = offered.get("items").unwrap_or(&offered).as_array();
                let labels = items.into_iter().flatten().map(|it| &it["label"]);
                let labels: Vec<&str> = labels.filter_map(Value::as_str).collect();
                all(expected, |it| labels.contains(&it), &format!("{labels:?}"))
            }
            (Tells(expected), Some(at)) => {
                let told = client.ask("hover", &uri, at)?;
                let text = told["contents"]["value"].as_str().unwrap_or_default();
                all(expected, |it| text.contains(it), text)
            }
            (_, None) => bail!("the text has no `^`"),
        }
    }
}

fn all(expected: &[&str], there: impl Fn(&str) -> bool, found: &str) -> Result<()> {
    for it in expected {
        ensure!(there(it), "`{it}` is not among: {found}");
    }
    Ok(())
}

fn marks(marked: &[Value], expected: &[(usize, &str)], below: usize) -> Result<()> {
    let mut found: Vec<(usize, &str)> = marked
        .iter()
        .map(|it| {
            let line = it["range"]["start"]["line"].as_u64().unwrap_or_default() as usize;
            (
                line.saturating_sub(below),
                it["message"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    found.sort_unstable();
    let fits = |((line, part), (at, text)): (&(usize, &str), &(usize, &str))| {
        line == at && text.contains(part)
    };
    let same = found.len() == expected.len() && expected.iter().zip(&found).all(fits);
    ensure!(same, "marked is {found:?}, expected {expected:?}");
    Ok(())
}

/// Where the `^` stands.
fn position(text: &str) -> Option<Position> {
    let before = text.split_once('^')?.0;
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |it| it + 1);
    Some(Position { line, column })
}
