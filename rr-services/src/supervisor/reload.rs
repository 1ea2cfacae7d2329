//! Another section while programs run: those that are new are started, those that are gone are
//! stopped, those that changed are both. The others go on.

use std::collections::BTreeSet;

use rr_core::{BoxError, Init, reconfigure::Change};

use super::{
    Supervisor,
    build::{self, BuildError},
    config::ProgramConfig,
    desk::{Desk, Refusal},
    methods::Counter,
    program::Program,
};

/// What becomes of one program.
#[derive(Debug)]
struct Step {
    name: String,
    before: Option<ProgramConfig>,
    after: Option<ProgramConfig>,
}

/// The whole section can be another one.
pub(super) fn hook(cx: &mut Init, counter: &Counter) {
    let counter = counter.clone();
    cx.reconfigure::<Supervisor, _, _>(&[""], move |anew| {
        let counter = counter.clone();
        async move {
            let (mut before, mut after) = (anew.before.0, anew.after.0);
            let names: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
            let steps = names.into_iter().map(|name| Step {
                before: before.remove(&name),
                after: after.remove(&name),
                name,
            });
            let steps: Vec<Step> = steps.filter(|it| it.before != it.after).collect();
            for step in &steps {
                step.program(step.after.as_ref(), &counter)?;
            }
            Ok(Change::new(async move { take(&steps, &counter).await }))
        }
    });
}

/// All of them, or none.
async fn take(steps: &[Step], counter: &Counter) -> Result<(), BoxError> {
    for (at, step) in steps.iter().enumerate() {
        let after = step.program(step.after.as_ref(), counter)?;
        let Err(error) = replace(&counter.desk, step.before.is_some(), &step.name, after).await
        else {
            continue;
        };
        for step in steps[..=at].iter().rev() {
            let before = step.program(step.before.as_ref(), counter)?;
            let back = replace(&counter.desk, step.after.is_some(), &step.name, before).await;
            if let Err(error) = back {
                tracing::error!(target: "service", service = step.name, "it does not run as before: {error}");
            }
        }
        return Err(error.into());
    }
    Ok(())
}

/// Stops the program of this name if it is one of the section's, and starts another.
async fn replace(
    desk: &Desk,
    is_there: bool,
    name: &str,
    program: Option<Program>,
) -> Result<(), Refusal> {
    if is_there {
        match desk.terminate(name.to_owned()).await {
            // It was terminated by a call, or has ended for good.
            Ok(()) | Err(Refusal::Unknown(_)) => {}
            Err(error) => return Err(error),
        }
    }
    match program {
        Some(program) => desk.create(program).await,
        None => Ok(()),
    }
}

impl Step {
    fn program(
        &self,
        config: Option<&ProgramConfig>,
        counter: &Counter,
    ) -> Result<Option<Program>, BuildError> {
        let build = |it: &ProgramConfig| {
            build::configured(self.name.clone(), it.clone(), counter.rpc.as_deref())
        };
        config.map(build).transpose()
    }
}
