//! Finds the claims that the clues of movements lead to, for many of them at once, and lets the rules
//! judge.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, Money};

use crate::domain::matching::{Candidate, Clues, MatchRule, Relation, Verdict, judge};
use crate::domain::reference::{ReferenceKey, USUAL_LENGTH};
use crate::error::Error;
use crate::store::claim_fact::Standing;
use crate::store::receivable::{self, Model, Parties};
use crate::store::{arrangement, bank_entry, claim_fact, promise};

/// Kind of the blind index of account numbers.
pub const PAYER: &str = "payer_iban";
/// Kind of the blind index of end-to-end ids.
pub const END_TO_END: &str = "end_to_end_id";

/// What a claim is expected to be paid, in minor units of its currency: a hint, and nothing to account by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// Where the claim stands.
    pub standing: Standing,
    /// What claims last told to be open, less what was booked in this transaction.
    pub open: i64,
    /// Whether an arrangement is in force.
    pub is_arranged: bool,
    /// What is next due of it.
    pub next_due: Option<i64>,
    /// What is promised.
    pub promised: Option<i64>,
}

impl Expectation {
    fn of(row: &Model) -> Self {
        let (standing, open) = (Standing::Open, row.principal);
        Self { standing, open, is_arranged: false, next_due: None, promised: None }
    }

    /// Whether this amount is expected: the balance, the next instalment or what was promised.
    fn fits(&self, cents: i64) -> bool {
        let agreed = if self.is_arranged { self.next_due } else { self.promised };
        self.open == cents || agreed == Some(cents)
    }
}

/// What a movement turned out to be.
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Whose claim it is, for each candidate.
    pub parties: BTreeMap<ClaimId, Parties>,
}

/// The claims that the clues of some movements lead to, with what is expected of each.
#[derive(Default)]
pub struct Evidence {
    claims: BTreeMap<ClaimId, Model>,
    by_reference: HashMap<String, BTreeSet<ClaimId>>,
    by_key: HashMap<String, BTreeSet<ClaimId>>,
    /// Claims of the debtors that were looked up by their payers.
    by_debtor: HashMap<String, BTreeSet<ClaimId>>,
    /// For whom an account has paid.
    payers: HashMap<String, BTreeSet<String>>,
    expectations: HashMap<ClaimId, Expectation>,
}

impl Evidence {
    /// Looks up everything that the clues may lead to, with few statements.
    pub async fn gather(work: &Work, clues: &[&Clues]) -> Result<Self, Error> {
        let mut evidence = Self::default();
        let references: BTreeSet<String> = clues
            .iter()
            .flat_map(|clues| clues.creditor_references.iter().map(ToString::to_string))
            .collect();
        let keys: BTreeSet<&ReferenceKey> =
            clues.iter().flat_map(|clues| clues.reference_keys.keys()).collect();
        let keys: Vec<String> = keys.into_iter().map(ToString::to_string).collect();
        let references: Vec<String> = references.into_iter().collect();
        let mut rows = receivable::of_references(work, &references).await?;
        rows.extend(receivable::of_keys(work, &keys).await?);
        evidence.add(work, rows).await?;
        let payers: BTreeSet<String> =
            clues.iter().filter_map(|clues| payer_index(work, clues)).collect();
        let payers: Vec<String> = payers.into_iter().collect();
        for (payer, debtor) in bank_entry::debtors_of_payers(work, &payers).await? {
            evidence.payers.entry(payer).or_default().insert(debtor);
        }
        let debtors = evidence.payers.values().flatten().cloned().collect();
        evidence.look_up_debtors(work, debtors).await?;
        Ok(evidence)
    }

    /// The debtors of all claims found.
    pub fn debtors(&self) -> Result<Vec<DebtorId>, Error> {
        let debtors = self.claims.values().map(|row| Ok(row.parties()?.debtor));
        debtors.collect()
    }

    /// What is expected of a claim that was found.
    pub fn expectation(&mut self, claim: ClaimId) -> Option<&mut Expectation> {
        self.expectations.get_mut(&claim)
    }

    /// From now on the account is known to pay for this debtor.
    pub fn learn(&mut self, payer: &str, debtor: DebtorId) {
        self.payers.entry(payer.to_owned()).or_default().insert(debtor.to_string());
    }

    /// Judges a movement of `amount`.
    pub async fn judge(
        &mut self,
        work: &Work,
        clues: &Clues,
        amount: Money,
        is_unsplit_batch: bool,
    ) -> Result<Judged, Error> {
        let mut candidates = self.named(clues, amount)?;
        // A valid reference that no claim has yet names one all the same: it is waited for.
        if candidates.is_empty() && clues.creditor_references.is_empty() {
            candidates = self.of_payer(work, clues, amount).await?;
        }
        let verdict = judge(&candidates, is_unsplit_batch);
        let claims = candidates.iter().map(|candidate| candidate.claim);
        let parties = claims.map(|claim| Ok((claim, self.parties(claim)?)));
        Ok(Judged { verdict, parties: parties.collect::<Result<_, Error>>()? })
    }

