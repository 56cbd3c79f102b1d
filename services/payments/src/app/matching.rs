//! Finds the claims that a movement's clues lead to and lets the rules judge them.

use std::collections::{BTreeMap, BTreeSet};

use kulanz_store::Work;
use kulanz_types::{ClaimId, Money};

use crate::domain::camt::Movement;
use crate::domain::matching::{Candidate, Clues, MatchRule, Verdict, clues, judge};
use crate::domain::reference::ReferenceKey;
use crate::error::Error;
use crate::store::claim_fact::Standing;
use crate::store::receivable::{self, Model};
use crate::store::{arrangement, bank_entry, claim_fact, promise};

/// Kind of the blind index of account numbers.
pub const PAYER: &str = "payer_iban";
/// Kind of the blind index of end-to-end ids.
pub const END_TO_END: &str = "end_to_end_id";

/// What a movement turned out to be, with the claims that were found.
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The claims that any rule led to.
    pub found: BTreeMap<ClaimId, Model>,
}

/// Judges a movement of money.
pub async fn judge_movement(
    work: &Work,
    movement: &Movement,
    reference_lengths: &BTreeSet<usize>,
) -> Result<Judged, Error> {
    let clues = clues(movement, reference_lengths);
    let mut search =
        Search { work, amount: movement.amount, found: BTreeMap::new(), candidates: Vec::new() };
    search.by_structured_reference(&clues).await?;
    search.by_text(&clues).await?;
    if search.candidates.is_empty() {
        search.by_payer(&clues).await?;
    }
    let verdict = judge(&search.candidates, movement.is_unsplit_batch);
    Ok(Judged { verdict, found: search.found })
}

struct Search<'a> {
    work: &'a Work,
    amount: Money,
    found: BTreeMap<ClaimId, Model>,
    candidates: Vec<Candidate>,
}

impl Search<'_> {
    async fn by_structured_reference(&mut self, clues: &Clues) -> Result<(), Error> {
        let references: Vec<String> =
            clues.creditor_references.iter().map(ToString::to_string).collect();
        let rows = receivable::of_references(self.work, &references).await?;
        self.add(rows, |_| MatchRule::StructuredReference).await
    }

    async fn by_text(&mut self, clues: &Clues) -> Result<(), Error> {
        let keys: Vec<String> = clues.reference_keys.iter().map(ToString::to_string).collect();
        let rows = receivable::of_keys(self.work, &keys).await?;
        let end_to_end = clues.end_to_end_id.as_deref().unwrap_or_default();
        let in_end_to_end = |row: &Model| {
            let lengths = BTreeSet::from([row.reference_key.len()]);
            let keys = ReferenceKey::possible_in(end_to_end, &lengths);
            keys.iter().any(|key| key.as_str() == row.reference_key)
        };
        self.add(rows, |row| {
            if in_end_to_end(row) { MatchRule::EndToEndId } else { MatchRule::ReferenceInText }
        })
        .await
    }

    async fn by_payer(&mut self, clues: &Clues) -> Result<(), Error> {
        let Some(iban) = clues.iban else { return Ok(()) };
        let index = self.work.blind_index(PAYER, &iban.to_string());
        let debtors = bank_entry::debtors_of_payer(self.work, &index).await?;
        for row in receivable::of_debtors(self.work, &debtors).await? {
            let claim = row.claim_id.parse()?;
            let fits = self.amount_fits(&row, claim).await?;
            let is_open = claim_fact::standing(self.work, claim).await? != Standing::Closed;
            if is_open {
                let rule = if fits { MatchRule::AccountAndAmount } else { MatchRule::AccountOnly };
                // The amount is what the rule rests on and must not count twice.
                self.candidates.push(Candidate { claim, rule, amount_fits: false });
                self.found.insert(claim, row);
            }
        }
        Ok(())
    }

    async fn add(
        &mut self,
        rows: Vec<Model>,
        rule: impl Fn(&Model) -> MatchRule,
    ) -> Result<(), Error> {
        for row in rows {
            if row.currency != self.amount.currency().code() {
                continue;
            }
            let claim = row.claim_id.parse()?;
            let amount_fits = self.amount_fits(&row, claim).await?;
            self.candidates.push(Candidate { claim, rule: rule(&row), amount_fits });
            self.found.insert(claim, row);
        }
        Ok(())
    }

    /// Whether the claim expects this amount: its balance, its next instalment or its promise.
    async fn amount_fits(&self, row: &Model, claim: ClaimId) -> Result<bool, Error> {
        let cents = self.amount.minor_units();
        if row.currency != self.amount.currency().code() {
            return Ok(false);
        }
        let fact = claim_fact::find(self.work, claim).await?;
        let balance = fact.and_then(|fact| fact.balance).unwrap_or(row.principal);
        if balance == cents {
            return Ok(true);
        }
        if let Some(running) = arrangement::running(self.work, claim).await? {
            let mut open = running.arrangement.instalments.iter();
            let next = open.find(|one| one.paid != one.amount);
            return Ok(next.is_some_and(|one| one.amount.minor_units() == cents));
        }
        let waiting = promise::waiting(self.work, claim).await?;
        Ok(waiting.is_some_and(|stored| stored.promise.amount.minor_units() == cents))
    }
}
