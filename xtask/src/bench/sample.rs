//! What one run measured, and the median of several.

use serde::Serialize;

use super::perf::Observed;

/// Figures of one run; `None` where a case has no such figure.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Sample {
    /// Requests or calls a second.
    pub(super) rate: Option<f64>,
    /// Latency of the median request, in microseconds.
    pub(super) p50: Option<f64>,
    /// Latency that one request in a hundred exceeds, in microseconds.
    pub(super) p99: Option<f64>,
    /// CPU time of the server's processes a request, in microseconds.
    pub(super) server_cpu: Option<f64>,
    /// CPU time of the PHP processes a request, in microseconds.
    pub(super) php_cpu: Option<f64>,
    /// How often a thread of the server's was put on a CPU, a request.
    pub(super) server_switches: Option<f64>,
    /// How often a PHP process was put on a CPU, a request.
    pub(super) php_switches: Option<f64>,
    /// Resident memory of the server's processes, in MiB.
    pub(super) server_rss: Option<f64>,
    /// The same before the load came, in MiB.
    pub(super) rest_rss: Option<f64>,
    /// The most it has been, in MiB.
    pub(super) peak_rss: Option<f64>,
    /// What an idle connection adds to it, in KiB.
    pub(super) connection_rss: Option<f64>,
    /// From exec to the first answer, in milliseconds.
    pub(super) start: Option<f64>,
    /// What was counted beside, under a load of its own.
    pub(super) observed: Option<Observed>,
}

impl Sample {
    /// How much memory the load took, in MiB.
    pub(super) fn growth(&self) -> Option<f64> {
        Some(self.peak_rss? - self.rest_rss?)
    }

    /// Each figure's median over `runs`.
    pub(super) fn median(runs: &[Self]) -> Self {
        let of =
            |figure: fn(&Self) -> Option<f64>| median(runs.iter().filter_map(figure).collect());
        Self {
            rate: of(|it| it.rate),
            p50: of(|it| it.p50),
            p99: of(|it| it.p99),
            server_cpu: of(|it| it.server_cpu),
            php_cpu: of(|it| it.php_cpu),
            server_switches: of(|it| it.server_switches),
            php_switches: of(|it| it.php_switches),
            server_rss: of(|it| it.server_rss),
            rest_rss: of(|it| it.rest_rss),
            peak_rss: of(|it| it.peak_rss),
            connection_rss: of(|it| it.connection_rss),
            start: of(|it| it.start),
            observed: Observed::median(runs.iter().filter_map(|it| it.observed.as_ref())),
        }
    }
}

pub(super) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(figures[middle]),
        _ => Some(f64::midpoint(figures[middle - 1], figures[middle])),
    }
}

/// The figure below which `share` of `sorted` lies; 0 where there is none.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    let at = at.min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
        let hundred: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(percentile(&hundred, 0.5), 50.0);
        assert_eq!(percentile(&hundred, 0.99), 99.0);
        assert_eq!(percentile(&[1.0], 0.99), 1.0);
    }
}
