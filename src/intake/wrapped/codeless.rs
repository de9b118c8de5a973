//! Failures without a code: known by a library's name, by the address before them, or by nothing but a clue.

use std::ops::Range;

use super::Prose;
use super::quotation::unclosed;
use crate::intake::{Form, Incident, reply, scan};
use crate::reply::Reply;
use crate::span::Excerpt;

/// A line that names a library and is shorter than this leaves the telling to the lines around it.
const MIN_TOLD: usize = 24;

/// The longest text that is handed on without an anchor.
const MAX_LOOSE: usize = 4096;

impl Prose<'_> {
    /// A bounce's `<bob@example.com>: Host or domain name not found. …`, which may be a failure's text.
    pub(super) fn beside_address(&self, paragraph: Range<usize>) -> Option<Incident> {
        let text = self.text;
        let whole = scan::trim(text, paragraph);
        let address = scan::token(text, whole.clone());
        let named = text[whole.clone()].starts_with('<') && text[address.clone()].contains('@');
        let start = address.end + text[address.end..whole.end].strip_prefix(">: ").map(|_| 3).filter(|_| named)?;
        let mut incident =
            Incident::new(self.input, whole.clone(), Form::Dsn, reply::parse(self.input, start..whole.end))?.loose();
        incident.context.recipient = Some(self.input.slice(address));
        Some(incident)
    }

    /// Exceptions that are SMTP's by their wording and quote no code.
    pub(super) fn codeless(&self, paragraph: Range<usize>) -> Option<Incident> {
        const FAILED: [&str; 2] = ["server response was: ", "recipients failed: "];
        const NAMES: [&str; 66] = [
            "SMTP Error",
            "SMTP error",
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
            "com.sun.mail.",
            "javax.mail.",
            "jakarta.mail.",
            "but got code \"\"",
            "Connection could not be established with host",
        ];
        let text = self.text;
        let after = |words: &&str| scan::find_any_case(text, paragraph.clone(), words).map(|at| at + words.len());
        let named = || NAMES.iter().find_map(|name| scan::find(text, paragraph.clone(), name));
        let start = FAILED.iter().find_map(after).or_else(|| Some(self.line_start(named()?).max(paragraph.start)))?;
        let statement = start..self.statement_end(start, paragraph.end);
        let spoken = if statement.len() < MIN_TOLD { self.bounded(paragraph.clone()) } else { statement };
        let reply = reply::parse(self.input, unclosed(text, spoken));
        Incident::new(self.input, scan::trim(text, paragraph), self.form_around(), reply)
    }

    fn bounded(&self, paragraph: Range<usize>) -> Range<usize> {
        paragraph.start..scan::boundary_before(self.text, paragraph.end.min(paragraph.start + MAX_LOOSE))
    }

    /// A paragraph that might be a failure's text, for a clue to tell.
    pub(super) fn loose(&self, paragraph: Range<usize>) -> Option<Incident> {
        let text = self.text;
        let whole = scan::trim(text, self.bounded(paragraph));
        let lead = &text[whole.clone()];
        let decorated = lead.len() - lead.trim_start_matches(['"', '\'', '>', '*', '`', '“', ' ', '-', '|']).len();
        let spoken = unclosed(text, whole.start + decorated..whole.end);
        let accepted = text[spoken.clone()].contains("250 2.") || text[spoken.clone()].starts_with("250 ");
        if accepted || !text[spoken.clone()].chars().any(char::is_alphabetic) {
            return None;
        }
        let mut words = Excerpt::default();
        words.push_line(self.input, spoken);
        let mut reply = Reply { enhanced: reply::enhanced_within(words.as_str()), ..Reply::default() };
        reply.set_only_line(words);
        let mut incident = Incident::new(self.input, whole, self.form_around(), reply)?;
        incident.anchored = false;
        Some(incident)
    }
}
