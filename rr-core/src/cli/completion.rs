//! `rr completion` and `rr man`: what is generated of the commands, for shells and for packages.

use std::{fs, io, path::Path};

use clap_complete::Shell;

use super::{Exit, Extra, Failure, args::Line, voice::Voice};

/// Prints the script of a shell.
pub(super) fn completion(
    program: &'static str,
    extra: &[Extra],
    shell: Shell,
    voice: &mut Voice<'_>,
) {
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut Line::commands(program, extra),
        program,
        &mut script,
    );
    voice.say(String::from_utf8_lossy(&script).trim_end());
}

/// Writes a page for the program and one for each command into `folder`.
pub(super) fn man(
    program: &'static str,
    extra: &[Extra],
    folder: &Path,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        clap_mangen::generate_to(Line::commands(program, extra), folder)
    };
    write().map_err(|error| {
        let folder = folder.display();
        Failure::new(
            Exit::Command,
            format!("cannot write to `{folder}`: {error}"),
        )
    })?;
    voice.say(format_args!("wrote manual pages to {}", folder.display()));
    Ok(())
}
