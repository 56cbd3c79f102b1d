//! Decides what to say to a person next, or to say nothing now.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kulanz_proto::claims::v1::{ClaimSummary, Debtor};
use kulanz_proto::convert::instant;
use kulanz_proto::experimentation::v1::{
    ActionMask, ActionSpace, DecideRequest, Decision, DecisionContext, ExcludedLevel, ExcludedPair,
    Factor, decision::Action,
};
use kulanz_store::{DueItem, Work};
use kulanz_types::{ClaimId, DebtorId, DecisionId, MessageId, Money, berlin_date};
use sha2::{Digest, Sha256};

use super::facts::{Snapshot, open_claims, snapshot};
use super::{DAYS_AFTER_MESSAGE, Messaging, dispatch_at, refresh};
use crate::domain::catalogue::{Treatment, factors};
use crate::domain::mask::{Excluded, Mask};
use crate::domain::message::{MessageClass, MessageState};
use crate::domain::rule::Rule;
use crate::domain::slots;
use crate::error::Error;
use crate::store::messages::{self, Message};
use crate::store::people;

/// What a plan rests on.
struct Ground {
    debtor: DebtorId,
    /// Claims about which the person may be contacted.
    open: Vec<ClaimId>,
    snapshot: Snapshot,
    mask: Mask,
    /// The rule that leaves nothing to say, if one does.
    silence: Option<Rule>,
    balance: Option<Money>,
    /// Days since the oldest claim in question fell due.
    oldest_due_days: i32,
}

impl Messaging {
    /// Due work: decides about the next message to a person and schedules it.
    pub async fn plan_outreach(&self, item: &DueItem) -> Result<(), Error> {
        let debtor: DebtorId = item.key.parse().map_err(|_| Error::Row("due_work.key"))?;
        let found = self.debtor(item.tenant, debtor).await?;
        let Some(ground) = self.ground(item, debtor, found.as_ref()).await? else {
            return self.end_plan(item).await;
        };
        if let Some(end) = ground.snapshot.rest(self.now()) {
            let work = self.store.begin(item.tenant).await?;
            item.reschedule(&work, end).await?;
            return Ok(work.commit().await?);
        }
        let decision = self.ask(item, &ground).await?;
        self.carry_out(item, &ground, &decision).await
    }

    /// The facts, or nothing when there is nothing to plan.
    async fn ground(
        &self,
        item: &DueItem,
        debtor: DebtorId,
        found: Option<&Debtor>,
    ) -> Result<Option<Ground>, Error> {
        let Some(found) = found else { return Ok(None) };
        let summaries = open_claims(found);
        let open: Vec<ClaimId> =
            summaries.iter().filter_map(|claim| claim.claim_id.parse().ok()).collect();
        let work = self.store.begin(item.tenant).await?;
        refresh::take_over(&work, debtor, found).await?;
        let found = outlook(&work, debtor, &open).await?;
        work.commit().await?;
        let Some(snapshot) = found else { return Ok(None) };
        let mask = Mask::of(&snapshot.facts(self));
        let silence = (!mask.leaves_a_channel()).then_some(Rule::NoContactPoint);
        let balance = summaries
            .iter()
            .filter_map(|claim| claim.balance.as_ref()?.total.as_ref())
            .filter_map(|total| Money::try_from(total).ok())
            .reduce(|sum, one| sum.checked_add(one).unwrap_or(sum));
        let oldest_due_days = oldest_due_days(&summaries, berlin_date(self.now()));
        Ok(Some(Ground { debtor, open, snapshot, mask, silence, balance, oldest_due_days }))
    }

    async fn end_plan(&self, item: &DueItem) -> Result<(), Error> {
        let work = self.store.begin(item.tenant).await?;
        item.complete(&work).await?;
        Ok(work.commit().await?)
    }

