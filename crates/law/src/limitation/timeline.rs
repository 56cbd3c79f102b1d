use chrono::{Datelike, NaiveDate};
use kulanz_types::calendar::next_working_day;
use serde::Serialize;

use super::event::{Action, Effect, LimitationFacts, LimitationStart};
use super::period::{OPEN, Running, Span, add_months, merge_spans, next_day};
use crate::{LawError, Mark, Refusal, Rule};

/// What a step did to the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum LimitationEffect {
    /// The period began.
    Begins,
    /// Days that do not count (§ 209 BGB), both ends included.
    Suspended {
        /// The first day.
        from: NaiveDate,
        /// The last day; none while it lasts.
        to: Option<NaiveDate>,
        /// How many days, as far as the end is known; shared with an overlapping suspension.
        days: Option<i64>,
    },
    /// The period does not end before a day.
    NotBefore {
        /// The day; none while what keeps it open lasts.
        until: Option<NaiveDate>,
    },
    /// The period began anew on the next day.
    Restarted,
    /// The period of the title took its place.
    Titled,
    /// The fact has no effect on the period.
    Without,
    /// The claim was barred already.
    TooLate,
    /// Barred with the main claim.
    WithMainClaim,
}

/// A fact, its norm and where the period ends after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LimitationStep {
    /// The day from which the fact has its effect.
    pub on: NaiveDate,
    /// The rule.
    pub rule: Rule,
    /// The norm, as a statement cites it.
    pub norm: &'static str,
    /// How far the rule was verified.
    pub mark: Mark,
    /// What it did.
    #[serde(flatten)]
    pub effect: LimitationEffect,
    /// The last day of the period after it; none while a suspension or a floor without end lasts.
    pub expires_on: Option<NaiveDate>,
}

/// When a claim is barred, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitationTimeline {
    /// The last day of the period; none while a suspension or a floor without end lasts.
    pub expires_on: Option<NaiveDate>,
    /// The last day on which a filing is still in time: the next working day (§ 193 BGB). Contested, so
    /// both are kept.
    pub last_timely_filing: Option<NaiveDate>,
    /// The steps by day.
    pub steps: Vec<LimitationStep>,
}

impl LimitationTimeline {
    /// Whether the claim is barred on a day: the debtor may refuse (§ 214 Abs. 1 BGB).
    pub fn barred_on(&self, date: NaiveDate) -> bool {
        self.expires_on.is_some_and(|last| last < date)
    }
}

/// The timeline of a claim's limitation: begins, then each fact by its day with norm and resulting end.
///
/// An acknowledgement or a suspension after the end changes nothing. A restart never brings the end
/// forward.
pub fn limitation(facts: &LimitationFacts) -> Result<LimitationTimeline, LawError> {
    let mut run = Run::begin(facts.start)?;
    let mut actions = Vec::new();
    for event in &facts.events {
        actions.extend(event.actions()?);
    }
    actions.sort_by_key(|action| action.on);
    for action in actions {
        run.take(action)?;
    }
    let expires_on = known(run.end()?);
    Ok(LimitationTimeline {
        expires_on,
        last_timely_filing: expires_on.map(|day| next_working_day(day, facts.state)),
        steps: run.steps,
    })
}

struct Run {
    /// The periods that run beside each other; the claim is barred when the last of them is over. Each
    /// is over with the first of its own alternatives (§ 199 Abs. 1 and 4 BGB).
    periods: Vec<Vec<Running>>,
    suspended: Vec<Span>,
    /// How long a restarted period is.
    years: u32,
    steps: Vec<LimitationStep>,
}

