//! The words of `data/foreign.toml`, as the build script made them.
#![allow(dead_code, reason = "most fields count alike, whatever they are named")]

include!(concat!(env!("OUT_DIR"), "/foreign.rs"));
