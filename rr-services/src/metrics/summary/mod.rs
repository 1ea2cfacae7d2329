//! Summaries: how many, their sum, and quantiles of the values of the last ten minutes.

mod objectives;
mod stream;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus::{
    Opts,
    core::Desc,
    proto::{LabelPair, Metric, MetricFamily, MetricType, Quantile, Summary as Figures},
};
use tokio::time::Instant;

pub(super) use objectives::{Objectives, ObjectivesError};
use stream::Stream;

/// How long a value counts, at least four fifths of it.
const AGE: Duration = Duration::from_secs(600);

/// How many streams begin one after the other in that time.
const STREAMS: u32 = 5;

/// Summaries of one name, by the values of their labels.
#[derive(Clone)]
pub(super) struct SummaryVec(Arc<Shared>);

struct Shared {
    desc: Desc,
    objectives: Objectives,
    summaries: Mutex<BTreeMap<Vec<String>, Summary>>,
}

/// One summary. Each value goes into all streams; the oldest one is asked.
struct Summary {
    count: u64,
    sum: f64,
    /// The oldest first.
    streams: VecDeque<Stream>,
    /// When the oldest goes.
    turn: Instant,
}

impl SummaryVec {
    pub(super) fn new(
        opts: &Opts,
        labels: &[&str],
        objectives: Objectives,
    ) -> Result<Self, prometheus::Error> {
        let labels = labels.iter().map(|it| (*it).to_owned()).collect();
        let desc = Desc::new(
            opts.fq_name(),
            opts.help.clone(),
            labels,
            Default::default(),
        )?;
        Ok(Self(Arc::new(Shared {
            desc,
            objectives,
            summaries: Mutex::default(),
        })))
    }

    /// Has one without labels be there before its first value.
    pub(super) fn show(&self) {
        self.with(&[], |_| ());
    }

    pub(super) fn observe(&self, labels: &[String], value: f64) {
        self.with(labels, |it| it.observe(value));
    }

    pub(super) fn collect(&self) -> MetricFamily {
        let Shared {
            desc,
            objectives,
            summaries,
        } = &*self.0;
        let now = Instant::now();
        let mut summaries = summaries.lock().unwrap_or_else(PoisonError::into_inner);
        let metrics = summaries.iter_mut().map(|(values, summary)| {
            summary.turn(objectives, now);
            let pairs = desc.variable_labels.iter().zip(values);
            let mut metric = Metric::from_label(pairs.map(label).collect());
            metric.set_summary(summary.figures(objectives));
            metric
        });
        let mut family = MetricFamily::default();
        family.set_name(desc.fq_name.clone());
        family.set_help(desc.help.clone());
        family.set_field_type(MetricType::SUMMARY);
        family.set_metric(metrics.collect());
        family
    }

    fn with(&self, labels: &[String], f: impl FnOnce(&mut Summary)) {
        let Shared {
            objectives,
            summaries,
            ..
        } = &*self.0;
        let now = Instant::now();
        let mut summaries = summaries.lock().unwrap_or_else(PoisonError::into_inner);
        let summary = summaries
            .entry(labels.to_vec())
            .or_insert_with(|| Summary::new(objectives, now));
        summary.turn(objectives, now);
        f(summary);
    }
}

impl Summary {
    fn new(objectives: &Objectives, now: Instant) -> Self {
        let streams = (0..STREAMS).map(|_| Stream::new(objectives));
        Self {
            count: 0,
            sum: 0.0,
            streams: streams.collect(),
            turn: now + AGE / STREAMS,
        }
    }

    fn observe(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        for stream in &mut self.streams {
            stream.insert(value);
        }
    }

    /// Lets go of streams that are too old.
    fn turn(&mut self, objectives: &Objectives, now: Instant) {
        for _ in 0..STREAMS {
            if now < self.turn {
                return;
            }
            self.streams.pop_front();
            self.streams.push_back(Stream::new(objectives));
            self.turn += AGE / STREAMS;
        }
        // All of them are new: whatever was missed before need not be made up for.
        self.turn = self.turn.max(now + AGE / STREAMS);
    }

    fn figures(&mut self, objectives: &Objectives) -> Figures {
        let mut figures = Figures::default();
        figures.set_sample_count(self.count);
        figures.set_sample_sum(self.sum);
        let oldest = self.streams.front_mut();
        let quantiles = oldest.into_iter().flat_map(|stream| {
            objectives.iter().map(|it| {
                let mut quantile = Quantile::default();
                quantile.set_quantile(it.quantile);
                quantile.set_value(stream.query(it).unwrap_or(f64::NAN));
                quantile
            })
        });
        figures.set_quantile(quantiles.collect());
        figures
    }
}

fn label((name, value): (&String, &String)) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.clone());
    pair.set_value(value.clone());
    pair
}

#[cfg(test)]
mod tests;
