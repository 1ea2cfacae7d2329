//! A record as a line.

use serde_json::{Map, Value, json};
use time::{
    OffsetDateTime, UtcDateTime, format_description::BorrowedFormatItem, macros::format_description,
};
use tracing::{Event, Level};

use super::fields::Fields;

/// How records become lines; the layout is the one that log readers of the Go server parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Time, level, logger, message and fields, between tabs.
    Console {
        /// With the terminal's colours.
        coloured: bool,
    },
    /// `level`, `ts` (nanoseconds since 1970), `logger`, `msg`, then the fields.
    Json,
    /// The message alone.
    Raw,
}

const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+0000");

impl Encoding {
    pub(super) fn line(self, event: &Event<'_>) -> String {
        let metadata = event.metadata();
        self.encode(
            UtcDateTime::now(),
            *metadata.level(),
            logger(metadata.target()),
            Fields::of(event),
        )
    }

    pub(super) fn encode(
        self,
        now: UtcDateTime,
        level: Level,
        logger: &str,
        Fields {
            message,
            mut rest,
            moments,
        }: Fields,
    ) -> String {
        match self {
            Self::Raw => message + "\n",
            Self::Json => {
                let now = OffsetDateTime::from(now).unix_timestamp_nanos();
                let mut record = Map::with_capacity(4 + rest.len());
                record.insert("level".into(), name(level).into());
                record.insert(
                    "ts".into(),
                    i64::try_from(now).map_or(Value::Null, Value::from),
                );
                record.insert("logger".into(), logger.into());
                record.insert("msg".into(), message.into());
                record.extend(rest);
                format!("{}\n", Value::Object(record))
            }
            Self::Console { coloured } => {
                let time = now.format(TIME).unwrap_or_default();
                for moment in moments {
                    if let Some(value) = rest.get_mut(moment) {
                        *value = spelled(value);
                    }
                }
                let level = match coloured {
                    true => format!(
                        "\x1b[{}m{}\x1b[0m",
                        colour(level),
                        name(level).to_uppercase()
                    ),
                    false => name(level).to_uppercase(),
                };
                let mut line = format!("{time}\t{level}\t{logger:<12}\t{message}");
                if !rest.is_empty() {
                    line.push('\t');
                    line.push_str(&json!(rest).to_string());
                }
                line.push('\n');
                line
            }
        }
    }
}

/// Nanoseconds since 1970 as text.
fn spelled(nanoseconds: &Value) -> Value {
    let moment = nanoseconds.as_i64().map(i128::from);
    let moment = moment.and_then(|it| UtcDateTime::from_unix_timestamp_nanos(it).ok());
    moment
        .and_then(|it| it.format(TIME).ok())
        .map_or(Value::Null, Value::from)
}

/// Modules are nobody's business: `inventory::stock::rows` logs as `inventory`.
fn logger(target: &str) -> &str {
    target.split("::").next().unwrap_or(target)
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}

fn colour(level: Level) -> u8 {
    match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 36,
        _ => 35,
    }
}
