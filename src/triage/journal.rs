//! Lines of JSON with a log's message in them (journald's export, Docker's json-file), as the lines they stand for.

use std::borrow::Cow;

use serde::Deserialize;

use super::clock::is_stamped;

/// The keys that matter; a journal has many more.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, alias = "MESSAGE", alias = "log", alias = "message", alias = "msg")]
    text: Cow<'a, str>,
    #[serde(borrow, rename = "SYSLOG_IDENTIFIER")]
    program: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "_HOSTNAME")]
    host: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "__REALTIME_TIMESTAMP")]
    microseconds: Option<Cow<'a, str>>,
    /// Docker's, RFC 3339.
    #[serde(borrow)]
    time: Option<Cow<'a, str>>,
}

/// The line itself where it is none of JSON.
pub fn plain(line: &[u8]) -> Cow<'_, [u8]> {
    if line.first() != Some(&b'{') {
        return Cow::Borrowed(line);
    }
    let Ok(entry) = serde_json::from_slice::<Entry>(line) else { return Cow::Borrowed(line) };
    Cow::Owned(entry.line().into_bytes())
}

impl Entry<'_> {
    fn line(&self) -> String {
        let text = self.text.trim_end().replace('\n', " ");
        let time = self.journal_time().or_else(|| self.time.as_ref().map(|time| time.clone().into_owned()));
        let time = time.map(|time| format!("{time} ")).unwrap_or_default();
        match &self.program {
            Some(program) => format!("{time}{} {program}[0]: {text}", self.host.as_deref().unwrap_or("-")),
            // A message that has its own time needs no second one.
            None if is_stamped(text.as_bytes()) => text,
            None => format!("{time}{text}"),
        }
    }

    fn journal_time(&self) -> Option<String> {
        let microseconds = self.microseconds.as_ref()?.parse().ok()?;
        Some(jiff::Timestamp::from_microsecond(microseconds).ok()?.to_string())
    }
}