    fn named(&self, clues: &Clues, amount: Money) -> Result<Vec<Candidate>, Error> {
        let mut candidates = Vec::new();
        for reference in &clues.creditor_references {
            for claim in self.by_reference.get(reference.as_str()).into_iter().flatten() {
                let rule = MatchRule::StructuredReference;
                candidates.extend(self.candidate(*claim, rule, (clues, amount))?);
            }
        }
        let end_to_end = clues.end_to_end_id.as_deref().unwrap_or_default();
        for key in clues.reference_keys.keys() {
            for claim in self.by_key.get(key.as_str()).into_iter().flatten() {
                let lengths = BTreeSet::from([key.as_str().len()]);
                let mut keys = ReferenceKey::possible_in(end_to_end, &lengths).into_iter();
                let rule = if keys.any(|(_, found)| found == *key) {
                    MatchRule::EndToEndId
                } else {
                    MatchRule::ReferenceInText
                };
                candidates.extend(self.candidate(*claim, rule, (clues, amount))?);
            }
        }
        Ok(candidates)
    }

    async fn of_payer(
        &mut self,
        work: &Work,
        clues: &Clues,
        amount: Money,
    ) -> Result<Vec<Candidate>, Error> {
        let Some(payer) = payer_index(work, clues) else { return Ok(Vec::new()) };
        let debtors: Vec<String> = self.payers.get(&payer).into_iter().flatten().cloned().collect();
        self.look_up_debtors(work, debtors.iter().cloned().collect()).await?;
        let mut candidates = Vec::new();
        for claim in debtors.iter().filter_map(|debtor| self.by_debtor.get(debtor)).flatten() {
            let Some(expected) = self.expectations.get(claim) else { continue };
            let rule = if expected.fits(amount.minor_units()) {
                MatchRule::AccountAndAmount
            } else {
                MatchRule::AccountOnly
            };
            let found = self.candidate(*claim, rule, (clues, amount))?;
            // The amount is what the rule rests on and must not count twice.
            let found = found.map(|found| Candidate { amount_fits: false, ..found });
            candidates.extend(found.filter(|_| expected.standing != Standing::Closed));
        }
        Ok(candidates)
    }

    /// The claim as a candidate, unless it is in another currency.
    fn candidate(
        &self,
        claim: ClaimId,
        rule: MatchRule,
        (clues, amount): (&Clues, Money),
    ) -> Result<Option<Candidate>, Error> {
        let parties = self.parties(claim)?;
        if parties.currency != amount.currency() {
            return Ok(None);
        }
        let key = self.claims.get(&claim).and_then(|row| ReferenceKey::of(&row.case_reference));
        let place = key.and_then(|key| clues.reference_keys.get(&key).copied());
        let expected = self.expectations.get(&claim);
        Ok(Some(Candidate {
            claim,
            relation: Relation { debtor: parties.debtor, creditor: parties.creditor },
            place: place.unwrap_or(usize::MAX),
            rule,
            amount_fits: expected.is_some_and(|expected| expected.fits(amount.minor_units())),
        }))
    }

    fn parties(&self, claim: ClaimId) -> Result<Parties, Error> {
        let row = self.claims.get(&claim);
        Ok(row.ok_or(Error::Unexpected("a candidate without its claim"))?.parties()?)
    }

    async fn look_up_debtors(
        &mut self,
        work: &Work,
        mut debtors: BTreeSet<String>,
    ) -> Result<(), Error> {
        debtors.retain(|debtor| !self.by_debtor.contains_key(debtor));
        let debtors: Vec<String> = debtors.into_iter().collect();
        let rows = receivable::of_debtors(work, &debtors).await?;
        self.by_debtor.extend(debtors.into_iter().map(|debtor| (debtor, BTreeSet::new())));
        for row in &rows {
            let claim = row.claim_id.parse()?;
            self.by_debtor.entry(row.debtor_id.clone()).or_default().insert(claim);
        }
        self.add(work, rows).await
    }

    /// Notes claims that were found, and what is expected of those that are new here.
    async fn add(&mut self, work: &Work, rows: Vec<Model>) -> Result<(), Error> {
        let mut new = Vec::new();
        for row in rows {
            let claim: ClaimId = row.claim_id.parse()?;
            self.by_reference.entry(row.creditor_reference.clone()).or_default().insert(claim);
            self.by_key.entry(row.reference_key.clone()).or_default().insert(claim);
            if self.claims.contains_key(&claim) {
                continue;
            }
            new.push(row.claim_id.clone());
            self.expectations.insert(claim, Expectation::of(&row));
            self.claims.insert(claim, row);
        }
        self.expect(work, &new).await
    }

    async fn expect(&mut self, work: &Work, claims: &[String]) -> Result<(), Error> {
        for fact in claim_fact::of_claims(work, claims).await? {
            let Some(expected) = self.expectations.get_mut(&fact.claim_id.parse()?) else {
                continue;
            };
            expected.standing = fact.standing();
            expected.open = fact.balance.unwrap_or(expected.open);
        }
        for (claim, next_due) in arrangement::next_dues(work, claims).await? {
            let Some(expected) = self.expectations.get_mut(&claim.parse()?) else { continue };
            (expected.is_arranged, expected.next_due) = (true, next_due);
        }
        for (claim, promised) in promise::promised(work, claims).await? {
            let Some(expected) = self.expectations.get_mut(&claim.parse()?) else { continue };
            expected.promised = Some(promised);
        }
        Ok(())
    }
}

/// How long the references are by which a transfer may name a claim: those of the tenant's claims, and what
/// is usual, for a transfer that comes before its claim.
pub async fn reference_lengths(work: &Work) -> Result<BTreeSet<usize>, Error> {
    let mut lengths = receivable::key_lengths(work).await?;
    lengths.insert(USUAL_LENGTH);
    Ok(lengths)
}

/// The blind index of the payer's account.
pub fn payer_index(work: &Work, clues: &Clues) -> Option<String> {
    clues.iban.map(|iban| work.blind_index(PAYER, &iban.to_string()))
}
