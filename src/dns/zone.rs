//! Answers from zone text (RFC 1035 §5), so that logic is tested without a socket and records are checked before they
//! are published.
