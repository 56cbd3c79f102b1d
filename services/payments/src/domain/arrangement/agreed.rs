//! A running arrangement: payments fill its instalments in order, late ones are noticed with
//! patience, and it ends kept, broken or replaced.

use chrono::{Days, NaiveDate};
use kulanz_types::{InstalmentId, Money, MoneyError};

/// Where an arrangement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArrangementState {
    /// Running.
    Active,
    /// A due was missed; being healed.
    Overdue,
    /// Kept to the end.
    Completed,
    /// Not kept.
    Broken,
    /// Replaced by a change, or the claim ended otherwise.
    Ended,
}

impl ArrangementState {
    /// Whether payments still fill its instalments.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Active | Self::Overdue)
    }
}

/// Where an instalment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstalmentState {
    /// Still to come, or within the days of grace.
    Open,
    /// Paid.
    Paid,
    /// Not there after the days of grace.
    Missed,
    /// Taken out by a change.
    Skipped,
}

/// One due of an arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    /// Its id.
    pub id: InstalmentId,
    /// Counts from 1.
    pub number: i32,
    /// When it is to arrive.
    pub due_on: NaiveDate,
    /// How much, above zero.
    pub amount: Money,
    /// How much of it has arrived, at most `amount`.
    pub paid: Money,
    /// Where it stands.
    pub state: InstalmentState,
}

impl Instalment {
    fn open(&self) -> Result<Money, MoneyError> {
        match self.state {
            InstalmentState::Skipped => Ok(Money::zero(self.amount.currency())),
            _ => self.amount.checked_sub(self.paid),
        }
    }

    fn settle_state(&mut self) {
        if self.paid == self.amount {
            self.state = InstalmentState::Paid;
        } else if self.state == InstalmentState::Paid {
            self.state = InstalmentState::Open;
        }
    }
}

/// How long an arrangement waits. The model is § 802b Abs. 3 ZPO: a plan lapses only after more than
/// two weeks of arrears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Days after the due date before an instalment counts as missed: transfers take their time.
    pub grace_days: u64,
    /// Days after the due date before an arrangement may break.
    pub break_days: u64,
    /// Missed instalments that must stand open together for a break; fewer suffice at the end.
    pub break_after_missed: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { grace_days: 5, break_days: 14, break_after_missed: 2 }
    }
}

/// What a payment did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Numbers of instalments that are paid now and were not before.
    pub filled: Vec<i32>,
    /// What no instalment took.
    pub beyond: Money,
    /// Whether the arrangement is completed by it.
    pub completed: bool,
}

/// What is found when an instalment is looked at after its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// Nothing is wrong (any more).
    Nothing,
    /// It counts as missed from now on.
    Missed,
    /// It was missed before and the arrangement goes on.
    StillMissed,
    /// The arrangement is broken by it.
    Broken,
}

/// An arrangement with its instalments in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// Where it stands.
    pub state: ArrangementState,
    /// The instalments in order of their numbers, at least one.
    pub instalments: Vec<Instalment>,
}

impl Arrangement {
    /// A payment fills the earliest open instalments; nothing once the arrangement has ended.
    pub fn apply_payment(&mut self, amount: Money) -> Result<Applied, MoneyError> {
        let mut applied = Applied { filled: Vec::new(), beyond: amount, completed: false };
        if !self.state.is_running() {
            return Ok(applied);
        }
        for instalment in &mut self.instalments {
            let open = instalment.open()?;
            if open.is_zero() || applied.beyond.is_zero() {
                continue;
            }
            let take = least(open, applied.beyond);
            instalment.paid = instalment.paid.checked_add(take)?;
            instalment.settle_state();
            applied.beyond = applied.beyond.checked_sub(take)?;
            if instalment.state == InstalmentState::Paid {
                applied.filled.push(instalment.number);
            }
        }
        self.settle_state()?;
        applied.completed = self.state == ArrangementState::Completed;
        Ok(applied)
    }

    /// A payment went back: the latest filled instalments are open again. An arrangement that it had
    /// completed runs again.
    pub fn take_back(&mut self, amount: Money) -> Result<(), MoneyError> {
        if matches!(self.state, ArrangementState::Broken | ArrangementState::Ended) {
            return Ok(());
        }
        let mut left = amount;
        for instalment in self.instalments.iter_mut().rev() {
            let take = least(instalment.paid, left);
            instalment.paid = instalment.paid.checked_sub(take)?;
            instalment.settle_state();
            left = left.checked_sub(take)?;
        }
        self.settle_state()
    }

    /// Whether money with that value date still comes in time for the last due and its days of grace.
    pub fn is_in_time(&self, value_on: NaiveDate, patience: Patience) -> bool {
        let last = self.instalments.iter().map(|one| one.due_on).max();
        let end = last.and_then(|day| day.checked_add_days(Days::new(patience.grace_days)));
        end.is_none_or(|end| value_on <= end)
    }

    /// Looks at an instalment on a day after its due date.
    pub fn look_at(&mut self, number: i32, today: NaiveDate, patience: Patience) -> Overdue {
        if !self.state.is_running() {
            return Overdue::Nothing;
        }
        let past = |due: NaiveDate, days| {
            due.checked_add_days(Days::new(days)).is_some_and(|end| today > end)
        };
        let Some(instalment) = self.instalments.iter_mut().find(|one| one.number == number) else {
            return Overdue::Nothing;
        };
        let is_late = past(instalment.due_on, patience.grace_days);
        if matches!(instalment.state, InstalmentState::Paid | InstalmentState::Skipped) || !is_late
        {
            return Overdue::Nothing;
        }
        let is_new = instalment.state == InstalmentState::Open;
        instalment.state = InstalmentState::Missed;
        let due_on = instalment.due_on;
        self.state = ArrangementState::Overdue;
        if past(due_on, patience.break_days) && self.is_beyond_patience(patience) {
            self.state = ArrangementState::Broken;
            return Overdue::Broken;
        }
        if is_new { Overdue::Missed } else { Overdue::StillMissed }
    }

    /// Another arrangement takes its place, or the claim ended; nothing once it has ended.
    pub fn end(&mut self) -> bool {
        let runs = self.state.is_running();
        if runs {
            self.state = ArrangementState::Ended;
        }
        runs
    }

    /// The claim was paid in full, by whatever way; whether the arrangement was running.
    pub fn complete(&mut self) -> bool {
        let runs = self.state.is_running();
        if runs {
            self.state = ArrangementState::Completed;
        }
        runs
    }

    /// What had completed it went back: it was not kept after all. The instalments show what is there.
    pub fn fail(&mut self) {
        self.state = ArrangementState::Broken;
    }

    /// Enough instalments are missed, or all that were still to come are.
    fn is_beyond_patience(&self, patience: Patience) -> bool {
        let count = |state| self.instalments.iter().filter(|one| one.state == state).count();
        count(InstalmentState::Missed) >= patience.break_after_missed
            || count(InstalmentState::Open) == 0
    }

    fn settle_state(&mut self) -> Result<(), MoneyError> {
        let mut open = false;
        for instalment in &self.instalments {
            open |= !instalment.open()?.is_zero();
        }
        let missed = self.instalments.iter().any(|one| one.state == InstalmentState::Missed);
        self.state = match (open, missed) {
            (false, _) => ArrangementState::Completed,
            (true, true) => ArrangementState::Overdue,
            (true, false) => ArrangementState::Active,
        };
        Ok(())
    }
}

fn least(one: Money, other: Money) -> Money {
    if one.minor_units() <= other.minor_units() { one } else { other }
}
