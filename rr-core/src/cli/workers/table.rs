//! Workers as tables.

use comfy_table::{
    Cell, CellAlignment::Right, Color, ContentArrangement, ContentLineStyle, LineStyle, Table,
    TableStyle,
};
use crossterm::style::Stylize as _;

use super::{Pool, format};
use crate::rpc::{Load, Worker};

/// Wider is not read any more.
const WIDEST: u16 = 150;

const LIGHT_BOX: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// How tables are drawn.
pub(super) struct Style {
    pub(super) colours: bool,
    /// Columns of the terminal, where it is one.
    pub(super) width: Option<u16>,
    /// Nanoseconds since 1970.
    pub(super) now: i64,
}

type Column = (&'static str, fn(&Worker, &Style) -> Cell);

const OF_POOLS: [Column; 6] = [
    ("PID", |it, _| number(it.pid.to_string())),
    ("STATUS", |it, _| {
        let cell = Cell::new(&it.status_str);
        match colour(&it.status_str) {
            Some(colour) => cell.fg(colour),
            None => cell,
        }
    }),
    ("EXECS", |it, _| number(format::count(it.num_execs))),
    ("MEMORY", |it, _| number(format::size(it.memory_usage))),
    ("CPU%", |it, _| number(format!("{:.2}", it.cpu_percent))),
    ("CREATED", |it, style| {
        Cell::new(format::age(it.created, style.now))
    }),
];

/// Processes that are no PHP workers have a command instead of requests.
const OF_PROCESSES: [Column; 4] = [
    ("PID", |it, _| number(it.pid.to_string())),
    ("MEMORY", |it, _| number(format::size(it.memory_usage))),
    ("CPU%", |it, _| number(format!("{:.2}", it.cpu_percent))),
    ("COMMAND", |it, _| Cell::new(&it.command)),
];

/// All of them, one below the other.
pub(super) fn pools(pools: &[Pool], style: &Style) -> String {
    if pools.is_empty() {
        return "no service of the server has workers\n".to_owned();
    }
    pools.iter().map(|pool| one(pool, style)).collect()
}

fn one(pool: &Pool, style: &Style) -> String {
    let Pool {
        service,
        workers,
        load,
    } = pool;
    let name = match style.colours {
        true => service.as_str().yellow().bold().to_string(),
        false => service.clone(),
    };
    if workers.is_empty() {
        return format!("Workers of [{name}]: none\n");
    }
    let processes = workers.iter().all(|it| !it.command.is_empty());
    let columns = match processes {
        true => &OF_PROCESSES[..],
        false => &OF_POOLS[..],
    };
    let mut table = Table::new();
    table
        .load_style(LIGHT_BOX)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(style.width.unwrap_or(WIDEST).min(WIDEST))
        .set_header(columns.iter().map(|(name, _)| *name))
        .add_rows(
            workers
                .iter()
                .map(|it| columns.iter().map(|(_, cell)| cell(it, style))),
        );
    table.style_text_only();
    match style.colours {
        true => table.enforce_styling(),
        false => table.force_no_tty(),
    };
    let tasks = tasks(workers, style);
    let queue = load.as_ref().map_or_else(String::new, queue);
    format!("Workers of [{name}]:\n{table}\n{tasks}{queue}")
}

/// What busy workers are at, a line each, the longest first: below the table, which others parse.
fn tasks(workers: &[Worker], style: &Style) -> String {
    let busy = workers
        .iter()
        .filter_map(|it| Some((it.pid, it.doing.as_ref()?)));
    let mut busy: Vec<_> = busy.collect();
    busy.sort_by(|(_, a), (_, b)| b.since.total_cmp(&a.since));
    let widest = usize::from(style.width.unwrap_or(WIDEST).min(WIDEST));
    busy.iter()
        .map(|(pid, doing)| {
            let line = format!("{pid} for {:.1} s: {}", doing.since, doing.what);
            format!("{}\n", format::cut(&line, widest))
        })
        .collect()
}

/// What is worth a line about the queue; nothing while all is well.
fn queue(load: &Load) -> String {
    let mut parts = Vec::new();
    if load.waiting > 0 {
        let waiting = format::count(load.waiting as u64);
        parts.push(format!(
            "{waiting} waiting, the first for {:.3} s",
            load.longest_wait
        ));
    }
    for (count, what) in [(load.refused, "refused"), (load.repeated, "repeated")] {
        if count > 0 {
            parts.push(format!("{} {what} since the start", format::count(count)));
        }
    }
    match parts.is_empty() {
        true => String::new(),
        false => format!("Queue: {}\n", parts.join("; ")),
    }
}

fn number(text: String) -> Cell {
    Cell::new(text).set_alignment(Right)
}

fn colour(status: &str) -> Option<Color> {
    match status {
        "inactive" | "invalid" => Some(Color::Yellow),
        "ready" => Some(Color::Cyan),
        "working" => Some(Color::Green),
        "stopped" | "errored" => Some(Color::Red),
        _ => None,
    }
}
