//! Command line: clap types and wiring. Parsing does nothing; building comes after.

use std::process::ExitCode;

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
