//! What a cause asks DNS.
