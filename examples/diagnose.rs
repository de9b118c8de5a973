//! Diagnoses what stands on standard input, with the system's resolvers.
//!
//! `grep status=deferred /var/log/mail.log | cargo run --example diagnose`

use std::error::Error;
use std::io::{self, Read};
use std::time::Duration;

use smtpwhy::diagnosis::diagnose;
use smtpwhy::dns::live::Live;
use smtpwhy::knowledge::Knowledge;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    let lookup = Live::system(Duration::from_secs(3))?;
    for diagnosis in diagnose(&text, Knowledge::embedded(), &lookup).await {
        for ranked in &diagnosis.causes {
            println!("{:3.0} %  {}  {}", ranked.confidence * 100.0, ranked.cause.id, ranked.cause.title);
        }
        println!("{}\n", diagnosis.retry.note);
    }
    Ok(())
}
