//! A macro-string, expanded with values from the input: RFC 7208 §7.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::spf::macros::{self, MacroString};

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    if let Some(read) = MacroString::explanation(text)
        && let Some(expanded) = read.expand(|_| Some(value.to_owned()))
    {
        let name = macros::target_name(&expanded);
        assert!(name.len() <= 253 || !name.contains('.'));
    }
});
