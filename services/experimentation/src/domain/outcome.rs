//! What can follow a decision. Clicks and opened messages are booked and never rewarded: a policy that is
//! paid for attention learns to annoy.

use chrono::{DateTime, Utc};
use kulanz_policy::Movement;
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
    /// A promise or an arrangement ended without being kept or broken: another promise took its place, or its claim was
    /// held or closed.
    Ended,
    /// An instalment was not there after the days of grace.
    Missed,
}

impl OutcomeKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::Sent,
        Self::Delivered,
        Self::Bounced,
        Self::LinkFollowed,
        Self::PortalVisited,
        Self::Payment,
        Self::Reversal,
        Self::Settled,
        Self::Arrangement,
        Self::Promise,
        Self::Kept,
        Self::Broken,
        Self::Dispute,
        Self::Complaint,
        Self::WrongPerson,
        Self::Ended,
        Self::Missed,
    ];

    /// Signs of harm: what policies are to bring about less of.
    pub const HARM: [Self; 2] = [Self::Dispute, Self::Complaint];

    /// The movement of money that an outcome of this kind is, if it is one.
    pub fn movement(
        self,
        at: DateTime<Utc>,
        about: &str,
        minor_units: i64,
    ) -> Option<Movement<'_, DateTime<Utc>>> {
        let came = self == Self::Payment;
        (came || self == Self::Reversal).then_some(Movement { at, about, came, minor_units })
    }
}