impl Run {
    fn begin(start: LimitationStart) -> Result<Self, LawError> {
        let (rule, on, years, periods) = match start {
            LimitationStart::Ordinary { arose, known } => {
                let year_end = end_of_year(arose.max(known).year())?;
                let oldest = Running::years_from(arose, 10)?;
                (
                    Rule::OrdinaryLimitation,
                    year_end,
                    3,
                    vec![Running::years_from(year_end, 3)?, oldest],
                )
            }
            LimitationStart::Title { final_on } => {
                (Rule::TitleLimitation, final_on, 30, vec![Running::years_from(final_on, 30)?])
            }
            LimitationStart::TitleInterest { year, consumer_loan } => {
                let (rule, years) = if consumer_loan {
                    (Rule::LoanInterestLimitation, 30)
                } else {
                    (Rule::TitleInterestLimitation, 3)
                };
                let year_end = end_of_year(year)?;
                (rule, year_end, years, vec![Running::years_from(year_end, years)?])
            }
            LimitationStart::Known { expires_on, years } => {
                let running = Running { start: NaiveDate::MIN, end: expires_on };
                (Rule::OrdinaryLimitation, expires_on, years, vec![running])
            }
        };
        let mut run =
            Self { periods: vec![periods], suspended: Vec::new(), years, steps: Vec::new() };
        let rule = run.binding_rule(rule)?;
        run.step(on, rule, LimitationEffect::Begins)?;
        Ok(run)
    }

    /// § 199 Abs. 4 BGB where the ten years end first.
    fn binding_rule(&self, rule: Rule) -> Result<Rule, LawError> {
        let oldest = self.periods.first().and_then(|paths| paths.get(1));
        Ok(match oldest {
            Some(oldest) if oldest.end == self.end()? => Rule::MaximumLimitation,
            _ => rule,
        })
    }

    fn end(&self) -> Result<NaiveDate, LawError> {
        let merged = merge_spans(&self.suspended);
        let mut last = NaiveDate::MIN;
        for alternatives in &self.periods {
            let mut first = OPEN;
            for running in alternatives {
                first = first.min(running.end_without(&merged)?);
            }
            last = last.max(first);
        }
        Ok(last)
    }

    fn take(&mut self, action: Action) -> Result<(), LawError> {
        let too_late = self.end()? < action.on;
        let effect = match action.effect {
            Effect::Title => self.title(action.on)?,
            Effect::Without => LimitationEffect::Without,
            _ if too_late => LimitationEffect::TooLate,
            Effect::Restart => {
                self.periods.push(vec![Running::years_from(action.on, self.years)?]);
                LimitationEffect::Restarted
            }
            Effect::Suspend(span) => self.suspend(span),
            Effect::NotBefore(Span { from, to: until }) => {
                self.periods.push(vec![Running { start: next_day(from)?, end: until }]);
                LimitationEffect::NotBefore { until: known(until) }
            }
        };
        self.step(action.on, action.rule, effect)
    }

    fn suspend(&mut self, span: Span) -> LimitationEffect {
        self.suspended.push(span);
        let to = known(span.to);
        let days = to.map(|to| (to - span.from).num_days() + 1);
        LimitationEffect::Suspended { from: span.from, to, days }
    }

    /// The title ends what suspended the claim before it and starts a period of its own.
    fn title(&mut self, final_on: NaiveDate) -> Result<LimitationEffect, LawError> {
        self.years = 30;
        self.periods = vec![vec![Running::years_from(final_on, self.years)?]];
        for span in &mut self.suspended {
            span.to = span.to.min(final_on);
        }
        Ok(LimitationEffect::Titled)
    }

    fn step(
        &mut self,
        on: NaiveDate,
        rule: Rule,
        effect: LimitationEffect,
    ) -> Result<(), LawError> {
        let expires_on = known(self.end()?);
        let (norm, mark) = (rule.norm(), rule.mark());
        self.steps.push(LimitationStep { on, rule, norm, mark, effect, expires_on });
        Ok(())
    }
}

pub(super) fn known(day: NaiveDate) -> Option<NaiveDate> {
    (day != OPEN).then_some(day)
}

pub(super) fn end_of_year(year: i32) -> Result<NaiveDate, LawError> {
    let last = NaiveDate::from_ymd_opt(year, 12, 31);
    let last = last.ok_or(LawError::from(Refusal::DateOutOfRange))?;
    // A date at the rim of the calendar could not carry a period of years.
    add_months(last, 12).map(|_| last)
}
