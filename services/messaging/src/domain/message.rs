//! The life of a message, from the plan to its receipt.

/// Why a message is sent; decides whether budget and opt-out apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageClass {
    /// The first assertion with everything of § 13a Abs. 1 RDG: outside the budget, never outside
    /// the contact window.
    FirstNotice,
    /// A reminder or an offer; can be declined.
    Outreach,
    /// An answer to something that the person did, for example to a missed instalment.
    Answer,
    /// Something else that the law demands.
    Legal,
}

impl MessageClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::FirstNotice, Self::Outreach, Self::Answer, Self::Legal];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstNotice => "first_notice",
            Self::Outreach => "outreach",
            Self::Answer => "answer",
            Self::Legal => "legal",
        }
    }

    /// The class of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether the message counts against the contact budget, and can be declined.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Outreach)
    }
}

/// State of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Waits for its time.
    Scheduled,
    /// Composed and committed under its id; the hand-over may or may not have happened.
    Attempted,
    /// Accepted by the channel.
    Sent,
    /// Receipt: delivered.
    Delivered,
    /// The hand-over had no answer; never resent by itself.
    Unknown,
    /// Refused by the channel or bounced.
    Failed,
    /// Called back before the hand-over.
    Cancelled,
    /// Refused by a rule before the hand-over.
    Blocked,
}

/// What can happen to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The text is composed and the attempt begins.
    Attempt,
    /// The attempt ends before the hand-over and waits for another time.
    Postpone,
    /// The channel accepted the message; also a first notice that is resent under its id.
    Accept,
    /// The channel refused the message for good.
    Refuse,
    /// The channel gave no answer.
    LoseAnswer,
    /// A receipt says that the message arrived.
    ConfirmDelivery,
    /// A receipt says that the message did not arrive.
    Bounce,
    /// The reason for the message is gone, or somebody called it back.
    Cancel,
    /// A rule refuses the message.
    Block,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Attempted,
        Self::Sent,
        Self::Delivered,
        Self::Unknown,
        Self::Failed,
        Self::Cancelled,
        Self::Blocked,
    ];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Attempted => "attempted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state after a step; `None` when the step is not possible here. Receipts arrive late,
    /// repeatedly and out of order: delivery wins over a bounce, and a repeated receipt changes
    /// nothing.
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Scheduled | Self::Attempted, Step::Attempt) => Some(Self::Attempted),
            (Self::Scheduled | Self::Attempted, Step::Postpone) => Some(Self::Scheduled),
            (Self::Attempted | Self::Unknown, Step::Accept) => Some(Self::Sent),
            (Self::Attempted | Self::Unknown, Step::LoseAnswer) => Some(Self::Unknown),
            (Self::Scheduled | Self::Attempted, Step::Cancel) => Some(Self::Cancelled),
            (Self::Scheduled | Self::Attempted, Step::Block) => Some(Self::Blocked),
            (
                Self::Sent | Self::Unknown | Self::Failed | Self::Delivered,
                Step::ConfirmDelivery,
            )
            | (Self::Delivered, Step::Bounce) => Some(Self::Delivered),
            (Self::Scheduled | Self::Attempted, Step::Refuse)
            | (Self::Sent | Self::Unknown | Self::Failed, Step::Bounce) => Some(Self::Failed),
            _ => None,
        }
    }

    /// Whether the message may still be called back.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Attempted)
    }

    /// Whether the person was, or may have been, contacted.
    pub const fn may_have_arrived(self) -> bool {
        matches!(self, Self::Attempted | Self::Sent | Self::Delivered | Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STEPS: [Step; 9] = [
        Step::Attempt,
        Step::Postpone,
        Step::Accept,
        Step::Refuse,
        Step::LoseAnswer,
        Step::ConfirmDelivery,
        Step::Bounce,
        Step::Cancel,
        Step::Block,
    ];

    proptest! {
        #[test]
        fn nothing_leads_back_from_a_hand_over_to_the_schedule(
            steps in prop::collection::vec(prop::sample::select(STEPS.to_vec()), 0..20),
        ) {
            let mut state = MessageState::Scheduled;
            let mut handed_over = false;
            for step in steps {
                if let Some(next) = state.after(step) {
                    state = next;
                }
                handed_over |= !state.is_open();
                prop_assert!(!handed_over || !state.is_open());
            }
        }

        #[test]
        fn receipts_end_the_same_in_any_order(
            receipts in prop::collection::vec(
                prop::sample::select(vec![Step::ConfirmDelivery, Step::Bounce]), 1..8),
        ) {
            let delivered = receipts.contains(&Step::ConfirmDelivery);
            let end = receipts.iter().fold(MessageState::Sent, |state, step| {
                state.after(*step).unwrap_or(state)
            });
            let expected = if delivered { MessageState::Delivered } else { MessageState::Failed };
            prop_assert_eq!(end, expected);
        }
    }

    #[test]
    fn a_message_without_an_answer_is_never_attempted_again() {
        assert_eq!(MessageState::Unknown.after(Step::Attempt), None);
    }

    #[test]
    fn names_are_read_back() {
        for state in MessageState::ALL {
            assert_eq!(MessageState::parse(state.name()), Some(state));
        }
    }
}
