//! The words of `data/foreign.toml`, as the build script made them.

include!(concat!(env!("OUT_DIR"), "/foreign.rs"));
