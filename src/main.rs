//! The process edge: arguments in, streams out, an exit status.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    smtpwhy::cli::run()
}
