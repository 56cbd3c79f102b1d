//! The frames around the words: e-mail and letter, as text and as HTML.

use super::super::blocks::Part;
use super::super::format;
use super::{Draft, Section};

/// The pieces that a frame arranges.
pub(super) struct Page<'a> {
    pub(super) draft: &'a Draft<'a>,
    pub(super) subject: &'a str,
    pub(super) sections: &'a [Section],
    pub(super) legal: &'a [String],
}

/// Width of plain text in characters, as mail clients show it without wrapping again.
const WIDTH: usize = 76;

const MAIL_STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:38em;margin:1em auto;\
padding:0 1em;color:#1a1a1a;background:#fff}a{color:#0b4f8a}.action a{display:inline-block;\
padding:.8em 1.2em;border:2px solid #0b4f8a;border-radius:.3em}.legal{border-top:1px solid #767676;\
font-size:14px}ul{padding-left:1.2em}";

/// DIN 5008 Form B: address field 45 mm from the top, 20 mm from the left, 85 by 45 mm; text from
/// 25 mm; fold marks at 105 and 210 mm, punch mark at 148.5 mm.
const LETTER_STYLE: &str = "@page{size:A4;margin:0}body{font:11pt/1.4 sans-serif;margin:0;\
position:relative;width:210mm;color:#000;background:#fff}.address{position:absolute;top:45mm;\
left:20mm;width:80mm;height:45mm;padding-left:5mm}.return{height:17.7mm;display:flex;\
align-items:flex-end;font-size:8pt}.info{position:absolute;top:50mm;left:125mm;width:75mm}\
.mark{position:absolute;left:3mm;width:5mm;border-top:.3mm solid #000}\
.body{padding:103mm 20mm 25mm 25mm}.legal{font-size:9pt;border-top:.2mm solid #000}";

impl Page<'_> {
    /// Plain text of an e-mail.
    pub(super) fn text(&self) -> String {
        let mut paragraphs: Vec<String> =
            self.sections.iter().map(|section| wrap(&section.text)).collect();
        if !self.legal.is_empty() {
            paragraphs
                .push(self.legal.iter().map(|line| wrap(line)).collect::<Vec<_>>().join("\n"));
        }
        paragraphs.push(self.imprint().join(" · "));
        paragraphs.join("\n\n") + "\n"
    }

    /// HTML of an e-mail; nothing is loaded from elsewhere.
    pub(super) fn html(&self) -> String {
        self.document(MAIL_STYLE, &format!("{}{}", self.body_html(), self.imprint_html()))
    }

    /// Plain text of a letter.
    pub(super) fn letter_text(&self) -> String {
        let agency = &self.draft.agency;
        let head = [
            format!("{} · {}", agency.name, agency.address.join(" · ")),
            self.address_lines().join("\n"),
            format!("{}\n{}", self.date(), self.file()),
            self.subject.to_owned(),
        ];
        format!("{}\n\n{}", head.join("\n\n"), self.text())
    }

    /// HTML of a letter for an A4 page after DIN 5008 Form B.
    pub(super) fn letter_html(&self) -> String {
        let agency = &self.draft.agency;
        let marks = ["105mm", "148.5mm", "210mm"]
            .map(|top| format!("<div class=\"mark\" style=\"top:{top}\"></div>"))
            .concat();
        let sender = escape(&format!("{} · {}", agency.name, agency.address.join(" · ")));
        let address = lines(&self.address_lines());
        let info = lines(&[self.date(), self.file()]);
        let body = format!(
            "{marks}<div class=\"address\"><div class=\"return\">{sender}</div>{address}</div>\
             <div class=\"info\">{info}</div><div class=\"body\"><p><strong>{}</strong></p>{}{}</div>",
            escape(self.subject),
            self.body_html(),
            self.imprint_html()
        );
        self.document(LETTER_STYLE, &body)
    }

    fn document(&self, style: &str, body: &str) -> String {
        format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
             <style>{style}</style></head><body>{body}</body></html>",
            self.draft.language.code(),
            escape(self.subject)
        )
    }

    fn body_html(&self) -> String {
        let sections: String =
            self.sections.iter().map(|section| self.section_html(section)).collect();
        let Some((lead, rest)) = self.legal.split_first() else { return sections };
        let legal: Vec<_> = rest.iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
        let legal = legal.concat();
        format!("{sections}<div class=\"legal\"><h2>{}</h2>{legal}</div>", escape(lead))
    }

    fn section_html(&self, section: &Section) -> String {
        let text = escape(&section.text).replace('\n', "<br>");
        let link = escape(self.draft.link);
        match section.part {
            Part::Action => {
                let anchor = format!("<a href=\"{link}\">{link}</a>");
                format!("<p class=\"action\">{}</p>", text.replace(&link, &anchor))
            }
            Part::Case | Part::Claim | Part::Payment => format!("<p class=\"fact\">{text}</p>"),
            Part::Total => format!("<p><strong>{text}</strong></p>"),
            _ => format!("<p>{text}</p>"),
        }
    }

    fn imprint(&self) -> Vec<String> {
        let agency = &self.draft.agency;
        let mut lines = vec![agency.name.clone()];
        lines.extend(agency.address.iter().cloned());
        if !agency.register_number.is_empty() {
            lines.push(agency.register_number.clone());
        }
        lines
    }

    fn imprint_html(&self) -> String {
        format!("<p class=\"legal\">{}</p>", escape(&self.imprint().join(" · ")))
    }

    fn address_lines(&self) -> Vec<String> {
        let recipient = self.draft.recipient;
        std::iter::once(recipient.name.clone())
            .chain(recipient.address.iter().cloned())
            .take(6)
            .collect()
    }

    fn date(&self) -> String {
        format::date(self.draft.date, self.draft.language)
    }

    fn file(&self) -> String {
        self.draft.claims.first().map(|claim| claim.reference.clone()).unwrap_or_default()
    }
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>")
}

/// Text as HTML shows it: nothing in a name or reference becomes markup.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Wraps at blanks; a word longer than the line, such as a link, stays whole.
fn wrap(text: &str) -> String {
    let mut wrapped = String::new();
    for line in text.split('\n') {
        let mut width = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if width > 0 && width + 1 + length > WIDTH {
                wrapped.push('\n');
                width = 0;
            } else if width > 0 {
                wrapped.push(' ');
                width += 1;
            }
            wrapped.push_str(word);
            width += length;
        }
        wrapped.push('\n');
    }
    wrapped.pop();
    wrapped
}
