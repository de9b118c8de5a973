//! The tables that the build script made from `data/`.

#![allow(clippy::approx_constant, clippy::unreadable_literal)]

use std::net::{Ipv4Addr, Ipv6Addr};

use super::words::Filed;
use super::*;

include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));
