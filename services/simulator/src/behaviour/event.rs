use crate::calendar::Day;

/// Why money comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Of one's own accord.
    OwnAccord,
    /// After a contact, in full.
    Contact,
    /// A promise kept.
    Promise,
    /// An instalment of a plan.
    Instalment,
}

/// What a person does, as the creditor gets to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Money arrives.
    Paid {
        /// How much, cents.
        cents: i64,
        /// Why.
        cause: Cause,
    },
    /// Nothing is open any more.
    Settled,
    /// A plan of monthly instalments is agreed.
    PlanAgreed {
        /// Each instalment, cents; the last is what is left.
        instalment_cents: i64,
        /// How many.
        count: u32,
        /// When the first is due.
        first: Day,
    },
    /// A due instalment did not come.
    InstalmentMissed,
    /// The plan ended without being fulfilled.
    PlanBroken,
    /// A promise to pay all on a day.
    Promised {
        /// The day.
        due: Day,
    },
    /// The promise was not kept.
    PromiseBroken,
    /// The claim is disputed.
    Disputed {
        /// Whether rightly.
        rightly: bool,
    },
    /// A disputed claim turned out to be unfounded and was withdrawn.
    Withdrawn,
    /// Somebody else says that the address is theirs.
    WrongPerson {
        /// Of which channel.
        channel: u8,
    },
    /// The address does not work.
    Bounced {
        /// Of which channel.
        channel: u8,
    },
    /// The person does not want this channel any more.
    OptedOut {
        /// Which.
        channel: u8,
    },
    /// The person complains.
    Complained,
}

impl Event {
    /// Whether it is a sign that a contact did harm.
    pub const fn is_harm(self) -> bool {
        matches!(self, Self::Complained | Self::OptedOut { .. } | Self::Disputed { .. })
    }
}
