//! `rr config reload`: has a running server read its configuration again, and shows what came of it.

use serde_json::json;

use crate::{
    cli::{Exit, Failure, args::Format, exit::Text, remote::Remote, voice::Voice},
    config::Severity,
    reconfigure::{Changed, Failed, Outcome, Report},
};

/// Fails where the configuration is wrong, and where something of it could not be applied.
pub(in crate::cli) async fn reload(
    remote: &Remote,
    dry_run: bool,
    format: Format,
    silent: bool,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let mut client = remote.connect().await?;
    let argument = json!({ "dry_run": dry_run });
    let report = client.call::<Report>("config.Reload", &argument).await;
    let report = report.map_err(|error| remote.failed(&error))?;
    match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&report);
            voice.say(text.expect("texts and numbers are JSON"));
        }
        Format::Text => tell(&report, silent, voice),
    }
    let exit = match &report {
        it if it.is_refused() => Exit::Config,
        it if it.count(Outcome::NeedsRestart) + it.count(Outcome::Failed) > 0 => Exit::Command,
        _ => return Ok(()),
    };
    Err(Failure {
        exit,
        text: Text::Said,
    })
}

fn tell(report: &Report, silent: bool, voice: &mut Voice<'_>) {
    for it in &report.findings {
        let severity = match &*it.severity {
            "error" => Severity::Error,
            _ => Severity::Warning,
        };
        voice.finding(severity, &it.text);
        voice.note("");
    }
    if report.is_refused() {
        voice.error("the configuration is not reloaded: the server goes on with what it had");
        return;
    }
    let applied = match report.dry_run {
        true => "would be applied:",
        false => "applied:",
    };
    let headings = [
        (Outcome::Applied, applied),
        (Outcome::NeedsRestart, "needs a restart:"),
        (Outcome::Failed, "not applied:"),
        (Outcome::WithoutEffect, "without effect:"),
    ];
    for (outcome, heading) in headings {
        let such = report.changes.iter().filter(|it| it.outcome == outcome);
        let such: Vec<&Changed> = such.collect();
        if !such.is_empty() {
            voice.say(heading);
            such.iter().for_each(|it| voice.say(format_args!("  {it}")));
        }
    }
    if report.changes.is_empty() && !silent {
        voice.say("nothing has changed");
    }
    for Failed { service, error } in &report.failures {
        voice.error(&format!("`{service}` goes on as before: {error}"));
    }
    let all = report.changes.len();
    let wait = match report.count(Outcome::NeedsRestart) {
        0 => return,
        1 => format!("1 of {all} changes waits"),
        left => format!("{left} of {all} changes wait"),
    };
    voice.error(&format!(
        "{wait} for a restart of the server\nhelp: restart it; where there are signals, SIGUSR2 does so without losing a request"
    ));
}
