//! Command line: clap types and wiring. Parsing does nothing; building comes after.

use std::io::{Read, Write};
use std::process::ExitCode;

use crate::knowledge::Knowledge;
use crate::render::json;
use crate::span::Excerpt;

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).unwrap();
    let diagnoses = crate::diagnosis::read(&Excerpt::from_bytes(&input), Knowledge::embedded());
    let mut out = std::io::stdout().lock();
    json::write_pretty(&json::ReportV1::new(&diagnoses), &mut out).unwrap();
    out.flush().unwrap();
    if diagnoses.is_empty() { ExitCode::from(3) } else { ExitCode::SUCCESS }
}
