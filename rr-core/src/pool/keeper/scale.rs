//! The dynamic allocator: more workers while tasks wait, fewer again when none does.

use tokio::time::{Duration, Instant};

use super::{Actor, What};
use crate::pool::options::Scaling;

/// A task that has waited for so long is a sign that there are too few workers: shorter waits
/// are what a queue is for, and a worker takes about as long to boot.
pub(in crate::pool) const SHORTAGE: Duration = Duration::from_millis(50);

impl Actor {
    /// Adds workers if tasks wait for too long, lets them go if none has for a while.
    pub(super) fn look_at_queue(&mut self) {
        let Some(scaling) = self.shared.options().scaling else {
            self.queue_look = None;
            return;
        };
        let now = Instant::now();
        let is_short = self.shared.idle.census().longest >= SHORTAGE;
        if is_short {
            self.shortage = Some(now);
            self.grow(scaling);
        } else if self.shortage.is_none_or(|it| now - it >= scaling.idle) {
            self.shrink();
        }
        self.queue_look = (self.extra > 0 || is_short).then(|| {
            let quiet_at = self.shortage.map(|it| it + scaling.idle);
            let next = if is_short { SHORTAGE } else { scaling.idle };
            quiet_at
                .filter(|at| !is_short && *at > now)
                .unwrap_or(now + next)
        });
    }

    /// One step; the next only when the workers of this one are up, lest they are too many.
    fn grow(&mut self, scaling: Scaling) {
        let step = scaling
            .step
            .max(1)
            .min(scaling.most.saturating_sub(self.extra));
        if step == 0 || !self.booting.is_empty() || self.retry.is_some() {
            return;
        }
        self.resize(self.extra + step);
    }

    /// As many as are idle are not needed.
    fn shrink(&mut self) {
        let idle = self.shared.idle.census().idle;
        let step = idle.min(self.extra);
        if step > 0 {
            self.resize(self.extra - step);
        }
    }

    fn resize(&mut self, extra: usize) {
        let from = self.target();
        self.extra = extra;
        let to = self.target();
        self.tell(What::Scaled { from, to });
        self.balance();
    }
}
