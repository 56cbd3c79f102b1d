//! What was written to the person.

use askama::Template;
use axum::response::Response;
use kulanz_proto::messaging::v1::{ListMessagesRequest, Message, MessageState};

use super::quote::berlin_day;
use super::verify::channel;
use crate::answer::{Page, page};
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
        let lines = message.body.lines().map(str::trim).filter(|line| !line.is_empty());
        Self {
            sent_on,
            sent_by,
            paragraphs: lines.map(str::to_owned).collect(),
            subject: message.subject,
            code: message.authenticity_code,
        }
    }
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
