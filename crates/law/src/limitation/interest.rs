use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use kulanz_types::calendar::next_working_day;
use serde::Serialize;

use super::event::{LimitationEvent, LimitationFacts, LimitationStart};
use super::timeline::{
    LimitationEffect, LimitationStep, LimitationTimeline, end_of_year, limitation,
};
use crate::{LawError, Rule};

/// The limitation of one year's interest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterestYear {
    /// The year in which the interest fell due.
    pub year: i32,
    /// Whether it fell due after the title (§ 197 Abs. 2 BGB); the year of the title has both.
    pub after_title: bool,
    /// When it is barred.
    pub timeline: LimitationTimeline,
}

/// When the interest of each year is barred: its own three years from the end of that year, the same
/// facts as the main claim, and never later than the main claim (§ 217 BGB). What falls due after a title
/// is barred after three years again, except with consumer loans (§ 197 Abs. 2, § 497 Abs. 3 S. 4 BGB).
pub fn limitation_of_interest(
    main: &LimitationFacts,
    years: RangeInclusive<i32>,
    consumer_loan: bool,
) -> Result<Vec<InterestYear>, LawError> {
    let whole = limitation(main)?;
    let titled = titled_on(main);
    let mut found = Vec::new();
    for year in years {
        for after_title in [false, true] {
            let exists = match (titled, after_title) {
                (None, after) => !after,
                (Some(day), false) => year <= day.year(),
                (Some(day), true) => year >= day.year(),
            };
            if exists {
                let facts = of_year(main, year, after_title, consumer_loan)?;
                let timeline = with_main_claim(limitation(&facts)?, &whole, main);
                found.push(InterestYear { year, after_title, timeline });
            }
        }
    }
    Ok(found)
}

fn titled_on(main: &LimitationFacts) -> Option<NaiveDate> {
    if let LimitationStart::Title { final_on } = main.start {
        return Some(final_on);
    }
    main.events.iter().find_map(|event| match event {
        LimitationEvent::Title { final_on } => Some(*final_on),
        _ => None,
    })
}

fn of_year(
    main: &LimitationFacts,
    year: i32,
    after_title: bool,
    consumer_loan: bool,
) -> Result<LimitationFacts, LawError> {
    let due = end_of_year(year)?;
    let mut facts = main.clone();
    if after_title {
        facts.start = LimitationStart::TitleInterest { year, consumer_loan };
        // The title speaks of what was due before it, and the loan's suspension ended with it.
        facts.events.retain(|event| {
            !matches!(
                event,
                LimitationEvent::Title { .. } | LimitationEvent::ConsumerLoanDefault { .. }
            )
        });
    } else if !matches!(main.start, LimitationStart::Title { .. }) {
        facts.start = LimitationStart::Ordinary { arose: due, known: due };
    }
    Ok(facts)
}

/// § 217 BGB.
fn with_main_claim(
    mut own: LimitationTimeline,
    whole: &LimitationTimeline,
    main: &LimitationFacts,
) -> LimitationTimeline {
    let Some(last) = whole.expires_on else { return own };
    if own.expires_on.is_some_and(|day| day <= last) {
        return own;
    }
    let rule = Rule::SideClaimLimitation;
    own.expires_on = Some(last);
    own.last_timely_filing = Some(next_working_day(last, main.state));
    own.steps.push(LimitationStep {
        on: last,
        rule,
        norm: rule.norm(),
        mark: rule.mark(),
        effect: LimitationEffect::WithMainClaim,
        expires_on: Some(last),
    });
    own
}
