//! What was meant by what was typed.

use clap::CommandFactory;

use super::args::Cli;
use crate::knowledge::Knowledge;
use crate::render::style::visible;

/// Names this near, by Jaro-Winkler, are offered.
const CLOSE: f64 = 0.7;
const MOST: usize = 3;

/// The names nearest to `word`, best first.
pub fn near(word: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let rated = names.into_iter().map(|name| (strsim::jaro_winkler(word, &name), name));
    let mut near: Vec<(f64, String)> = rated.filter(|(closeness, _)| *closeness >= CLOSE).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// A command with its arguments is seldom longer than this; a text is.
pub const COMMAND_WORDS: usize = 3;

/// The command that `word` is a misspelling of: one letter wrong or two swapped, two in a long word.
pub fn command(word: &str) -> Option<String> {
    let allowed = if word.chars().count() >= 8 { 2 } else { 1 };
    let names = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>();
    names.into_iter().find(|name| word.len() > 2 && strsim::damerau_levenshtein(word, name) <= allowed)
}

/// The code that a text asks about, if it is a question: `what does 451 mean?`
pub fn page(text: &str) -> Option<&str> {
    const LONGEST: usize = 120;
    const ASKING: [&str; 8] = ["mean", "meaning", "what", "explain", "bedeutet", "signifie", "significa", "означает"];
    let words = || text.split_whitespace().map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
    let asks = |word: &str| ASKING.iter().any(|it| word.to_lowercase() == *it);
    let is_question = text.len() <= LONGEST && (text.trim_end().ends_with('?') || words().any(asks));
    let of_failure = |word: &str| word.starts_with(['4', '5']) && Knowledge::embedded().page(word).is_some();
    words().find(|word| of_failure(word)).filter(|_| is_question)
}

/// What clap found wrong, in one line.
pub fn usage_error(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let what = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect::<Vec<_>>().join(" ");
    let tips: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).collect();
    let tip = tips.iter().find(|tip| tip.contains("similar")).or(tips.first());
    let tip = tip.map(|tip| format!("; {tip}"));
    let usage = || {
        let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "));
        usage.map(|usage| format!("; usage: {usage}"))
    };
    visible(&format!("{what}{}", tip.or_else(usage).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_command_is_known_and_a_text_is_not() {
        assert_eq!(command("chekc").as_deref(), Some("check"));
        assert_eq!(command("propagtion").as_deref(), Some("propagation"));
        for word in ["451", "hello", "the", "temporary"] {
            assert_eq!(command(word), None, "{word}");
        }
    }

    #[test]
    fn a_question_about_a_code_is_known_and_a_number_is_not() {
        assert_eq!(page("what does 451 mean in general?"), Some("451"));
        assert_eq!(page("Was bedeutet 4.7.1"), Some("4.7.1"));
        for text in ["our invoice 451 has been paid", "what is 4711?", "hello?"] {
            assert_eq!(page(text), None, "{text}");
        }
    }

    #[test]
    fn usage_errors_are_one_line_and_name_what_was_meant() {
        let error = Cli::command().try_get_matches_from(["smtpwhy", "--jsno", "x"]).unwrap_err();
        assert_eq!(usage_error(&error), "unexpected argument '--jsno' found; a similar argument exists: '--json'");
        let error = Cli::command().try_get_matches_from(["smtpwhy", "spf"]).unwrap_err();
        let line = usage_error(&error);
        assert!(line.contains("<DOMAIN>") && line.contains("usage: smtpwhy spf"), "{line}");
        assert!(!line.contains('\n'));
    }
}
