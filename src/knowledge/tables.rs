//! The tables that the build script made from `data/`.

#![allow(clippy::approx_constant, clippy::unreadable_literal)]

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use super::index::Filed;
use super::vocabulary::Vocabulary;
use super::*;

include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// The examples of all clues, one after another. Only `explain` shows them: packed, they take a third of the room.
pub(super) static EXAMPLES: LazyLock<String> = LazyLock::new(|| {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/examples.deflate"));
    let text = miniz_oxide::inflate::decompress_to_vec(packed).expect("the build script packed it");
    String::from_utf8(text).expect("the build script packed text")
});
