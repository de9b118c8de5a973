//! Finished values on their way out: each renderer takes a value and a writer, and computes nothing.
//!
//! ```
//! use smtpwhy::{diagnosis, knowledge::Knowledge, render, span::Excerpt};
//!
//! let said = Excerpt::from_bytes(b"452 4.2.2 Mailbox full");
//! let diagnoses = diagnosis::read(&said, Knowledge::embedded());
//! let mut out = Vec::new();
//! render::text::diagnoses(&mut out, &diagnoses, &render::style::PLAIN, Default::default())?;
//! assert!(String::from_utf8_lossy(&out).contains("452 4.2.2 Mailbox full"));
//!
//! let document = render::json::ReportV1::new(&diagnoses, &[], &[], false, Knowledge::embedded());
//! render::json::write_pretty(&document, &mut out)?;
//! # Ok::<(), std::io::Error>(())
//! ```

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
