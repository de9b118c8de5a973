//! Zone text, and what SPF makes of the records in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::dns::cache::Cached;
use smtpwhy::dns::zone::{ZoneLookup, records};
use smtpwhy::dns::{Name, shown};
use smtpwhy::spf::evaluate::{Request, check_host};
use smtpwhy::spf::survey::survey;

fuzz_target!(|text: &str| {
    let origin = || Name::from_ascii("example.com.").ok();
    // One bad line refuses a zone; here each may be bad by itself.
    let read = match records(text, origin()) {
        Ok(read) => read,
        Err(_) => text.lines().filter_map(|line| records(line, origin()).ok()).flatten().collect(),
    };
    let owners: Vec<Name> = read.iter().map(|(_, record)| record.name.clone()).take(4).collect();
    let zones = read.into_iter().map(|(_, record)| record);
    let lookup = Cached::new(ZoneLookup::of(zones), 200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    for owner in owners {
        let domain = shown(&owner);
        let request = Request::new([192, 0, 2, 1].into(), format!("a@{domain}"), "mx.example.net");
        runtime.block_on(check_host(&lookup, &request));
        for finding in runtime.block_on(survey(&lookup, &domain)).findings {
            let (Some(record), Some(span)) = (&finding.record, finding.span) else { continue };
            assert!(record.get(span.range()).is_some(), "{finding:?}");
        }
    }
    assert!(lookup.lookup().count() <= 200);
});
