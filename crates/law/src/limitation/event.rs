use chrono::NaiveDate;
use kulanz_types::calendar::State;
use serde::{Deserialize, Serialize};

use super::period::{OPEN, Span, add_months};
use crate::{LawError, Refusal, Rule};

/// Which period runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitationStart {
    /// Three years from the end of the year (§§ 195, 199 Abs. 1 BGB), at most ten from arising
    /// (§ 199 Abs. 4).
    Ordinary {
        /// When the claim arose: as a rule, fell due.
        arose: NaiveDate,
        /// When the creditor knew, or did not for gross negligence.
        known: NaiveDate,
    },
    /// Thirty years from finality (§ 197 Abs. 1 Nr. 3 to 6, § 201 BGB).
    Title {
        /// When the title became final, or was made.
        final_on: NaiveDate,
    },
    /// Recurring interest that falls due after the title (§ 197 Abs. 2 BGB).
    TitleInterest {
        /// The year in which it fell due.
        year: i32,
        /// A consumer loan that is not secured by land: thirty years (§ 497 Abs. 3 S. 4 BGB).
        consumer_loan: bool,
    },
    /// A period whose last day is known already.
    Known {
        /// The last day.
        expires_on: NaiveDate,
        /// How long the period is that an acknowledgement starts anew.
        years: u32,
    },
}

/// Whether a payment acknowledges the debt (§ 212 Abs. 1 Nr. 1 BGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledges {
    /// It does.
    Yes,
    /// It does not: paid under reserve.
    No,
    /// Open, such as a third party's payment: counted as no, which favours the debtor.
    Unclear,
}

/// A court payment order (Mahnbescheid).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CourtDunning {
    /// When the application reached the court.
    pub filed: NaiveDate,
    /// When the order was served.
    pub served: Option<NaiveDate>,
    /// Whether it was served soon enough to count from filing (§ 167 ZPO).
    pub served_soon: bool,
    /// The last step of the proceedings; service where none is known.
    pub last_step: Option<NaiveDate>,
    /// When the enforcement order was applied for.
    pub enforcement_applied: Option<NaiveDate>,
    /// Whether the debtor opposed: then nothing lapses.
    pub opposed: bool,
    /// The court's rejection of the application.
    pub rejected: Option<Rejection>,
}

/// A rejected application for a payment order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// When the rejection was served on the applicant.
    pub on: NaiveDate,
    /// The suit that followed: within a month it keeps the day of the application (§ 691 Abs. 2 ZPO).
    pub suit: Option<Suit>,
}

/// A suit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suit {
    /// When it reached the court.
    pub filed: NaiveDate,
    /// When it was served.
    pub served: NaiveDate,
    /// Whether it was served soon enough to count from filing (§ 167 ZPO).
    pub served_soon: bool,
    /// The final decision, another end or the last step (§ 204 Abs. 2 BGB); none while it is pending.
    pub ended: Option<NaiveDate>,
}

/// A fact that moves the end of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitationEvent {
    /// A part payment, interest payment, security or other acknowledgement (§ 212 Abs. 1 Nr. 1 BGB).
    Acknowledgement {
        /// The day.
        on: NaiveDate,
        /// Whether it acknowledges.
        acknowledges: Acknowledges,
    },
    /// An enforcement act or the application for one (§ 212 Abs. 1 Nr. 2 BGB).
    Enforcement {
        /// The day.
        on: NaiveDate,
        /// Lifted, refused or withdrawn: then it restarts nothing (§ 212 Abs. 2, 3).
        undone: bool,
    },
    /// Negotiations (§ 203 BGB).
    Negotiation {
        /// The first day.
        from: NaiveDate,
        /// The last day; none while they last.
        to: Option<NaiveDate>,
    },
    /// An agreed deferral (§ 205 BGB).
    Deferral {
        /// The first day.
        from: NaiveDate,
        /// The last day; none while it lasts.
        to: Option<NaiveDate>,
    },
    /// A court payment order (§ 204 Abs. 1 Nr. 3 BGB).
    CourtDunning(CourtDunning),
    /// A suit (§ 204 Abs. 1 Nr. 1 BGB).
    Suit(Suit),
    /// A collective action (§ 204a BGB).
    CollectiveAction {
        /// The day from which it suspends.
        from: NaiveDate,
        /// Its end; none while it is pending.
        ended: Option<NaiveDate>,
    },
    /// A party without capacity or representation (§ 210 BGB).
    Incapacity {
        /// Since when.
        since: NaiveDate,
        /// When capacity or representation came; none while neither has.
        until: Option<NaiveDate>,
    },
    /// An estate that nobody accepted yet (§ 211 BGB).
    Estate {
        /// The death.
        since: NaiveDate,
        /// The acceptance, or the opening of insolvency; none while neither has happened.
        until: Option<NaiveDate>,
    },
    /// A consumer loan in default: suspended until the title, at most ten years from arising (§ 497
    /// Abs. 3 S. 3 BGB).
    ConsumerLoanDefault {
        /// The first day of default.
        since: NaiveDate,
        /// When the claim arose.
        arose: NaiveDate,
        /// When there was a title.
        titled: Option<NaiveDate>,
    },
    /// A final title for the claim (§ 197 Abs. 1 Nr. 3 to 6 BGB).
    Title {
        /// When it became final.
        final_on: NaiveDate,
    },
}

/// Everything that decides when a claim is barred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitationFacts {
    /// Which period runs.
    pub start: LimitationStart,
    /// What happened, in any order.
    pub events: Vec<LimitationEvent>,
    /// Whose public holidays count for a filing (§ 193 BGB).
    pub state: State,
}

