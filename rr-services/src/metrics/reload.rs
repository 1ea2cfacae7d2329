//! Other metrics of the application while the server runs. One that is declared otherwise begins
//! anew; what the application has declared itself stays.

use std::{collections::BTreeMap, sync::Arc};

use rr_core::{BoxError, Init, reconfigure::Change};

use super::{Metrics, config::CollectorConfig, declare, declared::Declared};

type Collectors = BTreeMap<String, CollectorConfig>;

pub(super) fn hook(cx: &mut Init, declared: &Arc<Declared>) {
    let declared = Arc::clone(declared);
    cx.reconfigure::<Metrics, _, _>(&["collect"], move |anew| {
        let declared = Arc::clone(&declared);
        let (before, after) = (anew.before.collect, anew.after.collect);
        // Mistakes are found among themselves; what the application has taken is seen later.
        let findings = declare(after.clone(), &Declared::default());
        let change = Change::new(async move { take(&before, &after, &declared) });
        async move { Ok(change.finding(findings)) }
    });
}

/// All of them, or none.
fn take(before: &Collectors, after: &Collectors, declared: &Declared) -> Result<(), BoxError> {
    let only = |of: &Collectors, other: &Collectors| -> Collectors {
        let differs = |it: &(&String, &CollectorConfig)| other.get(it.0) != Some(it.1);
        let all = of.iter().filter(differs);
        all.map(|(name, it)| (name.clone(), it.clone())).collect()
    };
    let (old, new) = (only(before, after), only(after, before));
    for name in old.keys() {
        declared.unregister(name);
    }
    let mut done = Vec::new();
    for (name, collector) in new {
        match declared.declare(&name, &collector.into()) {
            Ok(()) => done.push(name),
            Err(error) => {
                for name in done {
                    declared.unregister(&name);
                }
                declare(old, declared);
                return Err(format!("`collect.{name}`: {error}").into());
            }
        }
    }
    Ok(())
}
