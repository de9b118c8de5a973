//! Asks real servers: a small exchange over hickory-proto messages.
