//! Finished values on their way out: each renderer takes a value and a writer, and computes nothing.

pub mod json;
pub mod text;
