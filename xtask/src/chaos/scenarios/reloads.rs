//! Other configurations under load: whatever is applied, and whatever is refused, no request notices.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{
    judge::Report,
    ring::Ring,
    server::{Server, Setup},
    storm::Load,
};

/// What is done, in turn.
#[derive(Clone, Copy)]
enum Step {
    /// More workers, and a limit on them.
    More,
    /// Another variable: every worker is replaced.
    Variable,
    /// A file with a mistake.
    Mistake,
    /// Other middleware, for open connections as well.
    Middleware,
    /// A variable, and code that does not start.
    Broken,
    /// Fewer workers.
    Fewer,
    /// As at the start.
    Back,
}

const STEPS: [Step; 7] = [
    Step::More,
    Step::Variable,
    Step::Mistake,
    Step::Middleware,
    Step::Broken,
    Step::Fewer,
    Step::Back,
];

const MIDDLEWARE: &str =
    "  middleware: [headers, request_id]\n  headers: {response: {x-chaos: \"1\"}}\n";

pub(super) fn reload(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut complaints = Vec::new();
    let mut steps = STEPS.iter().cycle();
    let mut number = 0;
    let (tally, reloads) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(300), || {
            number += 1;
            let step = steps.next().expect("a circle has no end");
            complaints.extend(take(*step, number, &server)?);
            Ok(())
        })
    })?;
    complaints.extend(take(Step::Back, 0, &server)?);
    let mut report = Report::new(&tally, format!("{reloads} reloads"));
    report.tell(complaints);
    report.judge(&tally, |_| false);
    report.expect(tally.workers() > server.size, || {
        "no worker was replaced".into()
    });
    report.settle(&tally, &server, &before)?;
    Ok(report)
}

/// Takes one step; what the server should not have said of it.
fn take(step: Step, number: u64, server: &Server) -> Result<Option<String>> {
    let env = format!("STEP: \"{number}\"");
    let setup = Setup::default();
    let (setup, outcome) = match step {
        Step::More => {
            let pool = "max_jobs: 300,";
            (
                Setup {
                    workers: 7,
                    pool,
                    ..setup
                },
                "applied",
            )
        }
        Step::Variable => (Setup { env: &env, ..setup }, "applied"),
        Step::Mistake => (
            Setup {
                pool: "max_jobs: some,",
                ..setup
            },
            "refused",
        ),
        Step::Middleware => (
            Setup {
                http: MIDDLEWARE,
                ..setup
            },
            "applied",
        ),
        Step::Broken => {
            server.deploy_broken()?;
            (Setup { env: &env, ..setup }, "failed")
        }
        Step::Fewer => (
            Setup {
                workers: 2,
                ..setup
            },
            "applied",
        ),
        Step::Back => (setup, "applied"),
    };
    server.configure(setup)?;
    let report = server.reload()?;
    if let Step::Broken = step {
        server.deploy(0)?;
    }
    let outcomes = || {
        let changes = report["changes"].as_array().into_iter().flatten();
        changes.map(|it| it["outcome"].as_str().unwrap_or_default())
    };
    let is_refused = outcomes().count() == 0 && report["findings"][0]["severity"] == "error";
    let holds = match outcome {
        "applied" => !report["findings"][0].is_object() && outcomes().all(|it| it == "applied"),
        "failed" => outcomes().any(|it| it == "failed") && report["failures"][0].is_object(),
        _ => is_refused,
    };
    Ok((!holds).then(|| format!("a reload that is to be {outcome}: {report}")))
}