/// What an event does, with the day from which it does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Restart,
    Suspend(Span),
    /// Not before the last day; the months to it begin after the first.
    NotBefore(Span),
    Title,
    /// Recorded, without effect on the period.
    Without,
}

/// One effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action {
    pub on: NaiveDate,
    pub rule: Rule,
    pub effect: Effect,
}

impl LimitationEvent {
    /// The effects of the event, each with its norm.
    pub(super) fn actions(&self) -> Result<Vec<Action>, LawError> {
        let at = |on, rule, effect| Ok(vec![Action { on, rule, effect }]);
        match *self {
            Self::Acknowledgement { on, acknowledges } => match acknowledges {
                Acknowledges::Yes => at(on, Rule::Restart, Effect::Restart),
                Acknowledges::No => at(on, Rule::Restart, Effect::Without),
                Acknowledges::Unclear => at(on, Rule::AcknowledgementUnclear, Effect::Without),
            },
            Self::Enforcement { on, undone: false } => at(on, Rule::Restart, Effect::Restart),
            Self::Enforcement { on, undone: true } => at(on, Rule::RestartUndone, Effect::Without),
            Self::Negotiation { from, to } => negotiation(from, to),
            Self::Deferral { from, to } => {
                Ok(vec![suspend(Rule::Deferral, from, to.unwrap_or(OPEN))?])
            }
            Self::CourtDunning(dunning) => dunning.actions(),
            Self::Suit(suit) => Ok(vec![suit.suspends_from(suit.first_day())?]),
            Self::CollectiveAction { from, ended } => {
                Ok(vec![suspend(Rule::CollectiveAction, from, six_months(ended)?)?])
            }
            Self::Incapacity { since, until } => not_before(Rule::CapacityFloor, since, until, 6),
            Self::Estate { since, until } => not_before(Rule::EstateFloor, since, until, 6),
            Self::ConsumerLoanDefault { since, arose, titled } => {
                let longest = add_months(arose, 120)?;
                let to = titled.map_or(longest, |day| day.min(longest));
                if to < since {
                    Ok(Vec::new())
                } else {
                    Ok(vec![suspend(Rule::LoanSuspension, since, to)?])
                }
            }
            Self::Title { final_on } => at(final_on, Rule::TitleLimitation, Effect::Title),
        }
    }
}

impl Suit {
    fn first_day(&self) -> NaiveDate {
        if self.served_soon { self.filed } else { self.served }
    }

    fn suspends_from(&self, from: NaiveDate) -> Result<Action, LawError> {
        suspend(Rule::LegalPursuit, from, six_months(self.ended)?)
    }
}

impl CourtDunning {
    fn actions(&self) -> Result<Vec<Action>, LawError> {
        if let Some(rejection) = self.rejected {
            return self.after_rejection(rejection);
        }
        let Some(served) = self.served else { return Ok(Vec::new()) };
        let from = if self.served_soon { self.filed } else { served };
        let last_step = self.last_step.unwrap_or(served).max(served);
        let mut actions = vec![suspend(Rule::CourtDunning, from, add_months(last_step, 6)?)?];
        let lapse = add_months(served, 6)?;
        if !self.opposed && self.enforcement_applied.is_none_or(|day| day > lapse) {
            let rule = Rule::CourtDunningLapse;
            actions.push(Action { on: lapse, rule, effect: Effect::Without });
        }
        Ok(actions)
    }

    fn after_rejection(&self, rejection: Rejection) -> Result<Vec<Action>, LawError> {
        let rule = Rule::CourtDunningRejected;
        let Some(suit) = rejection.suit else {
            return Ok(vec![Action { on: rejection.on, rule, effect: Effect::Without }]);
        };
        let in_time = suit.filed <= add_months(rejection.on, 1)?;
        if in_time && suit.served_soon {
            return Ok(vec![Action { rule, ..suit.suspends_from(self.filed)? }]);
        }
        Ok(vec![
            Action { on: rejection.on, rule, effect: Effect::Without },
            suit.suspends_from(suit.first_day())?,
        ])
    }
}

fn negotiation(from: NaiveDate, to: Option<NaiveDate>) -> Result<Vec<Action>, LawError> {
    let mut actions = vec![suspend(Rule::Negotiation, from, to.unwrap_or(OPEN))?];
    if let Some(to) = to {
        actions.extend(not_before(Rule::Negotiation, from, Some(to), 3)?);
    }
    Ok(actions)
}

fn suspend(rule: Rule, from: NaiveDate, to: NaiveDate) -> Result<Action, LawError> {
    if to < from {
        return Err(Refusal::PeriodReversed.into());
    }
    Ok(Action { on: from, rule, effect: Effect::Suspend(Span { from, to }) })
}

fn not_before(
    rule: Rule,
    since: NaiveDate,
    ended: Option<NaiveDate>,
    months: u32,
) -> Result<Vec<Action>, LawError> {
    if ended.is_some_and(|ended| ended < since) {
        return Err(Refusal::PeriodReversed.into());
    }
    let to = ended.map_or(Ok(OPEN), |ended| add_months(ended, months))?;
    let span = Span { from: ended.unwrap_or(since), to };
    Ok(vec![Action { on: since, rule, effect: Effect::NotBefore(span) }])
}

/// § 204 Abs. 2 BGB: the suspension goes on for six months after the end.
fn six_months(ended: Option<NaiveDate>) -> Result<NaiveDate, LawError> {
    ended.map_or(Ok(OPEN), |day| add_months(day, 6))
}
