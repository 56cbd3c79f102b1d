//! Rows as the domain's types.

use std::collections::BTreeMap;

use kulanz_law::Exact;
use kulanz_store::StoreError;
use kulanz_types::{ClaimId, Currency, DebtorId, Money};

use super::{challenge, challenge_step, claim, entry, hold, protection, state_change};
use crate::domain::account::{Entry, EntryKind, Snapshot, Subject};
use crate::domain::challenge::{ChallengeKind, ChallengeState};
use crate::domain::lifecycle::{ClaimState, Closure, HoldKind};
use crate::domain::protection::ProtectionKind;
use crate::domain::terms::Terms;

fn unreadable(what: &'static str) -> StoreError {
    StoreError::Unreadable { what }
}

impl claim::Model {
    /// Its id.
    pub fn id(&self) -> Result<ClaimId, StoreError> {
        Ok(self.claim_id.parse()?)
    }

    /// Who owes.
    pub fn debtor(&self) -> Result<DebtorId, StoreError> {
        Ok(self.debtor_id.parse()?)
    }

    /// The currency of its account.
    pub fn currency(&self) -> Result<Currency, StoreError> {
        self.currency.parse().map_err(|_| unreadable("claim.currency"))
    }

    /// What it bears.
    pub fn terms(&self) -> Result<Terms, StoreError> {
        serde_json::from_str(&self.terms).map_err(|_| unreadable("claim.terms"))
    }

    /// What the creditor knew at intake.
    pub fn facts(&self) -> Result<BTreeMap<String, String>, StoreError> {
        serde_json::from_str(&self.facts).map_err(|_| unreadable("claim.facts"))
    }

    /// The state as shown.
    pub fn state(&self) -> Result<ClaimState, StoreError> {
        ClaimState::named(&self.state).ok_or_else(|| unreadable("claim.state"))
    }

    /// The decision that ended it.
    pub fn closure(&self) -> Result<Option<Closure>, StoreError> {
        let named = |name: &String| Closure::named(name).ok_or_else(|| unreadable("claim.closure"));
        self.closure.as_ref().map(named).transpose()
    }

    /// The snapshot of its account.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let currency = self.currency()?;
        let money = |minor_units| Money::new(currency, minor_units);
        let parts = self.interest_exact.parse().map_err(|_| unreadable("claim.interest_exact"))?;
        Ok(Snapshot {
            principal: money(self.open_principal),
            costs: money(self.open_costs),
            interest: Exact::from_parts(parts),
            interest_paid: money(self.interest_paid),
            accrue_from: self.accrue_from,
            overpaid: money(self.overpaid),
            waived: money(self.waived),
        })
    }

    /// Keeps a snapshot of its account.
    pub fn put_snapshot(&mut self, snapshot: &Snapshot) {
        self.open_principal = snapshot.principal.minor_units();
        self.open_costs = snapshot.costs.minor_units();
        self.interest_exact = snapshot.interest.parts().to_string();
        self.interest_paid = snapshot.interest_paid.minor_units();
        self.accrue_from = snapshot.accrue_from;
        self.overpaid = snapshot.overpaid.minor_units();
        self.waived = snapshot.waived.minor_units();
    }
}

impl entry::Fact {
    /// The entry.
    pub fn entry(&self, currency: Currency) -> Result<Entry, StoreError> {
        Ok(Entry {
            id: self.entry_id.parse()?,
            kind: kind(&self.kind, self.cause_id.as_deref())?,
            value_date: self.value_date,
            amount: Money::new(currency, self.amount),
        })
    }
}

impl entry::Told {
    /// The entry.
    pub fn entry(&self, currency: Currency) -> Result<Entry, StoreError> {
        Ok(Entry {
            id: self.entry_id.parse()?,
            kind: kind(&self.kind, self.cause_id.as_deref())?,
            value_date: self.value_date,
            amount: Money::new(currency, self.amount),
        })
    }

    /// What it is for.
    pub fn subject(&self, kind: EntryKind) -> Subject {
        Subject::named(&self.subject).unwrap_or_else(|| Subject::of(kind, &self.norm))
    }
}

impl entry::Model {
    /// What it records.
    pub fn entry_kind(&self) -> Result<EntryKind, StoreError> {
        kind(&self.kind, self.cause_id.as_deref())
    }

    /// What it is for.
    pub fn entry_subject(&self) -> Result<Subject, StoreError> {
        let kind = self.entry_kind()?;
        Ok(Subject::named(&self.subject).unwrap_or_else(|| Subject::of(kind, &self.norm)))
    }
}

fn kind(name: &str, cause_id: Option<&str>) -> Result<EntryKind, StoreError> {
    let cause = || cause_id.ok_or_else(|| unreadable("entry.cause_id"));
    match name {
        "principal" => Ok(EntryKind::Principal),
        "cost" => Ok(EntryKind::Cost),
        "credit" => Ok(EntryKind::Credit),
        "payment" => Ok(EntryKind::Payment(cause()?.parse()?)),
        "reversal" => Ok(EntryKind::Reversal(cause()?.parse()?)),
        "correction" => Ok(EntryKind::Correction(cause()?.parse()?)),
        _ => Err(unreadable("entry.kind")),
    }
}

/// The name of an entry's kind as it is kept, and what it is about.
pub fn entry_columns(kind: EntryKind) -> (&'static str, Option<String>) {
    match kind {
        EntryKind::Principal => ("principal", None),
        EntryKind::Cost => ("cost", None),
        EntryKind::Credit => ("credit", None),
        EntryKind::Payment(payment) => ("payment", Some(payment.to_string())),
        EntryKind::Reversal(payment) => ("reversal", Some(payment.to_string())),
        EntryKind::Correction(entry) => ("correction", Some(entry.to_string())),
    }
}

impl hold::Model {
    /// Why the claim is silent.
    pub fn hold_kind(&self) -> Result<HoldKind, StoreError> {
        HoldKind::named(&self.kind).ok_or_else(|| unreadable("hold.kind"))
    }
}

impl challenge::Model {
    /// What it is.
    pub fn kind(&self) -> Result<ChallengeKind, StoreError> {
        ChallengeKind::named(&self.kind).ok_or_else(|| unreadable("challenge.kind"))
    }

    /// Where it stands.
    pub fn state(&self) -> Result<ChallengeState, StoreError> {
        ChallengeState::named(&self.state).ok_or_else(|| unreadable("challenge.state"))
    }
}

impl challenge_step::Model {
    /// The states before and after.
    pub fn states(&self) -> Result<(Option<ChallengeState>, ChallengeState), StoreError> {
        let named = |name: &str| {
            ChallengeState::named(name).ok_or_else(|| unreadable("challenge_step.to_state"))
        };
        Ok((self.from_state.as_deref().map(named).transpose()?, named(&self.to_state)?))
    }
}

impl protection::Model {
    /// Why the person is shielded.
    pub fn kind(&self) -> Result<ProtectionKind, StoreError> {
        ProtectionKind::named(&self.kind).ok_or_else(|| unreadable("protection.kind"))
    }
}

impl state_change::Model {
    /// The states before and after.
    pub fn states(&self) -> Result<(Option<ClaimState>, ClaimState), StoreError> {
        let named =
            |name: &str| ClaimState::named(name).ok_or_else(|| unreadable("state_change.to_state"));
        Ok((self.from_state.as_deref().map(named).transpose()?, named(&self.to_state)?))
    }

    /// Ids of what led to the step.
    pub fn causes(&self) -> Result<Vec<String>, StoreError> {
        serde_json::from_str(&self.context).map_err(|_| unreadable("state_change.context"))
    }
}
