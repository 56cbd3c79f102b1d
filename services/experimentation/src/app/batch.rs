//! Questions that are answered together, in one transaction: first what is known of them is read, then all are
//! decided, then all are chained and written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kulanz_policy::Scratch;
use kulanz_store::{StoreError, Work};
use kulanz_types::{DecisionId, TenantId};

use super::ask::{Ask, Logged};
use super::catalogue::Catalogue;
use super::decide::{draft, keyed};
use super::desk::Desk;
use super::link::chain_hash;
use super::policies::Ready;
use super::record::read;
use super::sealed;
use super::steer::{Wheel, exposure_of};
use crate::error::Error;
use crate::store::chain::{self, Head};
use crate::store::decision::{self, Model};
use crate::store::exposure;

/// So many questions are decided, in about a millisecond, before other calls on the thread have their turn.
const AT_A_STRETCH: usize = 16;

/// Whether the decisions before are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// All are: nothing is decided twice.
    Written,
    /// Some may still be under way. A question that one of them answers fails when it is written.
    UnderWay,
}

/// Questions that are not written yet.
pub struct Batch<'a> {
    desk: &'a Desk,
    work: Work,
    asks: &'a [&'a Ask],
    wheel: Wheel,
    answers: HashMap<DecisionId, Answer>,
    /// Log rows, which are their events, too.
    rows: Vec<(DecisionId, Model)>,
    exposures: Vec<exposure::Model>,
    catalogues: BTreeMap<&'a str, &'a Catalogue>,
    head: Option<Head>,
}

/// Answers that are durable.
pub struct Written {
    /// To each question, in their order.
    pub answers: Vec<Logged>,
    /// Whether the database should be told anew how long the log is.
    pub has_grown: bool,
}

/// What a decision id stands for.
#[derive(Clone)]
struct Answer {
    fingerprint: Vec<u8>,
    logged: Logged,
}

impl<'a> Batch<'a> {
    /// Begins the transaction and reads what is known of the questions.
    pub async fn open(
        desk: &'a Desk,
        tenant: TenantId,
        asks: &'a [&'a Ask],
        before: Before,
    ) -> Result<Self, Error> {
        let roll = desk.roll(tenant).await?;
        let work = desk.store().begin(tenant).await?;
        // Keys before the chain, always: transactions that wait for each other wait in one order.
        let debtors: Vec<_> = asks.iter().map(|ask| ask.debtor_id).collect();
        work.prepare_keys(&debtors).await?;
        let head = match before {
            Before::Written => Some(chain::take(&work).await?),
            Before::UnderWay => None,
        };
        // The chain may have been waited for.
        let wheel = Wheel::new(&work, roll.renewed(&work).await?, asks).await?;
        Ok(Self { head, ..Self::read(desk, work, asks, wheel).await? })
    }

    /// What is known of the questions so far.
    async fn read(
        desk: &'a Desk,
        work: Work,
        asks: &'a [&'a Ask],
        wheel: Wheel,
    ) -> Result<Self, Error> {
        let answers = answered(&work, asks).await?;
        let (rows, exposures, catalogues) = (Vec::new(), Vec::new(), BTreeMap::new());
        Ok(Self { desk, work, asks, wheel, answers, rows, exposures, catalogues, head: None })
    }

    /// Decides every question in the order asked. A question asked before gets the answer it got then.
    pub async fn decide(&mut self, scratch: &mut Scratch) -> Result<(), Error> {
        let mut policies: HashMap<&str, Arc<Ready>> = HashMap::new();
        for ask in self.asks {
            if self.knows(ask)? {
                continue;
            }
            if self.rows.len() % AT_A_STRETCH == AT_A_STRETCH - 1 {
                tokio::task::yield_now().await;
            }
            let key = ask.policy_key.as_str();
            if !policies.contains_key(key) {
                policies.insert(key, self.desk.ready(&self.work, key).await?);
            }
            self.add(ask, &policies[key], scratch).await?;
        }
        Ok(())
    }

    /// Whether the same was asked before.
    fn knows(&self, ask: &Ask) -> Result<bool, Error> {
        match self.answers.get(&ask.decision_id) {
            Some(known) if !is_of(&self.work, &known.fingerprint, ask) => {
                Err(Error::DecisionIdReused)
            }
            known => Ok(known.is_some()),
        }
    }

    async fn add(
        &mut self,
        ask: &'a Ask,
        ready: &Ready,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let steered = self.wheel.steer(&self.work, ask, ready).await?;
        let (logged, row) = draft(&self.work, (ask, ready, &steered), scratch).await?;
        let (version, exposures) = (steered.version, steered.exposures);
        self.exposures.extend(side(&self.work, ask, ready).filter(|_| version.is_none()));
        self.exposures.extend(exposures);
        self.catalogues.entry(&ask.catalogue.hash).or_insert(&ask.catalogue);
        let fingerprint = row.fingerprint.clone();
        self.rows.push((ask.decision_id, row));
        self.answers.insert(ask.decision_id, Answer { fingerprint, logged });
        Ok(())
    }

    /// Decides anew where decisions that were under way gave a person an arm to keep, or an experiment was changed.
    async fn again_if_overtaken(self) -> Result<Self, Error> {
        let wheel = self.wheel.renewed(&self.work, self.asks).await?;
        if wheel.steers_as(&self.wheel) {
            return Ok(self);
        }
        let mut batch = Self::read(self.desk, self.work, self.asks, wheel).await?;
        batch.decide(&mut Scratch::default()).await?;
        Ok(batch)
    }

    /// Appends the decisions to the log, all or none.
    pub async fn write(mut self) -> Result<Written, Error> {
        let head = if let Some(head) = self.head.take() {
            head
        } else {
            let head = chain::take(&self.work).await?;
            self = self.again_if_overtaken().await?;
            head
        };
        let Self { desk, work, asks, mut answers, rows, exposures, catalogues, .. } = self;
        let (tenant, before) = (work.tenant(), head.length);
        desk.keep_spaces(&work, &catalogues).await?;
        let length = append(&work, head, rows, &mut answers).await?;
        let exposures = desk.newly_exposed(tenant, exposures);
        let exposed = exposures.iter().map(|it| (it.experiment_id.clone(), it.debtor_id.clone()));
        let exposed = exposed.collect();
        note(&work, exposures).await?;
        work.commit().await?;
        desk.exposed(tenant, exposed);
        desk.kept_spaces(tenant, catalogues.into_keys());
        Ok(Written { answers: in_order(asks, answers), has_grown: has_grown(before, length) })
    }
}

