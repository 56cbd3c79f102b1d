use chrono::{Days, NaiveDate};
use kulanz_law::{LawError, simple_case_until};
use kulanz_types::calendar::State;

use crate::domain::lifecycle::ClaimState;

/// Days after the last one on which the demand could have been paid: by then the bank's file of that day has come.
const GRACE: Days = Days::new(4);
/// A claim that must not be asked for is looked at again after so many days.
const AGAIN: Days = Days::new(7);
/// Days within which a letter has arrived for sure. Who got it earlier has longer.
const LETTER: Days = Days::new(4);

/// When a first demand that went out on a day has reached the debtor, as far as the sender can know. Whether the two
/// weeks begin with dispatch or receipt is contested; the later day favours the debtor.
pub fn demanded_on(sent: NaiveDate, by_letter: bool) -> NaiveDate {
    if by_letter { sent.checked_add_days(LETTER).unwrap_or(sent) } else { sent }
}

/// What decides whether a fee rises by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts {
    /// The creditor lets fees rise by themselves.
    pub wanted: bool,
    /// The state of the claim.
    pub state: ClaimState,
    /// Somebody said something against the claim or against being asked, however that ended: it is not uncontested.
    pub challenged: bool,
    /// The fee has risen before, even if that was taken back: whoever took it back has decided.
    pub risen: bool,
    /// When the first demand reached the debtor; none while none has.
    pub demanded_on: Option<NaiveDate>,
    /// When that demand went out.
    pub sent_on: Option<NaiveDate>,
    /// The person's data may be kept and not used (Art. 18 GDPR).
    pub restricted: bool,
    /// When the last hold ended: while it lasted nobody had to pay.
    pub free_since: Option<NaiveDate>,
}

/// What follows on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The fee rises: nobody paid by this day.
    Rises {
        /// The last day on which the first demand could have been paid.
        until: NaiveDate,
    },
    /// Not yet: to be looked at on this day.
    On(NaiveDate),
    /// It does not rise by itself.
    Never(&'static str),
}

/// The last day on which the first demand can be paid for the case to be a simple one: two weeks in which the debtor
/// was free to pay.
pub fn payable_until(facts: &Facts) -> Result<Option<NaiveDate>, LawError> {
    let begins = facts.demanded_on.map(|day| facts.free_since.map_or(day, |free| free.max(day)));
    begins.map(|day| simple_case_until(day, State::Nationwide)).transpose()
}

/// The day on which a claim is first looked at, after a demand that reached the debtor on a day.
pub fn first_look(demanded_on: NaiveDate) -> Result<NaiveDate, LawError> {
    Ok(after(simple_case_until(demanded_on, State::Nationwide)?, GRACE))
}

fn after(day: NaiveDate, days: Days) -> NaiveDate {
    day.checked_add_days(days).unwrap_or(NaiveDate::MAX)
}

/// Whether the fee rises on `today`.
pub fn verdict(facts: &Facts, today: NaiveDate) -> Result<Verdict, LawError> {
    let never = [
        (!facts.wanted, "the creditor leaves it to a decision"),
        (facts.state.is_closed(), "the claim is closed"),
        (facts.challenged, "the claim was challenged"),
        (facts.risen, "the fee has risen before"),
    ];
    if let Some((_, why)) = never.into_iter().find(|(stands, _)| *stands) {
        return Ok(Verdict::Never(why));
    }
    let Some(until) = payable_until(facts)? else {
        return Ok(Verdict::Never("no demand has reached the debtor"));
    };
    let look_on = after(until, GRACE);
    if today < look_on {
        return Ok(Verdict::On(look_on));
    }
    if facts.restricted || !may_rise(facts.state) {
        return Ok(Verdict::On(after(today, AGAIN)));
    }
    Ok(Verdict::Rises { until })
}

/// Whether a fee may rise in a state: the claim is asked for, and no arrangement has fixed what it comes to.
pub const fn may_rise(state: ClaimState) -> bool {
    matches!(state, ClaimState::Registered | ClaimState::Open | ClaimState::Recovering)
}
