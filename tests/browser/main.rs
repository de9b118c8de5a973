//! Every page of `--format html` in a real browser: nothing is asked of anybody else, nothing is complained of, a telephone
//! needs no sideways scrolling, both colour schemes and paper work. Skipped, with a word, where there is no Chromium.

mod chromium;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chromium::{Chromium, Page};
use smtpwhy::dns::zone::{self, ZoneLookup};
use smtpwhy::dns::{Name, RecordType};
use smtpwhy::knowledge::Knowledge;
use smtpwhy::probe::Probe;
use smtpwhy::probe::blocklist::Blocklist;
use smtpwhy::probe::check::{Elsewhere, Target, check};
use smtpwhy::probe::propagation::{Options, Vantage, propagation};
use smtpwhy::render::html;

/// What `smtpwhy ARGUMENTS --format html` prints, run in `tests/cli`.
fn printed(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .args(arguments)
        .args(["--format", "html", "--offline"])
        .env("SMTPWHY_CONFIG", "")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The pages of what was asked in DNS.
async fn asked() -> [Vec<u8>; 2] {
    let text = include_str!("../zones/probes.zone");
    let records = zone::records(text, None).unwrap().into_iter().map(|(_, record)| record);
    let name: Name = records.clone().next().unwrap().name;
    let lookup = ZoneLookup::of(records);
    let vantages: Vec<Vantage> =
        (1..=9).map(|n| Vantage::new(format!("vantage-{n}"), format!("192.0.2.{n}").parse().unwrap())).collect();
    let blocklists = vec![Blocklist { name: "Example list", zone: "bl.example" }];
    let mut elsewhere = Elsewhere::default();
    elsewhere.vantages = vantages.clone();
    elsewhere.blocklists = blocklists;
    let target = Target::of(name.clone()).sent_from("192.0.2.25".parse().unwrap());
    let found = check(&lookup, &target, &Probe::ALL.into_iter().collect(), &elsewhere).await;
    let options = Options::new(vantages);
    let spread = propagation(&lookup, &name, RecordType::TXT, &options).await;
    let (mut checks, mut everywhere) = (Vec::new(), Vec::new());
    html::checks(&mut checks, &[found], "2026-11-23 09:00 UTC").unwrap();
    html::propagation(&mut everywhere, &spread, "2026-11-23 09:00 UTC").unwrap();
    [checks, everywhere]
}

/// A page of every kind, in files.
async fn pages() -> Vec<PathBuf> {
    let long = format!("550 5.7.1 <{}@example.com>: SPF validation failed", "a".repeat(200));
    let [checks, everywhere] = asked().await;
    let pages = [
        ("reply", printed(&["451 4.4.3 Temporary server error, try again later"])),
        ("hostile", printed(&[&long])),
        ("several", printed(&["four-failures.log"])),
        ("spf", printed(&["spf", "--zone", "spf.zone", "example.com"])),
        ("logs", printed(&["logs", "four-failures.log"])),
        ("explain", printed(&["explain", "greylisting", "451", "4.7.1", "google", "postfix", "spf-lookup-limit"])),
        ("check", checks),
        ("propagation", everywhere),
    ];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    let written = pages.map(|(name, page)| {
        let path = folder.join(name).with_extension("html");
        fs::write(&path, page).unwrap();
        path
    });
    assert!(Knowledge::embedded().pages().count() > written.len());
    written.into()
}

/// What the browser heard of and said while it showed the page.
fn assert_undisturbed(page: &Page, path: &Path) {
    let own = format!("file://{}", path.display());
    let others: Vec<&String> = page.requests.iter().filter(|url| **url != own).collect();
    assert!(others.is_empty(), "{own} asks for {others:?}");
    assert!(page.complaints.is_empty(), "{own}: {:#?}", page.complaints);
}

#[tokio::test]
async fn every_page_is_whole_in_a_browser() {
    const BACKGROUND: &str = "getComputedStyle(document.body).backgroundColor";
    let Some(mut browser) = Chromium::start() else {
        println!("skipped: no Chromium is installed");
        return;
    };
    for path in pages().await {
        let what = path.display();
        let mut page = browser.open(&path, 1200, "light");
        assert_undisturbed(&page, &path);
        assert!(page.value("document.querySelector('h1').innerText.length").as_u64() > Some(10), "{what}");
        let light = page.value(BACKGROUND);
        assert!(page.printed() > 1_000, "{what} does not print");

        let mut page = browser.open(&path, 400, "dark");
        assert_undisturbed(&page, &path);
        assert_ne!(page.value(BACKGROUND), light, "{what} is not dark where it should be");
        let widest = page.value("document.documentElement.scrollWidth");
        assert_eq!(widest, 400, "{what} scrolls sideways at 400 px");
    }
}
