//! How long a reply asks to wait: `Greylisted for 299 seconds`, `come back in 00:05:00`, `请在 5 分钟后重试`.

use super::Reply;

/// What tells that a duration is a time to wait, not a limit's period or a timeout. In lower case.
const CUES: [&str; 38] = [
    "try again",
    "retry",
    "try in",
    "try after",
    "try later",
    "come back",
    "wait",
    "greylist",
    "graylist",
    "resend",
    "send again",
    "reconnect",
    "re-attempt",
    "attempt again",
    "erneut",
    "nochmal",
    "warten",
    "wieder",
    "réessay",
    "reessay",
    "patient",
    "重试",
    "再试",
    "重試",
    "再試",
    "再送",
    "再度",
    "다시",
    "повтор",
    "попробуй",
    "intent",
    "reintent",
    "tente",
    "riprov",
    "opnieuw",
    "spróbuj",
    "tekrar",
    "torneu",
];

/// How far from a cue, in bytes, its duration stands at most.
const NEAR: usize = 64;

/// Beginnings of the units' names, with their seconds, longest first where one begins another.
const UNITS: [(&str, u64); 29] = [
    ("sec", 1),
    ("sek", 1),
    ("segundo", 1),
    ("second", 1),
    ("сек", 1),
    ("saniye", 1),
    ("秒", 1),
    ("초", 1),
    ("min", 60),
    ("мин", 60),
    ("dakika", 60),
    ("minút", 60),
    ("分", 60),
    ("분", 60),
    ("hour", 3600),
    ("hr", 3600),
    ("stunde", 3600),
    ("heure", 3600),
    ("hora", 3600),
    ("ore", 3600),
    ("ora", 3600),
    ("uur", 3600),
    ("godzin", 3600),
    ("saat", 3600),
    ("час", 3600),
    ("小时", 3600),
    ("小時", 3600),
    ("時間", 3600),
    ("시간", 3600),
];

impl Reply {
    /// Seconds after which the text asks to try again.
    pub fn retry_after(&self) -> Option<u64> {
        let text = self.text.as_str().to_lowercase();
        let cues: Vec<usize> = CUES.iter().flat_map(|cue| text.match_indices(cue).map(|(at, _)| at)).collect();
        let asked = |at: usize| cues.iter().any(|cue| cue.abs_diff(at) <= NEAR);
        numbers(&text).find_map(|(at, end)| duration(&text, at, end).filter(|_| asked(at)))
    }
}

/// Where runs of digits begin and end, those of `00:05:00` as one.
fn numbers(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == ':';
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text[from..].find(|letter: char| letter.is_ascii_digit())?;
        let end = at + text[at..].find(|letter| !is_part(letter)).unwrap_or(text.len() - at);
        from = end;
        Some((at, end))
    })
}

fn duration(text: &str, at: usize, end: usize) -> Option<u64> {
    let before = text[..at].trim_end();
    let counted = ["per", "every", "each", "last", "past", "than", "timeout", "timed out after", "pro", "par"];
    if counted.iter().any(|word| before.ends_with(word))
        || text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.')
    {
        return None;
    }
    let number = &text[at..end];
    match number.split(':').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?[..] {
        [count] => {
            let unit = text[end..].trim_start_matches([' ', '-', '个', '個']);
            let seconds = UNITS.iter().find(|(name, _)| unit.starts_with(name)).map(|(_, seconds)| *seconds);
            let seconds = seconds.or_else(|| unit.strip_prefix('s').filter(|rest| !begins_word(rest)).map(|_| 1));
            count.checked_mul(seconds?)
        }
        [hours, minutes, seconds] if minutes < 60 && seconds < 60 => {
            hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)
        }
        _ => None,
    }
}

fn begins_word(rest: &str) -> bool {
    rest.starts_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::super::Reply;
    use crate::span::Excerpt;

    fn asks(text: &str) -> Option<u64> {
        Reply { text: Excerpt::from_bytes(text.as_bytes()), ..Reply::default() }.retry_after()
    }

    #[test]
    fn a_reply_says_how_long_to_wait() {
        for (text, seconds) in [
            ("Recipient address rejected: Greylisted for 299 seconds", 299),
            ("Greylisting in action, please come back in 00:05:00", 300),
            ("Too many messages, please retry in 1 hour", 3600),
            ("Try again after 15 min.", 900),
            ("Bitte versuchen Sie es in 10 Minuten erneut", 600),
            ("Veuillez réessayer dans 5 minutes", 300),
            ("请在 5 分钟后重试", 300),
            ("greylisted, try again in 60s", 60),
            ("30分後に再送してください", 1800),
        ] {
            assert_eq!(asks(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn a_limits_period_is_no_time_to_wait() {
        for text in [
            "limit of 400 recipients per 24 hours reached, try again later",
            "timed out after 15 seconds",
            "No messages accepted from 192.0.2.1, retry later",
            "mailbox inactive for 90 days",
        ] {
            assert_eq!(asks(text), None, "{text}");
        }
    }
}
