//! Quantiles are as exact as was asked for, and forget what is old.

use proptest::{collection::vec, prelude::*};
use tokio::time::sleep;

use super::*;

fn objectives(all: &[(&str, f64)]) -> Objectives {
    let all = all
        .iter()
        .map(|(quantile, error)| ((*quantile).to_owned(), *error));
    Objectives::new(&all.collect()).unwrap()
}

const USUAL: [(&str, f64); 4] = [("0", 0.01), ("0.5", 0.05), ("0.9", 0.01), ("0.99", 0.001)];

/// Whether the rank of what the stream answers is as near as was asked for.
fn check(values: &[f64], wanted: &[(&str, f64)]) {
    let objectives = objectives(wanted);
    let mut stream = Stream::new(&objectives);
    values.iter().for_each(|it| stream.insert(*it));
    let count = values.len() as f64;
    for it in objectives.iter() {
        let answer = stream.query(it).unwrap();
        assert!(values.contains(&answer), "{answer} was never there");
        let below = values.iter().filter(|it| **it < answer).count() as f64;
        let up_to = values.iter().filter(|it| **it <= answer).count() as f64;
        // Its ranks are from `below + 1` to `up_to`; one more for rounding.
        let allowed = it.error * count + 1.0;
        let rank = it.quantile * count;
        assert!(
            below + 1.0 - allowed <= rank.max(1.0) && rank <= up_to + allowed,
            "{it:?} of {count}: {answer} is between {below} and {up_to}"
        );
    }
}

proptest! {
    #[test]
    fn quantiles_of_anything(values in vec(-1e6..1e6_f64, 1..4000)) {
        check(&values, &USUAL);
    }

    #[test]
    fn quantiles_of_few_different_values(values in vec(0..10_u8, 1..3000)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        check(&values, &[("0.25", 0.02), ("0.5", 0.02), ("1", 0.01)]);
    }
}

#[test]
fn many_values_in_any_order_take_little_room() {
    const COUNT: u32 = 200_000;
    let rising: Vec<f64> = (0..COUNT).map(f64::from).collect();
    let falling: Vec<f64> = rising.iter().rev().copied().collect();
    // A step that shares no factor with the count meets each value once.
    let mixed = (0..COUNT).map(|it| f64::from(it * 7919 % COUNT)).collect();
    for values in [rising, falling, mixed] {
        let mut stream = Stream::new(&objectives(&USUAL));
        values.iter().for_each(|it| stream.insert(*it));
        assert!(stream.len() < 3000, "{} samples", stream.len());
        for it in objectives(&USUAL).iter() {
            let answer = stream.query(it).unwrap() / f64::from(COUNT);
            assert!((answer - it.quantile).abs() <= it.error, "{it:?}: {answer}");
        }
    }
}

#[test]
fn nothing_has_no_quantile() {
    let objectives = objectives(&USUAL);
    let mut stream = Stream::new(&objectives);
    assert!(objectives.iter().all(|it| stream.query(it).is_none()));
}

#[test]
fn what_is_no_objective() {
    for (quantile, error, expected) in [
        ("1.4", 0.1, "`1.4` is no quantile"),
        ("-0.1", 0.1, "`-0.1` is no quantile"),
        ("NaN", 0.1, "`NaN` is no quantile"),
        ("p99", 0.1, "`p99` is no quantile"),
        ("0.5", 0.0, "the error of the quantile `0.5` is 0"),
        ("0.5", 1.0, "the error of the quantile `0.5` is 1"),
        ("0.5", f64::NAN, "the error of the quantile `0.5` is NaN"),
    ] {
        let all = BTreeMap::from([(quantile.to_owned(), error)]);
        let error = Objectives::new(&all).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn old_values_are_forgotten_but_for_count_and_sum() {
    let opts = Opts::new("wait", "Waiting.");
    let summary = SummaryVec::new(&opts, &[], objectives(&[("0.5", 0.01)])).unwrap();
    let median = || {
        let family = summary.collect();
        let figures = family.get_metric()[0].get_summary().clone();
        (figures.sample_count(), figures.get_quantile()[0].value())
    };
    summary.show();
    let (count, value) = median();
    assert!(count == 0 && value.is_nan());
    summary.observe(&[], 1.0);
    sleep(Duration::from_secs(300)).await;
    summary.observe(&[], 9.0);
    summary.observe(&[], 9.0);
    assert_eq!(median(), (3, 9.0));
    sleep(Duration::from_secs(299)).await;
    assert_eq!(median(), (3, 9.0));
    sleep(Duration::from_secs(301)).await;
    let (count, value) = median();
    assert!(count == 3 && value.is_nan(), "{value}");
    sleep(Duration::from_secs(86_400)).await;
    summary.observe(&[], 4.0);
    assert_eq!(median(), (4, 4.0));
}
