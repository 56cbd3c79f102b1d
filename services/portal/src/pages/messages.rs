//! What was written to the person.

use askama::Template;
use axum::response::Response;
use kulanz_proto::messaging::v1::{ListMessagesRequest, Message, MessageState};

use super::quote::berlin_day;
use super::verify::channel;
use crate::answer::{Page, page, see_other};
use crate::error::PortalError;
use crate::format::date;
use crate::language::Language;
use crate::texts::Services;
use crate::visit::Debtor;

/// Older messages are to be had from the agency.
const MESSAGES_MAX: i32 = 50;

struct MessageView {
    subject: String,
    sent_on: String,
    sent_by: &'static str,
    paragraphs: Vec<String>,
    code: String,
}

impl MessageView {
    fn of(message: Message, language: Language) -> Self {
        let text = Services::of(language);
        let sent_by = channel(message.channel(), text);
        let sent_on = date(message.sent_at.as_ref().and_then(berlin_day).as_ref(), language);
        Self {
            sent_on,
            sent_by,
            paragraphs: paragraphs(&message.body),
            subject: message.subject,
            code: message.authenticity_code,
        }
    }
}

/// Mails are broken into lines of this many characters, which is more than a phone shows.
const MAIL_WIDTH: usize = 76;

/// The text without the breaks that were only made to fit the width of a mail.
fn paragraphs(body: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut last_line = "";
    for line in body.lines().map(str::trim) {
        let next_word = line.split(' ').next().unwrap_or_default();
        let full = last_line.chars().count() + 1 + next_word.chars().count() > MAIL_WIDTH;
        match paragraphs.last_mut() {
            Some(open) if !last_line.is_empty() && !line.is_empty() && full => {
                open.push(' ');
                open.push_str(line);
            }
            _ => paragraphs.push(line.to_owned()),
        }
        last_line = line;
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// True for what has left the house; what is only planned is nobody's to read.
fn has_left(message: &Message) -> bool {
    matches!(message.state(), MessageState::Sent | MessageState::Delivered | MessageState::Unknown)
}

#[derive(Template)]
#[template(path = "messages.html")]
struct MessagesPage {
    page: Page,
    text: &'static Services,
    messages: Vec<MessageView>,
}

/// All messages to this person, newest first.
pub(super) async fn show(debtor: Debtor) -> Result<Response, PortalError> {
    if debtor.debtor.preferences_only {
        return Ok(see_other("/preferences"));
    }
    let request = ListMessagesRequest {
        page_size: MESSAGES_MAX,
        debtor_id: debtor.debtor.debtor_id.clone(),
        ..ListMessagesRequest::default()
    };
    let answer = debtor.clients().messaging().list_messages(debtor.outgoing(request)).await?;
    let language = debtor.language();
    let text = Services::of(language);
    let sent = answer.into_inner().messages.into_iter().filter(has_left);
    let messages = sent.map(|message| MessageView::of(message, language)).collect();
    let frame = Page::of_debtor(&debtor, text.messages_title).back("/overview");
    page(&MessagesPage { page: frame, text, messages })
}

#[cfg(test)]
mod tests {
    use super::paragraphs;

    #[test]
    fn a_line_that_was_broken_to_fit_is_made_whole_and_others_stay() {
        let long = "word ".repeat(14) + "mail";
        let body = format!("Guten Tag\n\n{long}\nbroken here.\n\nMusterweg 1\nBerlin");
        let whole = format!("{long} broken here.");
        assert_eq!(paragraphs(&body), ["Guten Tag", whole.as_str(), "Musterweg 1", "Berlin"]);
    }
}
