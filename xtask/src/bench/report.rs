//! All that was measured, as tables or as JSON.

use serde_json::{Value, json};

use super::{
    builder::{self, Figure},
    case::Case,
    contestant::Contestant,
    exec,
    machine::Machine,
    perf,
    placement::{self, Pair},
    sample::Sample,
    table::{self, Row},
    zygote,
};

/// What the cases came to; what was not measured is empty.
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) series: Vec<Series>,
    pub(super) ways: Vec<exec::Way>,
    pub(super) forks: Vec<zygote::Way>,
    pub(super) placements: Vec<Pair>,
    pub(super) builds: Vec<Figure>,
}

/// All runs of one contestant in one case.
pub(super) struct Series {
    pub(super) case: Case,
    pub(super) who: Contestant,
    pub(super) runs: Vec<Sample>,
}

impl Report {
    pub(super) fn markdown(&self, command: &str, runs: u64) -> String {
        let rows = medians(&self.series);
        let tables = [
            table::markdown(&rows),
            perf::markdown(&rows),
            table_of(&self.ways, exec::markdown),
            table_of(&self.forks, zygote::markdown),
            table_of(&self.placements, placement::markdown),
            table_of(&self.builds, builder::markdown),
        ];
        let mut text = self.machine.markdown();
        for table in tables.into_iter().flatten() {
            text += "\n";
            text += &table;
        }
        text + &format!("\nMedians of {runs} runs, where there are several:\n\n    {command}")
    }

    pub(super) fn json(&self, command: &str) -> Value {
        let series: Vec<_> = self
            .series
            .iter()
            .map(|it| {
                json!({
                    "case": it.case.name(),
                    "server": it.who.title(),
                    "median": Sample::median(&it.runs),
                    "runs": it.runs,
                })
            })
            .collect();
        json!({
            "command": command,
            "machine": self.machine,
            "series": series,
            "pool": self.ways,
            "zygote": self.forks,
            "placement": self.placements,
            "builder": self.builds,
        })
    }
}

fn table_of<T>(measured: &[T], markdown: fn(&[T]) -> String) -> Option<String> {
    (!measured.is_empty()).then(|| markdown(measured))
}

fn medians(series: &[Series]) -> Vec<Row> {
    let of_one_case = series.chunk_by(|one, next| one.case == next.case);
    let rows = of_one_case.map(|series| Row {
        case: series[0].case,
        lines: series
            .iter()
            .map(|it| (it.who, Sample::median(&it.runs)))
            .collect(),
    });
    rows.collect()
}
