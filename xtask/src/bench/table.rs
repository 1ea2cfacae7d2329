//! The result as markdown.

use std::fmt::Write as _;

use super::{case::Case, contestant::Contestant, sample::Sample};

/// The medians of one case.
pub(super) struct Row {
    pub(super) case: Case,
    pub(super) lines: Vec<(Contestant, Sample)>,
}

/// A column: its title, the figure, its unit in terms of the sample's, decimals.
struct Column {
    title: &'static str,
    figure: fn(&Sample) -> Option<f64>,
    per: f64,
    decimals: usize,
    /// Whether the ratio to the peer's figure stands beside it.
    compared: bool,
}

const LOAD: &[Column] = &[
    column("requests/s", |it| it.rate, 1.0, 0, true),
    column("p50 ms", |it| it.p50, 1e3, 2, false),
    column("p99 ms", |it| it.p99, 1e3, 2, false),
    column("server CPU µs", |it| it.server_cpu, 1.0, 1, true),
    column("PHP CPU µs", |it| it.php_cpu, 1.0, 1, false),
    column("switches", |it| it.server_switches, 1.0, 2, false),
    column("of PHP", |it| it.php_switches, 1.0, 2, false),
    column("server RSS MiB", |it| it.server_rss, 1.0, 1, false),
];

const MEMORY: &[Column] = &[
    column("RSS before MiB", |it| it.rest_rss, 1.0, 1, false),
    column("RSS at most MiB", |it| it.peak_rss, 1.0, 1, true),
    column("more MiB", Sample::growth, 1.0, 1, true),
    column("a connection KiB", |it| it.connection_rss, 1.0, 1, true),
];

const STANDING: &[Column] = &[
    column("start ms", |it| it.start, 1.0, 1, true),
    column("server RSS MiB", |it| it.server_rss, 1.0, 1, true),
];

const fn column(
    title: &'static str,
    figure: fn(&Sample) -> Option<f64>,
    per: f64,
    decimals: usize,
    compared: bool,
) -> Column {
    Column {
        title,
        figure,
        per,
        decimals,
        compared,
    }
}

/// Cases under load, those whose memory is watched, then start and rest. A case stands in each
/// table that it has figures for; a table is left out where it has no row.
pub(super) fn markdown(rows: &[Row]) -> Option<String> {
    let loaded = |it: &Sample| it.rate.is_some();
    let watched = |it: &Sample| it.peak_rss.is_some();
    let tables = [
        table(rows, LOAD, loaded),
        table(rows, MEMORY, watched),
        table(rows, STANDING, |it| !loaded(it) && !watched(it)),
    ];
    let tables: Vec<_> = tables.into_iter().flatten().collect();
    (!tables.is_empty()).then(|| tables.join("\n"))
}

fn table(rows: &[Row], columns: &[Column], belongs: impl Fn(&Sample) -> bool) -> Option<String> {
    let has_figures = |row: &&Row| row.lines.iter().any(|(_, it)| belongs(it));
    let rows: Vec<_> = rows.iter().filter(has_figures).collect();
    if rows.is_empty() {
        return None;
    }
    let mut text = String::from("| case | server |");
    let mut rule = String::from("\n|---|---|");
    for column in columns {
        let compared = if column.compared { " × peer |" } else { "" };
        write!(text, " {} |{compared}", column.title).expect("a string takes all");
        rule += if column.compared {
            "---:|---:|"
        } else {
            "---:|"
        };
    }
    text += &rule;
    text.push('\n');
    for row in rows {
        for (who, sample) in &row.lines {
            write!(text, "| {} | {} |", row.case.title(), who.title()).expect("a string takes all");
            for column in columns {
                text += &cells(column, row, *who, sample);
            }
            text.push('\n');
        }
    }
    Some(text)
}

fn cells(column: &Column, row: &Row, who: Contestant, sample: &Sample) -> String {
    let figure = (column.figure)(sample);
    let text = figure.map_or(String::new(), |it| {
        let it = it / column.per;
        // A few large requests a second are not told by a whole number.
        let decimals = column.decimals.max(usize::from(it < 100.0));
        format!("{it:.decimals$}")
    });
    if !column.compared {
        return format!(" {text} |");
    }
    let peer = row.lines.iter().find(|(who, _)| *who == Contestant::Peer);
    let peer = peer.and_then(|(_, it)| (column.figure)(it));
    let ratio = figure.zip(peer).filter(|_| who != Contestant::Peer);
    let ratio = ratio.map_or(String::new(), |(own, peer)| format!("{:.2}", own / peer));
    format!(" {text} | {ratio} |")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_memory_and_start_are_tables_of_their_own() {
        let served = |rate: f64| Sample {
            rate: Some(rate),
            p50: Some(1500.0),
            server_cpu: Some(12.34),
            ..Sample::default()
        };
        let watched = |most: f64| Sample {
            rest_rss: Some(10.0),
            peak_rss: Some(most),
            ..served(4.26)
        };
        let started = Sample {
            start: Some(9.87),
            ..Sample::default()
        };
        let rows = [
            Row {
                case: Case::Hello,
                lines: vec![
                    (Contestant::Rr, served(3000.0)),
                    (Contestant::Peer, served(2000.0)),
                ],
            },
            Row {
                case: Case::Upload,
                lines: vec![
                    (Contestant::Rr, watched(12.5)),
                    (Contestant::Peer, watched(15.0)),
                ],
            },
            Row {
                case: Case::Start,
                lines: vec![(Contestant::Rr, started)],
            },
        ];
        insta::assert_snapshot!(markdown(&rows).unwrap(), @r"
        | case | server | requests/s | × peer | p50 ms | p99 ms | server CPU µs | × peer | PHP CPU µs | switches | of PHP | server RSS MiB |
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        | hello, PSR-7 | rr | 3000 | 1.50 | 1.50 |  | 12.3 | 1.00 |  |  |  |  |
        | hello, PSR-7 | nginx + php-fpm | 2000 |  | 1.50 |  | 12.3 |  |  |  |  |  |
        | 100 MiB upload | rr | 4.3 | 1.00 | 1.50 |  | 12.3 | 1.00 |  |  |  |  |
        | 100 MiB upload | nginx + php-fpm | 4.3 |  | 1.50 |  | 12.3 |  |  |  |  |  |

        | case | server | RSS before MiB | RSS at most MiB | × peer | more MiB | × peer | a connection KiB | × peer |
        |---|---|---:|---:|---:|---:|---:|---:|---:|
        | 100 MiB upload | rr | 10.0 | 12.5 | 0.83 | 2.5 | 0.50 |  |  |
        | 100 MiB upload | nginx + php-fpm | 10.0 | 15.0 |  | 5.0 |  |  |  |

        | case | server | start ms | × peer | server RSS MiB | × peer |
        |---|---|---:|---:|---:|---:|
        | start, server alone | rr | 9.9 |  |  |  |
        ");
    }
}
