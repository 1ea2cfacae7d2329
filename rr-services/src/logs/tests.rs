//! Lines as log readers parse them.

use serde_json::json;
use time::macros::utc_datetime;
use tracing::Level;

use super::{
    config::{LogsConfig, Mode},
    encode::Encoding,
    fields::Fields,
};

fn line(encoding: Encoding, message: &str, rest: &serde_json::Value) -> String {
    let fields = Fields {
        message: message.to_owned(),
        rest: rest.as_object().unwrap().clone(),
        moments: vec!["start"],
    };
    encoding.encode(
        utc_datetime!(2026-11-22 17:51:16.5),
        Level::INFO,
        "http",
        fields,
    )
}

#[test]
fn json_has_the_keys_that_octane_reads() {
    let rest = json!({"status": 200, "elapsed": 3});
    assert_eq!(
        line(Encoding::Json, "http log", &rest),
        r#"{"level":"info","ts":1795369876500000000,"logger":"http","msg":"http log","status":200,"elapsed":3}"#
            .to_owned()
            + "\n",
    );
}

#[test]
fn console_lines_are_columns() {
    let console = |coloured| Encoding::Console { coloured };
    assert_eq!(
        line(console(false), "hi", &json!({"pid": 7})),
        "2026-11-22T17:51:16+0000\tINFO\thttp        \thi\t{\"pid\":7}\n",
    );
    assert_eq!(
        line(console(true), "hi", &json!({})),
        "2026-11-22T17:51:16+0000\t\x1b[36mINFO\x1b[0m\thttp        \thi\n",
    );
}

#[test]
fn moments_are_written_as_time_is() {
    let rest = json!({"start": 1_795_369_876_500_000_000_i64});
    let json = line(Encoding::Json, "", &rest);
    assert!(json.ends_with("\"start\":1795369876500000000}\n"), "{json}");
    let console = line(Encoding::Console { coloured: false }, "", &rest);
    assert!(
        console.ends_with("{\"start\":\"2026-11-22T17:51:16+0000\"}\n"),
        "{console}"
    );
}

#[test]
fn raw_lines_are_the_message() {
    assert_eq!(
        line(Encoding::Raw, "{\"a\":1}", &json!({"pid": 7})),
        "{\"a\":1}\n"
    );
}

#[test]
fn the_mode_decides_what_is_not_said() {
    let config = |mode| LogsConfig {
        mode,
        ..LogsConfig::default()
    };
    for (mode, level, encoding) in [
        (
            Mode::Development,
            "debug",
            Encoding::Console { coloured: true },
        ),
        (Mode::Production, "info", Encoding::Json),
        (Mode::Raw, "debug", Encoding::Raw),
        (Mode::None, "off", Encoding::Console { coloured: true }),
    ] {
        assert_eq!(config(mode).level().to_string(), level);
        assert_eq!(config(mode).encoding(true), encoding);
    }
}
