//! Reloads of a server: what is applied at once, what is only told, and what leaves all as it is.

mod shop;

use tokio::sync::{mpsc, oneshot};

use super::{Outcome, Report};
use crate::{Server, StopSignals, config::Diagnostics};
use shop::{Shop, open, read};

fn lines(report: &Report) -> Vec<String> {
    let line = |it: &super::Changed| format!("{:?}: {it}", it.outcome);
    report.changes.iter().map(line).collect()
}

const BEFORE: &str = "shop: {street: High, shelves: 3}";

#[tokio::test]
async fn what_is_claimed_is_applied_and_the_rest_is_named() {
    let mut shop = open(BEFORE).await;
    let report = shop
        .reload("shop:\n  street: Low\n  shelves: 5\n  odd: 1")
        .await;
    assert_eq!(
        lines(&report),
        [
            "NeedsRestart: shop.street: High -> Low (.rr.yaml:2:11)",
            "Applied: shop.shelves: 3 -> 5 (.rr.yaml:3:12)",
            "WithoutEffect: shop.odd: (not set) -> 1 (.rr.yaml:4:8)",
        ]
    );
    assert_eq!(shop.did().unwrap(), "3 5  []");
    let expected = serde_json::json!({"street": "High", "shelves": 5, "odd": 1});
    assert_eq!(shop.holds()["shop"], expected, "only what was applied");

    // The next time the same is to be applied, and the rest is the same.
    let report = shop.reload("shop:\n  street: Low\n  shelves: 6").await;
    let texts = lines(&report);
    assert_eq!(
        texts[..2],
        [
            "NeedsRestart: shop.street: High -> Low (.rr.yaml:2:11)",
            "Applied: shop.shelves: 5 -> 6 (.rr.yaml:3:12)",
        ]
    );
    assert_eq!(shop.did().unwrap(), "5 6  []");
    let report = shop.reload("shop:\n  street: High\n  shelves: 6").await;
    assert_eq!((lines(&report), shop.did()), (vec![], None));
}

#[tokio::test]
async fn mistakes_of_every_kind_leave_all_as_it_is() {
    let mut shop = open(BEFORE).await;
    for (text, mistake) in [
        ("shop: [", "unclosed bracket"),
        (
            "shop: {street: High, shelves: many}",
            "expected a whole number",
        ),
        (
            "shop: {street: High, shelves: 101}",
            "`shelves` are too many",
        ),
        (
            "shop: {street: High, shelves: 9, sign: {word: ''}}",
            "`word` is empty",
        ),
    ] {
        let report = shop.reload(text).await;
        assert!(report.is_refused(), "{text}");
        assert!(
            report.findings[0].text.contains(mistake),
            "{:?}",
            report.findings
        );
        assert!(report.findings[0].line.is_some(), "{:?}", report.findings);
        assert!(report.changes.is_empty());
        assert_eq!(shop.did(), None);
        assert_eq!(shop.holds()["shop"]["shelves"], 3);
    }
}

#[tokio::test]
async fn what_fails_on_the_way_is_told_and_does_not_hold() {
    let mut shop = open(BEFORE).await;
    let report = shop
        .reload("shop: {street: High, shelves: 4, smell: burnt}")
        .await;
    assert_eq!(report.failures[0].service, "shop");
    assert_eq!(report.failures[0].error, "the kitchen is on fire");
    assert_eq!(report.count(Outcome::Failed), 2);
    assert_eq!(shop.holds()["shop"]["shelves"], 3);
    let report = shop
        .reload("shop: {street: High, shelves: 4, smell: bread}")
        .await;
    assert_eq!(report.count(Outcome::Applied), 2);
    assert_eq!(shop.did().unwrap(), "3 4 bread []");
}

#[tokio::test]
async fn a_service_that_only_contributes_is_wired_anew() {
    let mut shop = open(BEFORE).await;
    let report = shop
        .reload("shop:\n  street: High\n  shelves: 3\n  sign: {word: open}")
        .await;
    assert_eq!(
        lines(&report),
        ["Applied: shop.sign: off -> on (.rr.yaml:4:3)"]
    );
    assert_eq!(shop.did().unwrap(), "3 3  [\"open\"]");
    let report = shop
        .reload("shop:\n  street: High\n  shelves: 3\n  sign: {word: sale}")
        .await;
    assert_eq!(
        lines(&report),
        ["Applied: shop.sign.word: open -> sale (.rr.yaml:4:16)"]
    );
    assert_eq!(shop.did().unwrap(), "3 3  [\"sale\"]");
    // The shop cannot take it over: the old sign stays.
    let burnt = "shop:\n  street: High\n  shelves: 3\n  smell: burnt\n  sign: {word: fire}";
    let report = shop.reload(burnt).await;
    assert_eq!(report.count(Outcome::Failed), 2);
    let report = shop.reload(BEFORE).await;
    assert_eq!(lines(&report), ["Applied: shop.sign: on -> off"]);
    assert_eq!(shop.did().unwrap(), "3 3  []");
}

