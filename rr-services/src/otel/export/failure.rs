//! Why a batch was not taken, whether to try again, and what the operator can do.

use std::{error::Error, io, time::Duration};

/// Why a batch was not taken.
#[derive(Debug)]
pub(in crate::otel) struct Failure {
    pub(in crate::otel) message: String,
    pub(in crate::otel) help: &'static str,
    pub(in crate::otel) again: Again,
}

/// Whether another attempt makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::otel) enum Again {
    Never,
    Soon,
    /// The other side says when.
    After(Duration),
}

impl Failure {
    /// There is no connection, or it broke off.
    pub(super) fn unreachable(error: &(dyn Error + 'static)) -> Self {
        let message = chain(error);
        Self {
            help: help(&message),
            message,
            again: Again::Soon,
        }
    }

    /// It takes longer than it may.
    pub(in crate::otel) fn too_slow(limit: Duration) -> Self {
        Self {
            message: format!("no answer within {limit:?}"),
            help: "see how the collector is, or give it more time by `OTEL_EXPORTER_OTLP_TIMEOUT` (milliseconds)",
            again: Again::Soon,
        }
    }

    /// A stream cannot be written to.
    pub(super) fn unwritten(error: &io::Error) -> Self {
        Self {
            message: error.to_string(),
            help: "see who reads it",
            again: Again::Never,
        }
    }

    /// The batch itself was refused, as a whole or in part.
    pub(super) fn refused(message: String) -> Self {
        Self {
            message,
            help: "the log of the collector says why",
            again: Again::Never,
        }
    }
}

/// An error with its causes, each once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let more = it.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = it.source();
    }
    text
}

/// What the words of the TLS library point to; it has an error for it, and keeps it to itself.
fn help(message: &str) -> &'static str {
    if message.contains("InvalidContentType") {
        "it speaks no TLS there: set `otel.insecure: true`, or write `http://` before the address"
    } else {
        "see that a collector listens there, or set `otel.endpoint`"
    }
}
