//! `rr config`: what the configuration says, means and should say. Starts nothing.

mod check;
mod explain;
mod migrate;
mod reload;
mod show;

use super::{
    Failure, Program,
    args::{ConfigCommand, Place},
    process::Process,
    voice::Voice,
};
use crate::config::reference::Setting;

pub(super) use reload::reload;

/// Does what was typed behind `config`; `before` stands before it.
pub(super) fn run(
    program: impl Program,
    command: ConfigCommand,
    before: Place,
    strictly: bool,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check {
            strict,
            format,
            place,
        } => {
            let place = before.then(place);
            check::check(program, &place, strict | strictly, format, process, voice)
        }
        ConfigCommand::Show {
            path,
            format,
            secrets,
            place,
        } => {
            let place = before.then(place);
            let wanted = show::Wanted {
                path: path.as_deref(),
                format,
                secrets,
            };
            show::show(&program, &place, &wanted, process, voice)
        }
        ConfigCommand::Explain { path, format } => {
            explain::explain(&program, path.as_deref(), format, voice)
        }
        ConfigCommand::Reload(_) => unreachable!("it needs no program, but a server that runs"),
        ConfigCommand::Migrate { old, write } => migrate::migrate(&old, write, voice),
    }
}

/// All that can be set in this server.
fn reference(program: &impl Program) -> Setting {
    Setting::of(program.sections())
}
