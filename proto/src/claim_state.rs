//! What the states of a claim mean to every service.

use crate::claims::v1::ClaimState;

impl ClaimState {
    /// Whether nothing is pursued any more: no message asks for it, no arrangement is offered.
    pub fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Paid
                | Self::Settled
                | Self::Withdrawn
                | Self::WrittenOff
                | Self::TimeBarred
                | Self::Sold
                | Self::Returned
        )
    }

    /// Whether it is collected and nothing agreed stands in the way: the debtor may be asked to pay and
    /// may agree on terms.
    pub fn is_pursued(self) -> bool {
        matches!(self, Self::Registered | Self::Open | Self::Recovering)
    }

    /// Whether nobody may be asked to pay while it lasts: objections, questions, protection, holds.
    pub fn is_silent(self) -> bool {
        matches!(
            self,
            Self::Disputed
                | Self::Questioned
                | Self::PaymentClaimed
                | Self::OnHold
                | Self::Protected
        )
    }
}
