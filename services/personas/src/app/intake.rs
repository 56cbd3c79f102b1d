//! What claims says of a debtor, reduced to facts that features come from: names and addresses end here.

use kulanz_proto::claims::v1::debtor::Party;
use kulanz_proto::claims::v1::{ClaimSummary, ContactPointKind, Debtor, DebtorState, HoldKind};
use kulanz_types::Currency;

use crate::domain::facts::{ClaimFacts, Facts};

/// The facts of a debtor; `None` once the person's data was erased.
pub fn facts(debtor: &Debtor) -> Option<Facts> {
    if debtor.state() == DebtorState::Erased {
        return None;
    }
    let reachable =
        |kind| debtor.contact_points.iter().any(|point| point.kind() == kind && point.usable);
    let open = || debtor.claims.iter().filter(|claim| is_open(claim));
    let intake = debtor.claims.iter().flat_map(|claim| &claim.intake_facts);
    Some(Facts {
        company: matches!(debtor.party, Some(Party::Company(_))),
        email_present: reachable(ContactPointKind::Email),
        mobile_present: reachable(ContactPointKind::Mobile),
        claims: open().map(claim_facts).collect(),
        // Claims come in order of age: what the newest one says holds.
        intake: intake.map(|(name, text)| (name.clone(), text.clone())).collect(),
    })
}

/// The debtor's claims that are not closed.
pub fn open_claims(debtor: &Debtor) -> Vec<String> {
    let open = debtor.claims.iter().filter(|claim| is_open(claim));
    open.map(|claim| claim.claim_id.clone()).collect()
}

fn is_open(claim: &ClaimSummary) -> bool {
    !claim.state().is_closed()
}

fn claim_facts(claim: &ClaimSummary) -> ClaimFacts {
    let principal = claim.balance.as_ref().and_then(|balance| balance.principal.as_ref());
    let in_euros = principal.filter(|money| money.currency_code == Currency::EUR.code());
    ClaimFacts {
        principal_minor: in_euros.map(|money| money.minor_units),
        due_on: claim.due_date.and_then(|date| date.try_into().ok()),
        disputed: claim.holds.iter().any(|hold| hold.kind() == HoldKind::Dispute),
        reminded: claim.intake_facts.get("reminder_sent_on").is_some_and(|day| !day.is_empty()),
    }
}
