//! Finished values on their way out: each renderer takes a value and a writer, and computes nothing.

pub mod check;
mod evidence;
pub mod explain;
mod finding;
#[cfg(test)]
mod hostile;
pub mod html;
pub mod json;
mod layout;
pub mod propagation;
pub mod sarif;
pub mod spf;
pub mod style;
pub mod text;
pub mod triage;
mod verdict;
