//! Checks the SPF record of a zone file before it is published: no socket is opened.
//!
//! `cargo run --example zone -- example.com example.com.zone`

use std::error::Error;

use smtpwhy::dns::Name;
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::spf::survey::survey;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(domain), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: zone DOMAIN FILE".into());
    };
    let zone = ZoneLookup::parse_below(Name::from_utf8(&domain)?, &std::fs::read_to_string(file)?)?;
    let survey = survey(&zone, &domain).await;
    println!("{} of {} lookups", survey.lookups.total, survey.lookups.limit);
    for finding in &survey.findings {
        println!("{}: {}: {}", finding.severity.as_str(), finding.id, finding.message);
    }
    Ok(())
}
