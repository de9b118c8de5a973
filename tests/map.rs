//! The map in `src/lib.rs`: arrows between modules point down its list only.

use std::fs;
use std::path::{Path, PathBuf};

/// Top first. Test modules count too: what a test needs, the module knows.
const MAP: [&str; 14] = [
    "cli",
    "render",
    "logs",
    "triage",
    "diagnosis",
    "rank",
    "probe",
    "knowledge",
    "spf",
    "dns",
    "finding",
    "intake",
    "reply",
    "span",
];

fn files_under(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| files_under(&entry.unwrap().path(), files));
    } else {
        files.push(path.to_owned());
    }
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for path in [src.join(module), src.join(format!("{module}.rs"))] {
        if path.exists() {
            files_under(&path, &mut files);
        }
    }
    assert!(!files.is_empty(), "the map names a module that is not there: {module}");
    files
}

#[test]
fn arrows_point_down_the_map() {
    let mut faults = Vec::new();
    for (place, module) in MAP.iter().enumerate() {
        for file in files_of(module) {
            let text = fs::read_to_string(&file).unwrap();
            for above in &MAP[..place] {
                if text.contains(&format!("crate::{above}::")) || text.contains(&format!("use crate::{above};")) {
                    faults.push(format!("{} knows {above}, which stands above {module}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_map_names_every_module() {
    let lib = include_str!("../src/lib.rs");
    let declared: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for module in &declared {
        assert!(MAP.contains(module), "{module} is not on the map");
        assert!(lib.contains(&format!("//! | [`{module}`]")), "{module} is not in the map of lib.rs");
    }
    assert_eq!(declared.len(), MAP.len());
}
