//! What a message says about a challenge, from what claims knows of it at this moment.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_proto::claims::v1::{Challenge, ClaimSummary, Debtor, DisputeReason};
use kulanz_proto::convert::instant;
use kulanz_types::berlin_date;

use super::super::challenges::{kind_of, outcome_of, representative_of};
use super::letter::{Sources, Unwritten, recipient};
use crate::domain::answer::{
    ChallengeAnswer, Decided, Next, Outcome, Standing, quiet_until, quoted,
};
use crate::domain::blocks::Language;
use crate::domain::compose::{Recipient, Topic};
use crate::domain::format;
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::messages::Message;

/// A challenge in the terms of a message.
pub(super) struct Told {
    /// What is said.
    pub(super) answer: ChallengeAnswer,
    /// The days that the text names.
    pub(super) values: BTreeMap<&'static str, String>,
    /// Who reads it in the person's place.
    pub(super) representative: Option<Recipient>,
}

/// What a message says about its challenge; nothing where it is about none. Refused is a receipt of what was
/// decided meanwhile, and a message to a representative whom nobody names any more.
pub(super) fn told(message: &Message, sources: &Sources) -> Result<Option<Told>, Unwritten> {
    let Some(challenge) = &sources.challenge else { return Ok(None) };
    let outcome = outcome_of(challenge);
    if message.topic == Some(Topic::ChallengeReceived) && outcome.is_some() {
        return Err(Unwritten::Refused(Rule::Silenced.id().to_owned()));
    }
    let mut representative = None;
    if message.is_for_a_representative() {
        let refused = || Unwritten::Refused(Rule::Shielded.id().to_owned());
        representative = Some(representative_of(&sources.debtor).ok_or_else(refused)?);
    }
    let person = || recipient(&sources.debtor).name;
    let answer = ChallengeAnswer {
        said: said(challenge),
        decided: outcome.map(|outcome| decided(challenge, &sources.debtor, outcome)),
        authority: sources.tenant.supervisory_authority.clone(),
        on_behalf_of: representative.is_some().then(person),
    };
    let values = days(challenge, message.language)?;
    Ok(Some(Told { answer, values, representative }))
}

fn decided(challenge: &Challenge, debtor: &Debtor, outcome: Outcome) -> Decided {
    let own = |claim: &&ClaimSummary| challenge.claim_ids.contains(&claim.claim_id);
    let claims: Vec<Standing> = debtor.claims.iter().filter(own).map(standing).collect();
    Decided { outcome, next: Next::of(&claims), reason: quoted(&challenge.resolution) }
}

fn standing(claim: &ClaimSummary) -> Standing {
    if claim.state().is_closed() {
        Standing::Closed
    } else if claim.holds.is_empty() {
        Standing::Open
    } else {
        Standing::Silent
    }
}

/// What was said, as exactly as it was.
fn said(challenge: &Challenge) -> &'static str {
    match challenge.dispute_reason() {
        DisputeReason::NotOrdered => "not_ordered",
        DisputeReason::NotDelivered => "not_delivered",
        DisputeReason::Defective => "defective",
        DisputeReason::Returned => "returned",
        DisputeReason::WrongAmount => "wrong_amount",
        DisputeReason::IdentityTheft => "identity_theft",
        DisputeReason::TimeBarred => "time_barred",
        DisputeReason::Other => "other",
        DisputeReason::Unspecified => kind_of(challenge).said(),
    }
}

/// The days of a challenge as its reader reads them.
fn days(
    challenge: &Challenge,
    language: Language,
) -> Result<BTreeMap<&'static str, String>, Error> {
    let wrong = |_| Error::Answer("claims");
    let opened = challenge.opened_at.as_ref().map(instant).transpose().map_err(wrong)?;
    let decided = challenge.decided_at.as_ref().map(instant).transpose().map_err(wrong)?;
    let answer_by = challenge.answer_by.map(NaiveDate::try_from).transpose();
    let days = [
        ("raised_on", opened.map(berlin_date)),
        ("answer_by", answer_by.map_err(|_| Error::Answer("claims"))?),
        ("decided_on", decided.map(berlin_date)),
        ("quiet_until", decided.map(quiet_until)),
    ];
    let named = days.into_iter().filter_map(|(name, day)| Some((name, day?)));
    Ok(named.map(|(name, day)| (name, format::date(day, language))).collect())
}