/// Whether a fingerprint is of this question. In rows from before it was keyed it stands as it is.
fn is_of(work: &Work, fingerprint: &[u8], ask: &Ask) -> bool {
    fingerprint == keyed(work, ask) || fingerprint == ask.fingerprint
}

/// Chains the rows one after the other and writes them; how long the log is then.
async fn append(
    work: &Work,
    mut head: Head,
    rows: Vec<(DecisionId, Model)>,
    answers: &mut HashMap<DecisionId, Answer>,
) -> Result<i64, Error> {
    if rows.is_empty() {
        return Ok(head.length);
    }
    let mut chained = Vec::with_capacity(rows.len());
    for (id, mut row) in rows {
        row.sequence = head.length + 1;
        row.chain_hash = chain_hash(&head.hash, &row)?;
        head = Head { length: row.sequence, hash: row.chain_hash.clone() };
        if let Some(Answer { logged, .. }) = answers.get_mut(&id) {
            logged.sequence = row.sequence;
            logged.chain_hash.clone_from(&row.chain_hash);
        }
        chained.push(row);
    }
    decision::append(work, chained).await?;
    chain::put(work, &head).await?;
    Ok(head.length)
}

/// Notes who is in for the first time. Of people who were erased while they were being decided about nothing is noted.
async fn note(work: &Work, mut exposures: Vec<exposure::Model>) -> Result<(), Error> {
    let people = exposures.iter().map(|it| it.debtor_id.parse()).collect::<Result<Vec<_>, _>>();
    let erased = work.hold_keys(&people.map_err(StoreError::from)?).await?;
    exposures.retain(|it| !erased.contains(&it.debtor_id));
    Ok(exposure::note_all(work, exposures).await?)
}

/// The answers in the order of their questions; one that was asked twice is answered twice.
fn in_order(asks: &[&Ask], mut answers: HashMap<DecisionId, Answer>) -> Vec<Logged> {
    let differ = answers.len() == asks.len();
    let answer = |ask: &&Ask| {
        let own = &ask.decision_id;
        if differ { answers.remove(own) } else { answers.get(own).cloned() }
    };
    asks.iter().filter_map(answer).map(|answer| answer.logged).collect()
}

async fn answered(work: &Work, asks: &[&Ask]) -> Result<HashMap<DecisionId, Answer>, Error> {
    let ids: Vec<String> = asks.iter().map(|ask| ask.decision_id.to_string()).collect();
    let mut answered = HashMap::new();
    for row in decision::find_all(work, &ids).await? {
        let id = row.decision_id.parse().map_err(StoreError::from)?;
        let (logged, _) = read(&row, sealed::open(work, &row).await?)?;
        answered.insert(id, Answer { logged, fingerprint: row.fingerprint });
    }
    Ok(answered)
}

/// The side on which a person is compared from the first decision of a step on.
fn side(work: &Work, ask: &Ask, ready: &Ready) -> Option<exposure::Model> {
    let (comparison, side) = ready.side(&ask.policy_key, &ask.debtor_id.to_string())?;
    Some(exposure::Model { arm: side.to_owned(), ..exposure_of(work, ask, comparison) })
}

/// Whether the log has become four times as long as when its size was told last.
fn has_grown(before: i64, after: i64) -> bool {
    const FIRST: u32 = 4;
    let fourfold = |length: i64| (i64::BITS - length.leading_zeros()) / 2;
    fourfold(after) >= FIRST && fourfold(after) > fourfold(before)
}

#[cfg(test)]
mod tests {
    use super::has_grown;

    #[test]
    fn the_size_of_the_log_is_told_whenever_it_has_become_four_times_as_long() {
        let told = |step: i64| {
            (0..20_000)
                .step_by(usize::try_from(step).unwrap())
                .filter(move |at| has_grown(*at, at + step))
        };
        assert_eq!(told(1).map(|at| at + 1).collect::<Vec<_>>(), [128, 512, 2_048, 8_192]);
        assert_eq!(told(1_000).count(), 3, "many at once are told once");
        assert!(!has_grown(700, 700));
    }
}