#[tokio::test]
async fn oddities_are_told_and_secrets_are_not() {
    let mut shop = open("shop: {street: High, shelves: 3, key_holder: ann}").await;
    let report = shop
        .reload("shop: {street: High, shelves: 0, key_holder: bob}")
        .await;
    assert_eq!(report.findings[0].severity, "warning");
    assert_eq!(report.findings[0].message, "no shelf is left");
    assert_eq!(report.findings[0].line, Some(1), "its place is looked up");
    let texts = lines(&report).join("\n");
    assert!(
        texts.contains("Applied: shop.key_holder: \"***\" -> \"***\""),
        "{texts}"
    );
    assert!(!format!("{report:?}").contains("bob"));
    assert_eq!(shop.holds()["shop"]["key_holder"], "bob");
}

#[tokio::test]
async fn names_of_ones_own_may_have_dots() {
    let mut shop = open("shop: {street: High, prices: {rye.bread: 3, cake: 7}}").await;
    let report = shop
        .reload("shop: {street: Low, prices: {rye.bread: 4, cake: 7}}")
        .await;
    assert_eq!(
        lines(&report),
        [
            "NeedsRestart: shop.street: High -> Low (.rr.yaml:1:16)",
            "Applied: shop.prices.rye.bread: 3 -> 4 (.rr.yaml:1:41)",
        ]
    );
    assert!(shop.did().is_some(), "the section could be read");
}

#[tokio::test]
async fn a_service_that_panics_does_not_end_the_server() {
    let mut shop = open(BEFORE).await;
    *shop.text.lock().unwrap() = "shop: {street: High, shelves: 13}".to_owned();
    let failed = shop.asker.ask(false).await.unwrap_err();
    assert!(failed.contains("a service panicked"), "{failed}");
    let report = shop.reload("shop: {street: High, shelves: 14}").await;
    assert_eq!(report.count(Outcome::Applied), 1);
}

#[tokio::test]
async fn a_dry_run_only_tells() {
    let mut shop = open(BEFORE).await;
    *shop.text.lock().unwrap() = "shop: {street: Low, shelves: 4}".to_owned();
    let report = shop.asker.ask(true).await.unwrap();
    assert!(report.dry_run);
    assert_eq!(report.count(Outcome::Applied), 1);
    assert_eq!(report.count(Outcome::NeedsRestart), 1);
    assert_eq!(shop.did(), None);
    assert_eq!(shop.holds()["shop"]["shelves"], 3);
}

#[tokio::test]
async fn reloads_that_come_together_are_done_one_after_the_other() {
    let mut shop = open(BEFORE).await;
    *shop.text.lock().unwrap() = "shop: {street: High, shelves: 4}".to_owned();
    let all = (0..5).map(|_| shop.asker.ask(false));
    let reports = futures_util::future::join_all(all).await;
    let changes: Vec<usize> = reports
        .into_iter()
        .map(|it| it.unwrap().changes.len())
        .collect();
    assert_eq!(changes, [1, 0, 0, 0, 0]);
    assert_eq!(shop.did().unwrap(), "3 4  []");
    assert_eq!(shop.did(), None);
}

#[tokio::test]
async fn a_server_that_stops_or_was_not_told_where_to_read_refuses() {
    let shop = open(BEFORE).await;
    shop.signals.stop.cancel();
    let refused = shop.asker.ask(false).await.unwrap_err();
    assert_eq!(refused, "the server is stopping: nothing is reloaded");

    let (sender, _told) = mpsc::unbounded_channel();
    let builder = Server::builder().service(Shop(sender));
    let config = read(BEFORE).config.unwrap();
    let server = builder
        .build(&config, Diagnostics::default(), false)
        .unwrap();
    let asker = server.asker();
    let early = asker.clone();
    let signals = StopSignals::default();
    let (started, up) = oneshot::channel();
    let running = server.run(signals.clone(), || started.send(()).unwrap());
    let asking = async {
        up.await.unwrap();
        let refused = early.ask(false).await.unwrap_err();
        assert_eq!(
            refused,
            "this server was not told where its configuration is written"
        );
        signals.stop.cancel();
    };
    let (ended, ()) = tokio::join!(running, asking);
    ended.unwrap();
}
