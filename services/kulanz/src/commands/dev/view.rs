//! What happened, asked for through the public calls.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use kulanz_chassis::{Constellation, Settings};
use kulanz_proto::claims::v1::debtor::Party;
use kulanz_proto::claims::v1::{AccessPurpose, CreateAccessLinkRequest, Debtor, GetDebtorRequest};
use kulanz_proto::experimentation::v1::{ListDecisionsRequest, decision::Action};
use kulanz_proto::messaging::v1::{ListMessagesRequest, Message, MessageState};
use kulanz_proto::personas::v1::GetPersonaRequest;
use kulanz_proto::types::v1::Channel;
use kulanz_types::Seeds;

use super::{sample, settle};
use crate::cli::DevArgs;
use crate::import::Outcome;
use crate::session::{Session, request_id};
use crate::state::DevState;

const PAGE: i32 = 1_000;
const CALLS_AT_ONCE: usize = 8;

/// What the summary tells.
pub(super) struct View {
    /// The import, if the sample was loaded.
    pub rows: Option<String>,
    /// The tenant's session, if there is a tenant.
    pub session: Option<Session>,
    /// Debtors per persona.
    pub personas: BTreeMap<String, u64>,
    /// Decisions to write, and to say nothing for now.
    pub decisions: (u64, u64),
    /// Messages per channel and state.
    pub messages: BTreeMap<(&'static str, &'static str), u64>,
    /// A debtor to look through the eyes of.
    pub example: Option<Example>,
    /// Business time, as it is read in Berlin.
    pub now: chrono::DateTime<chrono::Utc>,
}

/// One debtor whose pages can be opened.
pub(super) struct Example {
    /// The link.
    pub url: String,
    /// What opens it.
    pub second_factor: String,
    /// A claim of this debtor.
    pub claim_id: String,
    /// The debtor.
    pub debtor_id: String,
}

/// Loads the sample if asked, lets everything that follows happen, and looks at the result.
pub(super) async fn load(
    args: &DevArgs,
    constellation: &Constellation,
    settings: &Settings,
    seeds: &Seeds,
    state: &mut DevState,
) -> anyhow::Result<View> {
    let outcome = if args.sample {
        Some(sample::load(constellation, settings, seeds, state).await?)
    } else {
        None
    };
    settle(constellation, "understanding, deciding, writing").await?;
    let session = state.tenant.map(|tenant| sample::session(constellation, tenant)).transpose()?;
    let mut view = View {
        rows: outcome.as_ref().map(|outcome| outcome.counts.to_string()),
        session: None,
        personas: BTreeMap::new(),
        decisions: (0, 0),
        messages: BTreeMap::new(),
        example: None,
        now: constellation.clock().now(),
    };
    if let (Some(session), Some(outcome)) = (&session, &outcome) {
        look(&mut view, session, outcome, seeds).await?;
    }
    view.session = session;
    Ok(view)
}

async fn look(
    view: &mut View,
    session: &Session,
    outcome: &Outcome,
    seeds: &Seeds,
) -> anyhow::Result<()> {
    view.personas = personas(session, outcome).await.context("ask for personas")?;
    view.decisions = decisions(session).await.context("ask for decisions")?;
    let messages = messages(session).await.context("ask for messages")?;
    for message in &messages {
        let key = (channel(message.channel()), state(message.state()));
        *view.messages.entry(key).or_default() += 1;
    }
    view.example = example(session, &messages, seeds).await.context("make a link")?;
    Ok(())
}

async fn personas(session: &Session, outcome: &Outcome) -> anyhow::Result<BTreeMap<String, u64>> {
    let names: Vec<String> = stream::iter(outcome.debtors.clone())
        .map(|debtor_id| async move {
            let request = session.request(GetPersonaRequest { debtor_id });
            let answer = session.clients.personas().get_persona(request).await?.into_inner();
            anyhow::Ok(answer.persona.unwrap_or_default().display_name)
        })
        .buffer_unordered(CALLS_AT_ONCE)
        .try_collect()
        .await?;
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    Ok(counts)
}

async fn decisions(session: &Session) -> anyhow::Result<(u64, u64)> {
    let request = session.request(ListDecisionsRequest::default());
    let mut answers = session.clients.experimentation().list_decisions(request).await?.into_inner();
    let (mut writing, mut silence) = (0, 0);
    while let Some(answer) = answers.message().await? {
        match answer.decision.and_then(|decision| decision.action) {
            Some(Action::Factored(_)) => writing += 1,
            _ => silence += 1,
        }
    }
    Ok((writing, silence))
}

async fn messages(session: &Session) -> anyhow::Result<Vec<Message>> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request =
            ListMessagesRequest { page_size: PAGE, page_token, ..ListMessagesRequest::default() };
        let answer =
            session.clients.messaging().list_messages(session.request(request)).await?.into_inner();
        all.extend(answer.messages);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

/// A person who was written to by e-mail, if there is one, otherwise by whatever channel.
async fn example(
    session: &Session,
    messages: &[Message],
    seeds: &Seeds,
) -> anyhow::Result<Option<Example>> {
    let mut sent: Vec<_> =
        messages.iter().filter(|one| one.state() == MessageState::Sent).collect();
    sent.sort_by_key(|one| (one.channel() != Channel::Email, one.message_id.clone()));
    for message in sent.into_iter().take(20) {
        let request = GetDebtorRequest { debtor_id: message.debtor_id.clone() };
        let answer = session.clients.claims().get_debtor(session.request(request)).await?;
        let debtor = answer.into_inner().debtor.unwrap_or_default();
        if let Some(factor) = second_factor(&debtor) {
            return link(session, message, factor, seeds).await.map(Some);
        }
    }
    Ok(None)
}

fn second_factor(debtor: &Debtor) -> Option<String> {
    let Some(Party::Person(person)) = &debtor.party else { return None };
    let born = person.birth_date.as_ref().and_then(|date| NaiveDate::try_from(date).ok())?;
    Some(format!("birth date {}", born.format("%d.%m.%Y")))
}

async fn link(
    session: &Session,
    message: &Message,
    second_factor: String,
    seeds: &Seeds,
) -> anyhow::Result<Example> {
    let request = CreateAccessLinkRequest {
        request_id: request_id(seeds),
        debtor_id: message.debtor_id.clone(),
        purpose: AccessPurpose::SelfService.into(),
        ..CreateAccessLinkRequest::default()
    };
    let answer = session.clients.claims().create_access_link(session.request(request)).await?;
    let link = answer.into_inner().link.context("claims made no link")?;
    Ok(Example {
        url: link.url,
        second_factor,
        claim_id: message.claim_ids.first().cloned().unwrap_or_default(),
        debtor_id: message.debtor_id.clone(),
    })
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "e-mail",
        Channel::Sms => "text message",
        Channel::Letter => "letter",
        _ => "other",
    }
}

fn state(state: MessageState) -> &'static str {
    match state {
        MessageState::Scheduled => "scheduled",
        MessageState::Sent | MessageState::Delivered => "sent",
        MessageState::Cancelled => "cancelled",
        MessageState::Failed => "failed",
        _ => "open",
    }
}
