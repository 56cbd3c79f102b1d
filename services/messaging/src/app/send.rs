//! Messages that staff or services order by hand. Law, consent and budget hold for them, too.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, DebtorId, MessageId, TenantId};

use super::facts::{Snapshot, open_claims, snapshot};
use super::refresh::take_over;
use super::silence::cancel_planned_notices;
use super::{Messaging, dispatch_at};
use crate::domain::catalogue::{Channel, Motive, Offer, Salutation, Slot, Tone, Treatment};
use crate::domain::mask::{Mask, Reach};
use crate::domain::message::{MessageClass, MessageState};
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::messages::{self, Message};
use crate::store::people;

/// What is ordered.
#[derive(Debug, Clone)]
pub struct Order {
    /// To whom.
    pub debtor: DebtorId,
    /// About which claims, at least one.
    pub claims: Vec<ClaimId>,
    /// By which way; the service chooses when it is not stated.
    pub channel: Option<Channel>,
    /// Why.
    pub class: MessageClass,
    /// Level by factor; what is not stated is plain.
    pub levels: BTreeMap<String, String>,
    /// Not before this instant.
    pub not_before: Option<DateTime<Utc>>,
    /// The write that orders it: one message per order.
    pub request_id: String,
}

impl Messaging {
    /// Brings contact points up to date and checks that claims would allow the contact.
    pub async fn prepare_order(&self, tenant: TenantId, order: &Order) -> Result<(), Error> {
        let found = self.debtor(tenant, order.debtor).await?;
        let found = found.ok_or_else(|| Error::NotFound(order.debtor.to_string()))?;
        let known =
            |claim: &ClaimId| found.claims.iter().any(|one| one.claim_id == claim.to_string());
        if let Some(stranger) = order.claims.iter().find(|claim| !known(claim)) {
            return Err(Error::NotFound(stranger.to_string()));
        }
        let open = open_claims(&found);
        let is_open = |claim: &ClaimId| open.iter().any(|one| one.claim_id == claim.to_string());
        let collecting = matches!(order.class, MessageClass::FirstNotice | MessageClass::Outreach);
        if collecting && !order.claims.iter().all(is_open) {
            return Err(Error::Ruled(vec![Rule::Silenced]));
        }
        let work = self.store.begin(tenant).await?;
        take_over(&work, order.debtor, &found).await?;
        Ok(work.commit().await?)
    }

    /// Schedules an ordered message, unless a rule stands against it.
    pub async fn order(&self, work: &Work, order: Order) -> Result<Message, Error> {
        if people::lock(work, order.debtor).await?.erased {
            return Err(StoreError::KeyDestroyed.into());
        }
        let snapshot = snapshot(work, order.debtor, &order.claims).await?;
        let treatment = treatment(&order, &snapshot)?;
        self.rules(work, &order, &snapshot, treatment)?;
        if order.class == MessageClass::FirstNotice {
            cancel_planned_notices(work, order.debtor, &order.claims).await?;
        }
        let from = order.not_before.unwrap_or(work.now()).max(work.now());
        let message = Message {
            id: MessageId::generate(work.seeds(), work.now()),
            debtor: order.debtor,
            claims: order.claims,
            class: order.class,
            topic: None,
            treatment,
            language: snapshot.person.language,
            state: MessageState::Scheduled,
            state_reason: String::new(),
            decision: None,
            cause: format!("order:{}", order.request_id),
            facts: BTreeMap::new(),
            blocks: Vec::new(),
            evidence: String::new(),
            code: None,
            scheduled_at: snapshot.window(self).next_opening(from),
            sent_at: None,
            created_at: work.now(),
            version: 1,
        };
        messages::insert(work, &message).await?;
        dispatch_at(work, message.id, message.scheduled_at).await?;
        Ok(message)
    }

    fn rules(
        &self,
        work: &Work,
        order: &Order,
        snapshot: &Snapshot,
        treatment: Treatment,
    ) -> Result<(), Error> {
        let mut facts = snapshot.facts(self);
        let first = order.class == MessageClass::FirstNotice;
        facts.first_notice_sent = !first && facts.first_notice_sent;
        let mut rules: Vec<Rule> = Mask::of(&facts).forbids(treatment).into_iter().collect();
        if order.class.counts() && !snapshot.unnotified().is_empty() {
            rules.push(Rule::FirstNotice);
        }
        if order.class.counts()
            && !self.budget_of(&snapshot.person).allows(&snapshot.contacts, work.now())
        {
            rules.push(Rule::ContactBudget);
        }
        rules.dedup();
        if rules.is_empty() { Ok(()) } else { Err(Error::Ruled(rules)) }
    }
}

fn treatment(order: &Order, snapshot: &Snapshot) -> Result<Treatment, Error> {
    let usable = |channel: &&Channel| snapshot.reach.get(channel) == Some(&Reach::Usable);
    let channel = match order.channel {
        Some(channel) => channel,
        None => *[Channel::Email, Channel::Letter]
            .iter()
            .find(usable)
            .ok_or_else(|| Error::Ruled(vec![Rule::NoContactPoint]))?,
    };
    let salutation = snapshot.person.salutation.unwrap_or(Salutation::Sie);
    Ok(Treatment {
        channel,
        tone: level(order, Tone::FACTOR, Tone::parse, Tone::Plain)?,
        motive: level(order, Motive::FACTOR, Motive::parse, Motive::Plain)?,
        slot: Slot::EarlyWeekMorning,
        offer: level(order, Offer::FACTOR, Offer::parse, Offer::Choice)?,
        salutation: level(order, Salutation::FACTOR, Salutation::parse, salutation)?,
    })
}

fn level<T>(
    order: &Order,
    factor: &'static str,
    parse: impl Fn(&str) -> Option<T>,
    default: T,
) -> Result<T, Error> {
    let Some(stated) = order.levels.get(factor) else { return Ok(default) };
    parse(stated)
        .ok_or_else(|| Error::field(format!("levels[{factor}]"), "is not in the catalogue"))
}