    /// Asks for a decision. Its id comes from person and instant, so that a second try asks the same
    /// question again; where the facts changed meanwhile it becomes another question.
    async fn ask(&self, item: &DueItem, ground: &Ground) -> Result<Decision, Error> {
        let id = decision_id(item);
        match self.decide(item.tenant, question(id, ground)).await {
            Err(Error::Upstream(_, status)) if status.code() == tonic::Code::InvalidArgument => {
                let id = DecisionId::generate(self.store.seeds(), self.now());
                self.decide(item.tenant, question(id, ground)).await
            }
            other => other,
        }
    }

    /// Schedules what was decided. What the decision rests on must still hold in the transaction that
    /// does so: meanwhile the person may have stated wishes, or a message may have been ordered by hand.
    async fn carry_out(
        &self,
        item: &DueItem,
        ground: &Ground,
        decision: &Decision,
    ) -> Result<(), Error> {
        let work = self.store.begin(item.tenant).await?;
        people::lock(&work, ground.debtor).await?;
        if outlook(&work, ground.debtor, &ground.open).await?.as_ref() != Some(&ground.snapshot) {
            item.reschedule(&work, work.now()).await?;
            return Ok(work.commit().await?);
        }
        match chosen(decision).filter(|treatment| ground.mask.forbids(*treatment).is_none()) {
            None => item.reschedule(&work, reconsider_at(&work, decision)).await?,
            Some(treatment) => {
                let message = self.message(&work, ground, decision, treatment)?;
                if messages::insert(&work, &message).await? {
                    dispatch_at(&work, message.id, message.scheduled_at).await?;
                }
                item.complete(&work).await?;
            }
        }
        Ok(work.commit().await?)
    }

    fn message(
        &self,
        work: &Work,
        ground: &Ground,
        decision: &Decision,
        treatment: Treatment,
    ) -> Result<Message, Error> {
        let snapshot = &ground.snapshot;
        let (class, claims) = if snapshot.unnotified().is_empty() {
            (MessageClass::Outreach, snapshot.claims.iter().map(|(claim, _)| *claim).collect())
        } else {
            (MessageClass::FirstNotice, snapshot.owed_a_notice(work.now()))
        };
        let free = match class {
            MessageClass::Outreach => {
                self.budget_of(&snapshot.person).next_free(&snapshot.contacts, work.now())
            }
            _ => Some(work.now()),
        };
        let from = free.unwrap_or(work.now() + TimeDelta::days(DAYS_AFTER_MESSAGE));
        let id: DecisionId =
            decision.decision_id.parse().map_err(|_| Error::Answer("experimentation"))?;
        Ok(Message {
            id: MessageId::generate(work.seeds(), work.now()),
            debtor: ground.debtor,
            claims,
            class,
            topic: None,
            treatment,
            language: snapshot.person.language,
            state: MessageState::Scheduled,
            state_reason: String::new(),
            decision: Some(id),
            cause: format!("decision:{id}"),
            facts: facts(snapshot),
            blocks: Vec::new(),
            evidence: String::new(),
            code: None,
            scheduled_at: slots::next_time(treatment.slot, from, snapshot.window(self)),
            sent_at: None,
            created_at: work.now(),
            version: 1,
        })
    }
}

/// The decision about this person at this instant: an id of the usual form, whose random part is
/// drawn from what is decided.
fn decision_id(item: &DueItem) -> DecisionId {
    let instant = item.due_at.timestamp_micros();
    let hash = Sha256::digest(format!("{}|{}|{instant}", item.tenant, item.key));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    let millis = u64::try_from(item.due_at.timestamp_millis()).unwrap_or_default();
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    // Version 7 and variant of RFC 9562.
    bytes[6] = bytes[6] & 0x0f | 0x70;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    DecisionId::from_uuid(uuid::Uuid::from_bytes(bytes))
}

/// The day of the last promise, for texts that recall it.
fn facts(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let promised = snapshot.claims.iter().filter_map(|(_, mark)| mark.promised_on).max();
    promised.map(|day| ("promised_on".to_owned(), day.to_string())).into_iter().collect()
}

