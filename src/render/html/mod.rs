//! HTML for a ticket: one file, without script or outside resource, for both colour schemes and for paper.

mod check;
mod diagnosis;
mod explain;
mod propagation;
mod spf;
mod triage;

use std::io::{self, Write};

pub use check::checks;
pub use diagnosis::report;
pub use explain::pages;
pub use propagation::propagation;
pub use spf::spf;
pub use triage::triage;

use super::style::{Role, visible};
use crate::knowledge::Source;

const CSS: &str = include_str!("style.css");

/// HTML as it grows. Text and attributes enter escaped, and every element that is opened is closed.
#[derive(Default)]
struct Html(String);

impl Html {
    /// Text from anywhere.
    fn text(&mut self, text: &str) {
        escape(&mut self.0, text);
    }

    fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)], end: &str) {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            escape(&mut self.0, value);
            self.0.push('"');
        }
        self.0.push_str(end);
    }

    /// An element that never holds anything, closed as XML closes it: every page is well-formed XML too.
    fn void(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) {
        self.open(tag, attributes, "/>");
    }

    /// An element and what is in it.
    fn element(
        &mut self,
        tag: &'static str,
        attributes: &[(&'static str, &str)],
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.open(tag, attributes, ">");
        inside(self);
        self.0.push_str("</");
        self.0.push_str(tag);
        self.0.push('>');
        self
    }

    fn of_class(&mut self, tag: &'static str, class: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.element(tag, &[("class", class)], inside)
    }

    /// An element that holds text alone.
    fn leaf(&mut self, tag: &'static str, class: &str, text: &str) -> &mut Self {
        let attributes: &[(&str, &str)] = if class.is_empty() { &[] } else { &[("class", class)] };
        self.element(tag, attributes, |html| html.text(text))
    }

    /// Text of ours: what stands in backticks is code.
    fn prose(&mut self, text: &str) {
        for (index, part) in text.split('`').enumerate() {
            match index % 2 {
                0 => self.text(part),
                _ => {
                    self.leaf("code", "", part);
                }
            }
        }
    }

    fn paragraphs(&mut self, text: &str) {
        for part in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
            self.element("p", &[], |html| html.prose(part));
        }
    }

    /// A link, if the address is one that a browser should open.
    fn link(&mut self, text: &str, url: &str) {
        match url.starts_with("https://") {
            true => {
                self.element("a", &[("href", url), ("rel", "noreferrer")], |html| html.text(text));
            }
            false => self.text(text),
        }
    }

    fn sources(&mut self, sources: &[Source]) {
        if sources.is_empty() {
            return;
        }
        self.leaf("h3", "", "Sources").of_class("ul", "sources", |html| {
            for source in sources {
                html.element("li", &[], |html| html.link(source.cite, source.url));
            }
        });
    }

    /// One line or more to copy: a click selects it.
    fn command(&mut self, command: &str) {
        self.of_class("pre", "command", |html| {
            html.leaf("code", "", command);
        });
    }

    /// A sign beside a colour, and what it stands for.
    fn sign(&mut self, role: Role, sign: &str, meaning: &str) {
        let class = format!("sign {}", class_of(role));
        self.element("span", &[("class", &class), ("role", "img"), ("aria-label", meaning)], |html| html.text(sign));
    }

    /// Facts as label and value.
    fn facts<'a>(&mut self, facts: impl IntoIterator<Item = (&'a str, String)>) {
        self.of_class("dl", "facts", |html| {
            for (label, value) in facts {
                html.element("div", &[], |html| {
                    html.leaf("dt", "", label).leaf("dd", "", &value);
                });
            }
        });
    }
}

/// The one way for text into HTML: what a browser would obey is escaped, what nobody sees is shown.
fn escape(out: &mut String, text: &str) {
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for character in visible(line.strip_suffix('\r').unwrap_or(line)).chars() {
            match character {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                _ => out.push(character),
            }
        }
        out.push_str(end);
    }
}

