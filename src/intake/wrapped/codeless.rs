//! Failures without a code: known by a library's name, by the address before them, or by nothing but a clue.

use std::ops::Range;

use super::Prose;
use super::quotation::unclosed;
use crate::intake::{Form, Incident, foreign, frames, reply, scan};
use crate::reply::{Reply, ReplyCode};
use crate::span::Excerpt;

/// A line that names a library and is shorter than this leaves the telling to the lines around it.
const MIN_TOLD: usize = 24;

/// The longest text that is handed on without an anchor.
const MAX_LOOSE: usize = 4096;

impl Prose<'_> {
    /// A bounce's `<bob@example.com>: Host or domain name not found. …`, which may be a failure's text; qmail breaks the
    /// line after the address.
    pub(super) fn beside_address(&self, paragraph: Range<usize>) -> Option<Incident> {
        let text = self.text;
        let whole = scan::trim(text, paragraph);
        let address = scan::token(text, whole.clone());
        let named = text[whole.clone()].starts_with('<') && text[address.clone()].contains('@');
        let rest = text[address.end..whole.end]
            .strip_prefix(">:")
            .filter(|rest| named && rest.starts_with([' ', '\r', '\n']))?;
        let start = whole.end - rest.trim_start().len();
        let mut incident =
            Incident::new(self.input, whole.clone(), Form::Dsn, reply::parse(self.input, start..whole.end))?.loose();
        incident.context.recipient = Some(self.input.slice(address));
        Some(incident)
    }

    /// Exceptions that are SMTP's by their wording and quote no code.
    pub(super) fn codeless(&self, paragraph: Range<usize>) -> Option<Incident> {
        const FAILED: [&str; 2] = ["response was: ", "recipients failed: "];
        const NAMES: [&str; 86] = [
            "SMTPRecipientsRefused",
            "initialize SMTP properly",
            "all recipients were rejected",
            "gomail: ",
            "SMTP Error",
            "SMTP error",
            "SMTP 4xx error",
            "SMTP 5xx error",
            "lettre::transport",
            "] SMTPException",
            // Roundcube's label for them, in its translations.
            "SMTP 错误",
            "SMTP错误",
            "SMTP錯誤",
            "SMTP エラー",
            "SMTP 에러",
            "SMTP Erreur",
            "SMTP помилка",
            "Помилка SMTP",
            "Chyba SMTP",
            "SMTP hiba",
            "SMTP-hiba",
            "SMTP-fel",
            "SMTP-feil",
            "SMTP-fejl",
            "SMTP-virhe",
            "Eroare SMTP",
            "Greška SMTP",
            "Napaka SMTP",
            "SMTP klaida",
            "Lỗi SMTP",
            "خطأ SMTP",
            "SMTP Hatası",
            "Σφάλμα SMTP",
            "but got empty code",
            "smtplib.py\"",
            "aiosmtplib",
            "net/smtp.rb",
            "SMTP.pm line ",
            "=== Trying ",
            "=== Connected to ",
            "SMTP session failed",
            "Greeting never received",
            "command: 'CONN'",
            "SMTPConnection.",
            "MailConnectException",
            "org.springframework.mail",
            "org.eclipse.angus.mail",
            "(SMTP) ",
            "Send-MailMessage",
            "SmtpClient",
            "gen_smtp",
            ":permanent_failure",
            ":temporary_failure",
            "Cannot Send Mail",
            "SMTP 錯誤",
            "SMTPエラー",
            "SMTP 오류",
            "SMTP ошибка",
            "Ошибка SMTP",
            "SMTP Fehler",
            "SMTP-Fehler",
            "Erreur SMTP",
            "Error SMTP",
            "Erro SMTP",
            "Errore SMTP",
            "Błąd SMTP",
            "SMTP-fout",
            "SMTP sorunu",
            "SMTP hatası",
            "SMTP connect() failed",
            "smtplib.SMTP",
            "SMTPServerDisconnected",
            "Net::SMTP",
            "System.Net.Mail.SmtpException",
            "MailKit.Net.Smtp",
            "Swift_TransportException",
            "Zend_Mail_",
            "Zend\\Mail\\",
            "Laminas\\Mail\\",
            "Mailer\\Exception\\",
            "Mailer Error: ",
            "com.sun.mail.",
            "javax.mail.",
            "jakarta.mail.",
            "but got code \"\"",
            "Connection could not be established with host",
        ];
        let text = self.text;
        let after = |words: &&str| scan::find_any_case(text, paragraph.clone(), words).map(|at| at + words.len());
        let named = |line: &Range<usize>| NAMES.iter().any(|name| scan::find(text, line.clone(), name).is_some());
        if let Some(told) = frames::told(text, paragraph.clone()) {
            let ends_here = !frames::is_followed_by_another(text, paragraph.end..self.range.end);
            let is_mail = named(&paragraph) || FAILED.iter().find_map(after).is_some();
            return (ends_here && is_mail).then(|| self.told(paragraph, told))?;
        }
        let exception = || {
            let told = self.told_lines(paragraph.clone()).find(named).map(|line| line.start);
            told.or_else(|| named(&paragraph).then_some(paragraph.start))
        };
        // Haraka names the recipients there and not the reason.
        let reason = |at: &usize| !text[*at..].starts_with('<');
        let unexplained = || scan::find(text, paragraph.clone(), "ecipients failed: <").map(|at| self.line_start(at));
        let start = FAILED.iter().find_map(after).filter(reason).or_else(unexplained).or_else(exception)?;
        let statement = start..self.statement_end(start, paragraph.end);
        let from = if statement.len() < MIN_TOLD { paragraph.start } else { start };
        let mut spoken = Excerpt::default();
        for line in self.told_lines(self.bounded(from..paragraph.end)) {
            if !spoken.is_empty() {
                spoken.push_added("\n");
            }
            spoken.push_line(self.input, line);
        }
        let said = unclosed(spoken.as_str(), 0..spoken.len());
        let mut reply = reply::parse(&spoken, said);
        reply.code = reply.code.or_else(|| lettre_code(spoken.as_str()));
        Incident::new(self.input, scan::trim(text, paragraph), self.form_around(), reply)
    }

    /// What a stack trace tells beside its frames.
    fn told(&self, paragraph: Range<usize>, lines: Vec<Range<usize>>) -> Option<Incident> {
        let mut words = Excerpt::default();
        for line in lines {
            if words.len() + line.len() > MAX_LOOSE {
                break;
            }
            if !words.is_empty() {
                words.push_added(" ");
            }
            words.push_part(self.input, line);
        }
        if words.is_empty() {
            return None;
        }
        self.worded(scan::trim(self.text, paragraph), words)
    }

    /// A failure of which nothing is known but its words.
    fn worded(&self, whole: Range<usize>, words: Excerpt) -> Option<Incident> {
        let mut reply = Reply { enhanced: reply::enhanced_within(words.as_str()), ..Reply::default() };
        reply.set_only_line(words);
        Incident::new(self.input, whole, self.form_around(), reply)
    }

    /// The lines in `range` but for those of a stack trace or a dump.
    fn told_lines(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        scan::lines(self.text, range).filter(|line| {
            let words = self.text[line.clone()].trim_start();
            words.starts_with("Caused by") || !frames::is_trace(words)
        })
    }

    fn bounded(&self, paragraph: Range<usize>) -> Range<usize> {
        scan::beginning(self.text, paragraph, MAX_LOOSE)
    }

    /// A paragraph that might be a failure's text, for a clue to tell.
    pub(super) fn loose(&self, paragraph: Range<usize>) -> Option<Incident> {
        let text = self.text;
        let whole = scan::trim(text, self.bounded(paragraph));
        if let Some(told) = frames::told(text, whole.clone()) {
            return self.told(whole, told).map(Incident::loose);
        }
        let lead = &text[whole.clone()];
        let decorated = lead.len() - lead.trim_start_matches(['"', '\'', '>', '*', '`', '“', ' ', '-', '|']).len();
        let spoken = unclosed(text, whole.start + decorated..whole.end);
        let words = &text[spoken.clone()];
        let pasted = self.form == Form::Reply;
        if pasted && foreign::code::is_source(words) {
            return None;
        }
        if !self.is_mails && foreign::asks_elsewhere(words) || pasted && foreign::begins_with_program(words) {
            return None;
        }
        let accepted = text[spoken.clone()].contains("250 2.") || text[spoken.clone()].starts_with("250 ");
        if accepted || !text[spoken.clone()].chars().any(char::is_alphabetic) {
            return None;
        }
        let mut words = Excerpt::default();
        words.push_line(self.input, spoken);
        self.worded(whole, words).map(Incident::loose)
    }
}

/// Rust's lettre, which prints its exception as it is: `severity: PermanentNegativeCompletion, category: Unspecified3, detail: Five`.
fn lettre_code(text: &str) -> Option<ReplyCode> {
    const CATEGORIES: [&str; 6] =
        ["Syntax", "Information", "Connections", "Unspecified3", "Unspecified4", "MailSystem"];
    const DETAILS: [&str; 10] = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    let field = |name: &str| {
        let at = scan::after(text, 0..text.len(), name)?;
        text[at..].split(|letter: char| !letter.is_ascii_alphanumeric()).next()
    };
    let severity = match field("severity: ")? {
        "TransientNegativeCompletion" => '4',
        "PermanentNegativeCompletion" => '5',
        _ => return None,
    };
    let place = |name: &str, known: &[&str]| field(name).and_then(|word| known.iter().position(|it| *it == word));
    let digits = format!("{severity}{}{}", place("category: ", &CATEGORIES)?, place("detail: ", &DETAILS)?);
    ReplyCode::at_start(digits.as_bytes())
}
