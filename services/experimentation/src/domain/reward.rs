//! What followed a decision, and what that was worth.
//!
//! Clicks and opened messages are never a reward: a policy that is paid for attention learns to
//! annoy. A reversal takes back exactly what the payment gave, since rewards are always computed
//! from all outcomes of a decision.

use serde::{Deserialize, Serialize};

/// Closed list of what can follow a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The message was handed over.
    Sent,
    /// It reached the recipient's provider.
    Delivered,
    /// It did not.
    Bounced,
    /// Its link was followed.
    LinkFollowed,
    /// The debtor's pages were opened.
    PortalVisited,
    /// Money came in.
    Payment,
    /// Money went back: a returned debit, a recalled transfer.
    Reversal,
    /// The claim is paid in full.
    Settled,
    /// The debtor agreed to instalments or a deferral.
    Arrangement,
    /// The debtor promised to pay.
    Promise,
    /// A promise or an arrangement was kept to its end.
    Kept,
    /// A promise or an arrangement was broken.
    Broken,
    /// The debtor disputed the claim.
    Dispute,
    /// The person complained or asked for silence.
    Complaint,
    /// It was the wrong person.
    WrongPerson,
}

/// The reward of an arrangement that still has to be kept: half of money in hand.
const ARRANGED: f64 = 0.5;
/// The reward of a promise: as binding as words are.
const PROMISED: f64 = 0.2;

/// One outcome as far as its reward goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: OutcomeKind,
    /// Minor units that came in, below zero where they went back; 0 where no money is involved.
    pub minor_units: i64,
}

/// What a decision earned, 0..=1, from all that followed it, in any order.
///
/// Harm (dispute, complaint, wrong person) outweighs money: a policy must not buy payments with it.
pub fn reward(events: &[Event]) -> f64 {
    let count = |kind| events.iter().filter(|event| event.kind == kind).count();
    let is_money =
        |event: &&Event| matches!(event.kind, OutcomeKind::Payment | OutcomeKind::Reversal);
    let money: i128 = events.iter().filter(is_money).map(|e| i128::from(e.minor_units)).sum();
    let harm = [OutcomeKind::Dispute, OutcomeKind::Complaint, OutcomeKind::WrongPerson];
    // A settled claim counts only while the money that settled it is still there.
    let settled = count(OutcomeKind::Settled) > 0 && count(OutcomeKind::Reversal) == 0;
    let broken = count(OutcomeKind::Broken);
    if harm.into_iter().any(|kind| count(kind) > 0) {
        0.0
    } else if money > 0 || settled || count(OutcomeKind::Kept) > 0 {
        1.0
    } else if count(OutcomeKind::Arrangement) > broken {
        ARRANGED
    } else if count(OutcomeKind::Promise) > broken {
        PROMISED
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OutcomeKind::*;
    use proptest::prelude::*;

    fn of(events: &[(OutcomeKind, i64)]) -> f64 {
        let event = |(kind, minor_units): &(OutcomeKind, i64)| Event {
            kind: *kind,
            minor_units: *minor_units,
        };
        reward(&events.iter().map(event).collect::<Vec<_>>())
    }

    fn is(left: f64, right: f64) -> bool {
        (left - right).abs() < f64::EPSILON
    }

    #[test]
    fn a_reversal_takes_back_what_the_payment_gave() {
        assert!(is(of(&[(Payment, 5_000)]), 1.0));
        assert!(is(of(&[(Payment, 5_000), (Reversal, -5_000)]), 0.0));
        assert!(is(of(&[(Payment, 5_000), (Settled, 0), (Reversal, -5_000)]), 0.0));
    }

    #[test]
    fn an_arrangement_is_worth_half_until_it_is_paid_or_broken() {
        assert!(is(of(&[(Arrangement, 0)]), 0.5));
        assert!(is(of(&[(Arrangement, 0), (Broken, 0)]), 0.0));
        assert!(is(of(&[(Arrangement, 0), (Kept, 0)]), 1.0));
    }

    #[test]
    fn harm_outweighs_money() {
        assert!(is(of(&[(Payment, 5_000), (Complaint, 0)]), 0.0));
    }

    proptest! {
        #[test]
        fn the_order_of_outcomes_does_not_matter(
            events in prop::collection::vec((prop::sample::select(vec![
                Payment, Reversal, Settled, Arrangement,
                Broken, Kept, Dispute]), 0i64..1_000), 0..8).prop_shuffle(),
        ) {
            let mut sorted = events.clone();
            sorted.sort();
            prop_assert_eq!(of(&events).to_bits(), of(&sorted).to_bits());
        }
    }
}
