//! A macro-string, expanded with values from the input: RFC 7208 §7.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::spf::{MacroString, target_name};

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    if let Some(read) = MacroString::explanation(text)
        && let Some(expanded) = read.expand(|_| Some(value.to_owned()))
    {
        let name = target_name(&expanded);
        assert!(name.len() <= 253 || !name.contains('.'));
    }
});
