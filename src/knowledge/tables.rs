//! The tables that the build script made from `data/`.

#![allow(clippy::approx_constant, clippy::unreadable_literal)]

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{LazyLock, OnceLock};

use super::index::Filed;
use super::vocabulary::Vocabulary;
use super::*;

include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// All [`Prose`], one text after another.
pub(super) static PROSE: LazyLock<String> = LazyLock::new(|| {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/prose.deflate"));
    let text = miniz_oxide::inflate::decompress_to_vec(packed).expect("the build script packed it");
    String::from_utf8(text).expect("the build script packed text")
});