/// Days since the first of these claims fell due; 0 where none says when.
fn oldest_due_days(claims: &[&ClaimSummary], today: NaiveDate) -> i32 {
    let due = claims.iter().filter_map(|claim| NaiveDate::try_from(claim.due_date?).ok()).min();
    let days = due.map_or(0, |due| (today - due).num_days().max(0));
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// What is known about a person to whom something may be said; nothing while a message already waits,
/// or where no claim is left to speak about.
async fn outlook(
    work: &Work,
    debtor: DebtorId,
    open: &[ClaimId],
) -> Result<Option<Snapshot>, Error> {
    let mut snapshot = snapshot(work, debtor, open).await?;
    // An arrangement may be known here before claims has heard of it.
    snapshot.claims.retain(|(_, mark)| !mark.arranged);
    Ok((!snapshot.claims.is_empty() && !snapshot.waiting).then_some(snapshot))
}

fn question(id: DecisionId, ground: &Ground) -> DecideRequest {
    let snapshot = &ground.snapshot;
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let features = snapshot.person.propensity.map(|p| ("propensity_30d".to_owned(), p));
    DecideRequest {
        decision_id: id.to_string(),
        debtor_id: ground.debtor.to_string(),
        policy_key: String::new(),
        context: Some(DecisionContext {
            persona_probabilities: snapshot.person.personas.clone().into_iter().collect(),
            features: features.into_iter().collect(),
            claim_count: count(snapshot.claims.len()),
            balance: ground.balance.map(Into::into),
            contact_count: count(snapshot.contacts.len()),
            claim_ids: snapshot.claims.iter().map(|(claim, _)| claim.to_string()).collect(),
            protected: snapshot.person.protected,
            payment_probability: snapshot.person.propensity.unwrap_or_default(),
            oldest_due_days: ground.oldest_due_days,
        }),
        space: Some(space()),
        mask: Some(action_mask(&ground.mask, ground.silence)),
        objectives: Vec::new(),
    }
}

fn space() -> ActionSpace {
    let factor = |(name, levels): (&str, Vec<&str>)| Factor {
        name: name.to_owned(),
        levels: levels.into_iter().map(str::to_owned).collect(),
    };
    ActionSpace { factors: factors().into_iter().map(factor).collect() }
}

fn action_mask(mask: &Mask, silence: Option<Rule>) -> ActionMask {
    let mut wire = ActionMask {
        all_excluded_rule_id: silence.map(|rule| rule.id().to_owned()).unwrap_or_default(),
        ..ActionMask::default()
    };
    for exclusion in mask.exclusions() {
        let rule_id = exclusion.rule.id().to_owned();
        match exclusion.excluded {
            Excluded::Level(level) => wire.excluded_levels.push(ExcludedLevel {
                factor: level.factor.to_owned(),
                level: level.level.to_owned(),
                rule_id,
            }),
            Excluded::Pair(one, other) => wire.excluded_pairs.push(ExcludedPair {
                factor_a: one.factor.to_owned(),
                level_a: one.level.to_owned(),
                factor_b: other.factor.to_owned(),
                level_b: other.level.to_owned(),
                rule_id,
            }),
        }
    }
    wire
}

fn chosen(decision: &Decision) -> Option<Treatment> {
    let Some(Action::Factored(action)) = &decision.action else { return None };
    Treatment::from_levels(
        action.levels.iter().map(|(factor, level)| (factor.as_str(), level.as_str())),
    )
}

/// When to look again after saying nothing: as decided, but never before tomorrow.
fn reconsider_at(work: &Work, decision: &Decision) -> DateTime<Utc> {
    let decided = match &decision.action {
        Some(Action::NullAction(null)) => {
            null.reconsider_at.as_ref().and_then(|at| instant(at).ok())
        }
        _ => None,
    };
    let default = work.now() + TimeDelta::days(DAYS_AFTER_MESSAGE);
    decided.unwrap_or(default).max(work.now() + TimeDelta::days(1))
}
