//! Another section for a service that serves: the pool first, which may refuse, then what requests
//! go through.

use std::sync::{Arc, OnceLock};

use rr_core::{
    BoxError, Init, Service as _,
    pool::Pool,
    reconfigure::{Anew, Change},
};

use super::{Http, HttpConfig, Middleware, Routes, layer::unknown, live::Live, parts::Parts};
use crate::server::Workers;

/// What can be applied. Addresses and certificates' names need a restart, and so does what the
/// workers that run were promised: whether each task has one of its own, where uploads lie.
const KEYS: &[&str] = &[
    "access_log_timings",
    "access_logs",
    "body",
    "codec",
    "http2",
    "internal_error_code",
    "limits.header_count",
    "limits.header_size",
    "limits.requests_per_connection",
    "limits.uri_length",
    "max_request_size",
    "middleware",
    "pool.allocate_timeout",
    "pool.command",
    "pool.destroy_timeout",
    "pool.dynamic_allocator",
    "pool.max_jobs",
    "pool.max_queue_size",
    "pool.num_workers",
    "pool.reset_timeout",
    "pool.stream_timeout",
    "pool.supervisor",
    "raw_body",
    "retry",
    "spool",
    "timeouts",
    "uploads.allow",
    "uploads.forbid",
];

/// Set when the service serves.
type Served = Arc<OnceLock<Arc<Live>>>;

/// Says what can be applied; what is returned is to be told what the service goes by.
pub(super) fn hook(cx: &mut Init, pool: &Pool, workers: &Arc<Workers>) -> Served {
    let served = Served::default();
    let (known, pool, workers) = (Arc::clone(&served), pool.clone(), Arc::clone(workers));
    cx.follow::<Middleware>();
    cx.follow::<Routes>();
    cx.reconfigure::<Http, _, _>(KEYS, move |anew| {
        let prepared = prepare(&anew, known.get(), &pool, &workers);
        async move { prepared }
    });
    served
}

fn prepare(
    anew: &Anew<HttpConfig>,
    served: Option<&Arc<Live>>,
    pool: &Pool,
    workers: &Arc<Workers>,
) -> Result<Change, BoxError> {
    let live = Arc::clone(served.ok_or("the service does not serve yet")?);
    let (before, after) = (&anew.before, &anew.after);
    let middleware = anew.all::<Middleware>();
    let findings = unknown(&after.middleware, &middleware, anew.off());
    let earlier = live.rules.load_full();
    let parts = Parts::after(after, workers, Some(&earlier))?;
    let stack = parts.stack(pool, &middleware, anew.all());
    let is_other = Parts::after(before, workers, Some(&earlier))?.options != parts.options;
    let command = after.pool.command.clone();
    let is_other_command = before.pool.command != command;
    let (pool, workers) = (pool.clone(), Arc::clone(workers));
    let change = Change::new(async move {
        if is_other_command {
            let options = parts.options.clone();
            workers.restaff(&pool, options, Http::NAME, command).await?;
        } else if is_other {
            pool.reconfigure(parts.options.clone(), None).await?;
        }
        parts.replace(&live, stack);
        Ok(())
    });
    Ok(change.finding(findings))
}
