//! Finished values on their way out: each renderer takes a value and a writer, and computes nothing.

mod evidence;
pub mod explain;
pub mod json;
pub mod style;
pub mod text;
