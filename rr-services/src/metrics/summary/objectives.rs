//! Which quantiles a summary tells, and how exact they are.

use std::{collections::BTreeMap, sync::Arc};

/// All of a summary, the lowest quantile first.
#[derive(Clone, Debug)]
pub(crate) struct Objectives(Arc<[Objective]>);

/// One quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Objective {
    /// 0.5 is the median.
    pub(super) quantile: f64,
    /// How far off the rank of its value may be: 0.01 is one value in a hundred.
    pub(super) error: f64,
}

/// What is no objective.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectivesError {
    #[error("`{0}` is no quantile: a number from 0 to 1 is expected, such as 0.99")]
    Quantile(String),
    #[error(
        "the error of the quantile `{0}` is {1}: a number between 0 and 1 is expected, such as 0.001"
    )]
    Error(String, f64),
}

impl Objectives {
    /// From quantiles as they are written, and their errors.
    pub(crate) fn new(written: &BTreeMap<String, f64>) -> Result<Self, ObjectivesError> {
        let all = written.iter().map(|(text, &error)| {
            let quantile: Option<f64> = text.trim().parse().ok();
            let quantile = quantile.filter(|it| (0.0..=1.0).contains(it));
            let quantile = quantile.ok_or_else(|| ObjectivesError::Quantile(text.clone()))?;
            // Without an error, every single value would have to be kept.
            match error > 0.0 && error < 1.0 {
                true => Ok(Objective { quantile, error }),
                false => Err(ObjectivesError::Error(text.clone(), error)),
            }
        });
        let mut all = all.collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.quantile.total_cmp(&b.quantile));
        all.dedup_by(|a, b| a.quantile == b.quantile);
        Ok(Self(all.into()))
    }

    /// The least error; `None` if there are no objectives.
    pub(super) fn precision(&self) -> Option<f64> {
        self.iter().map(|it| it.error).reduce(f64::min)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Objective> {
        self.0.iter()
    }
}