fn class_of(role: Role) -> &'static str {
    match role {
        Role::Good => "good",
        Role::Warning => "warning",
        Role::Bad => "bad",
        Role::Heading | Role::Muted | Role::Deciding | Role::Command => "muted",
    }
}

/// Writes a whole document; `made` says when what it shows was so.
fn document(out: &mut dyn Write, title: &str, made: &str, body: impl FnOnce(&mut Html)) -> io::Result<()> {
    let mut html = Html::default();
    html.0.push_str("<!DOCTYPE html>\n");
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| head(html, title));
        html.element("body", &[], |html| {
            html.element("main", &[], body);
            html.element("footer", &[], |html| {
                html.text(concat!("smtpwhy ", env!("CARGO_PKG_VERSION")));
                html.text(&if made.is_empty() { String::new() } else { format!(" · {made}") });
            });
        });
    });
    html.0.push('\n');
    out.write_all(html.0.as_bytes())
}

fn head(html: &mut Html, title: &str) {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    html.void("meta", &[("charset", "utf-8")]);
    html.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    html.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
    html.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    html.leaf("title", "", title);
    // A style sheet is ours, and its text is no HTML.
    html.0.push_str("<style>\n");
    html.0.push_str(CSS);
    html.0.push_str("</style>");
}

/// The answer: sign, sentence, and what it means.
fn verdict(html: &mut Html, role: Role, sign: &str, sentence: &str, more: &str, heading: &'static str) {
    html.of_class("header", &format!("verdict {}", class_of(role)), |html| {
        html.element("span", &[("class", "sign"), ("aria-hidden", "true")], |html| html.text(sign));
        html.element("div", &[], |html| {
            html.leaf(heading, "", sentence);
            if !more.is_empty() {
                html.element("p", &[], |html| html.prose(more));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup_nor_hide() {
        let mut html = Html::default();
        html.element("a", &[("title", "\"><script>")], |html| html.text("</a>\u{202e}&\u{1b}'\n"));
        assert_eq!(html.0, "<a title=\"&quot;&gt;&lt;script&gt;\">&lt;/a&gt;\\u{202e}&amp;\\u{1b}&#39;\n</a>");
    }

    /// The colours of one scheme by name.
    fn colours(scheme: &str) -> Vec<(&str, [f64; 3])> {
        let declared =
            scheme.split(['{', ';', '}']).filter_map(|part| part.trim().strip_prefix("--")?.split_once(": #"));
        let channel = |hex: &str, at: usize| {
            let hex = if hex.len() == 3 { &hex[at..=at].repeat(2) } else { &hex[at * 2..at * 2 + 2] };
            f64::from(u8::from_str_radix(hex, 16).unwrap()) / 255.0
        };
        declared.map(|(name, hex)| (name, [0, 1, 2].map(|at| channel(hex, at)))).collect()
    }

    /// <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>
    fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
        let linear = |value: f64| if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        let luminance = |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_stands_out_in_every_scheme() {
        let schemes: Vec<&str> = CSS.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        assert_eq!(schemes.len(), 3, "light, dark and paper");
        for scheme in schemes {
            let colours = colours(scheme);
            let colour = |name: &str| colours.iter().find(|(known, _)| *known == name).unwrap().1;
            let inks = ["ink", "soft", "link", "good", "warning", "bad"];
            let pairs = inks.iter().flat_map(|ink| ["paper", "page", "code"].map(|ground| (*ink, ground)));
            let tints = [("good", "good-tint"), ("warning", "warning-tint"), ("bad", "bad-tint")];
            let signs = tints.iter().flat_map(|(role, tint)| [(*role, *tint), ("ink", *tint)]);
            for (ink, ground) in pairs.chain(signs).chain([("mark-ink", "mark")]) {
                let ratio = contrast(colour(ink), colour(ground));
                assert!(ratio >= 4.5, "{ink} on {ground}: {ratio:.2} in {scheme}");
            }
        }
    }
}
