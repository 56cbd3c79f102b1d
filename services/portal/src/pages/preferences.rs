//! How a person wants to be contacted.

use askama::Template;
use axum::Form;
use axum::response::Response;
use kulanz_proto::messaging::v1::{
    ContactPreferences, GetContactBudgetRequest, SetContactPreferencesRequest,
};
use kulanz_proto::types::v1::Channel;
use serde::Deserialize;

use crate::amount::parse_date;
use crate::answer::{Page, form_again, page, see_other, with_session};
use crate::error::{PortalError, is_about_input};
use crate::format::form_date;
use crate::session::{Notice, Session};
use crate::texts::Services;
use crate::visit::{Debtor, Proof};

/// The ways that can be refused, with the name of their field.
const CHANNELS: [(&str, Channel); 4] = [
    ("email", Channel::Email),
    ("sms", Channel::Sms),
    ("letter", Channel::Letter),
    ("whatsapp", Channel::Whatsapp),
];

struct ChannelView {
    field: &'static str,
    label: &'static str,
    refused: bool,
}

#[derive(Template)]
#[template(path = "preferences.html")]
struct PreferencesPage {
    page: Page,
    text: &'static Services,
    channels: Vec<ChannelView>,
    paused_until: String,
    from_hour: String,
    until_hour: String,
    saved: bool,
    problem: &'static str,
}

fn preferences_page(debtor: &Debtor, preferences: &ContactPreferences) -> PreferencesPage {
    let text = Services::of(debtor.language());
    let back = if debtor.debtor.preferences_only { "" } else { "/overview" };
    let label = |channel| match channel {
        Channel::Email => text.channel_email,
        Channel::Letter => text.channel_letter,
        Channel::Whatsapp => text.channel_whatsapp,
        _ => text.channel_sms,
    };
    let view = |(field, channel): (&'static str, Channel)| ChannelView {
        field,
        label: label(channel),
        refused: preferences.refused_channels().any(|refused| refused == channel),
    };
    PreferencesPage {
        page: Page::of_debtor(debtor, text.preferences_title).back(back),
        text,
        channels: CHANNELS.into_iter().map(view).collect(),
        paused_until: preferences.paused_until.as_ref().map(form_date).unwrap_or_default(),
        from_hour: preferences.from_hour.map(|hour| hour.to_string()).unwrap_or_default(),
        until_hour: preferences.until_hour.map(|hour| hour.to_string()).unwrap_or_default(),
        saved: debtor.visit.session.notice == Some(Notice::PreferencesSaved),
        problem: "",
    }
}

/// Shows the preferences in force.
pub(super) async fn ask(debtor: Debtor) -> Result<Response, PortalError> {
    let answer = preferences_page(&debtor, &fetch(&debtor).await?);
    // Said once: the next visit starts without it.
    let session = Session { notice: None, ..debtor.visit.session.clone() };
    Ok(with_session(&debtor.visit, &session, page(&answer)?))
}

async fn fetch(debtor: &Debtor) -> Result<ContactPreferences, PortalError> {
    let request = GetContactBudgetRequest { debtor_id: debtor.debtor.debtor_id.clone() };
    let answer = debtor.clients().messaging().get_contact_budget(debtor.outgoing(request)).await?;
    Ok(answer.into_inner().preferences.unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct PreferencesForm {
    #[serde(flatten)]
    proof: Proof,
    email: Option<String>,
    sms: Option<String>,
    letter: Option<String>,
    whatsapp: Option<String>,
    #[serde(default)]
    paused_until: String,
    #[serde(default)]
    from_hour: String,
    #[serde(default)]
    until_hour: String,
}

impl PreferencesForm {
    /// The preferences with what was typed; `None` if that cannot be read.
    fn read(&self, before: ContactPreferences) -> Option<ContactPreferences> {
        let ticked = [&self.email, &self.sms, &self.letter, &self.whatsapp];
        let refused = CHANNELS.iter().zip(ticked).filter(|(_, ticked)| ticked.is_some());
        let paused_until = match self.paused_until.trim() {
            "" => None,
            typed => Some(parse_date(typed)?),
        };
        Some(ContactPreferences {
            refused_channels: refused.map(|((_, channel), _)| i32::from(*channel)).collect(),
            paused_until,
            from_hour: hour(&self.from_hour)?,
            until_hour: hour(&self.until_hour)?,
            ..before
        })
    }
}

/// An hour of the day; nothing typed is no wish, and what is no hour is no answer.
#[expect(clippy::option_option, reason = "not typed and not readable are two things")]
fn hour(typed: &str) -> Option<Option<i32>> {
    match typed.trim() {
        "" => Some(None),
        typed => typed.parse().ok().filter(|hour| (0..=24).contains(hour)).map(Some),
    }
}

/// Keeps the preferences.
pub(super) async fn save(
    debtor: Debtor,
    Form(form): Form<PreferencesForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let before = fetch(&debtor).await?;
    let Some(preferences) = form.read(before.clone()) else { return again(&debtor, &before) };
    let debtor_id = debtor.debtor.debtor_id.clone();
    let preferences = ContactPreferences { debtor_id, ..preferences };
    let request = SetContactPreferencesRequest {
        request_id: form.proof.request_id,
        preferences: Some(preferences.clone()),
    };
    match debtor.clients().messaging().set_contact_preferences(debtor.outgoing(request)).await {
        Ok(_) => {
            let notice = Some(Notice::PreferencesSaved);
            let session = Session { notice, ..debtor.visit.session.clone() };
            Ok(with_session(&debtor.visit, &session, see_other("/preferences")))
        }
        Err(status) if is_about_input(&status) => again(&debtor, &preferences),
        Err(status) => Err(status.into()),
    }
}

fn again(debtor: &Debtor, preferences: &ContactPreferences) -> Result<Response, PortalError> {
    let mut answer = preferences_page(debtor, preferences);
    answer.page = answer.page.problem(true);
    answer.problem = answer.text.bad;
    form_again(&answer)
}
