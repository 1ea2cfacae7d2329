//! The program `rr-builder`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    rr_builder::cli::main()
}
