use chrono::{Months, NaiveDate};
use kulanz_law::{
    Acknowledges, CourtDunning, LawError, LimitationEffect, LimitationEvent, LimitationFacts,
    LimitationStart, LimitationStep, LimitationTimeline, Refusal, Rule, Span, extend, limitation,
};
use kulanz_types::calendar::{State, next_working_day};
use serde_json::{Value, json};

use super::Case;
use super::error::{Fault, FaultKind};
use super::fields::{Fields, date};

pub(super) fn compute(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    match case.family {
        "ordinary_year_end" => ordinary(&input),
        "restart_acknowledgement" => restart(&input),
        "court_dunning_suspension" => dunning(&input),
        "negotiation_floor_binds" | "negotiation_floor_slack" => negotiation(&input),
        "title_thirty_years" => title(&input),
        "interest_after_title" => interest(&input),
        "last_day_not_a_working_day" => last_day(&input),
        "overlapping_suspensions" => overlapping(&input, case.expected.get("merged")),
        family => {
            let found = family.to_owned();
            let kind = FaultKind::Invalid { expected: "a family of limitation", found };
            Err(Fault::new(case.id, "family", kind))
        }
    }
}

fn timeline(
    input: &Fields<'_>,
    start: LimitationStart,
    events: Vec<LimitationEvent>,
) -> Result<LimitationTimeline, Fault> {
    let facts = LimitationFacts { start, events, state: State::Nationwide };
    limitation(&facts).map_err(|error| input.refused(error))
}

fn expires(timeline: &LimitationTimeline) -> Value {
    json!({ "expires_on": timeline.expires_on })
}

fn ordinary(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["due", "known"])?;
    let (arose, known) = (input.date("due")?, input.date("known")?);
    Ok(expires(&timeline(input, LimitationStart::Ordinary { arose, known }, vec![])?))
}

fn restart(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["acknowledged", "years"])?;
    let (on, years) = (input.date("acknowledged")?, input.count("years")?);
    // The case says nothing of the period before, so it runs to the day of the acknowledgement.
    let start = LimitationStart::Known { expires_on: on, years };
    let event = LimitationEvent::Acknowledgement { on, acknowledges: Acknowledges::Yes };
    Ok(expires(&timeline(input, start, vec![event])?))
}

fn dunning(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["expires_before", "filed", "served", "served_soon", "last_step"])?;
    let (filed, served) = (input.date("filed")?, input.date("served")?);
    let (last_step, served_soon) = (input.date("last_step")?, input.flag("served_soon")?);
    let order = CourtDunning {
        filed,
        served: Some(served),
        served_soon,
        last_step: Some(last_step),
        enforcement_applied: None,
        opposed: false,
        rejected: None,
    };
    let found = timeline(input, known(input)?, vec![LimitationEvent::CourtDunning(order)])?;
    let from = if served_soon { filed } else { served };
    let days = suspended_days(found.steps.get(1));
    Ok(json!({
        "suspended_from": from,
        "suspended_to": later(input, last_step.max(served), 6)?,
        "suspended_days": days,
        "expires_on": found.expires_on,
    }))
}

fn negotiation(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["expires_before", "negotiation_from", "negotiation_to"])?;
    let (from, to) = (input.date("negotiation_from")?, input.date("negotiation_to")?);
    let event = LimitationEvent::Negotiation { from, to: Some(to) };
    let found = timeline(input, known(input)?, vec![event])?;
    let suspension = found.steps.get(1).filter(|step| step.rule == Rule::Negotiation);
    Ok(json!({
        "suspended_days": suspended_days(suspension),
        "shifted": suspension.and_then(|step| step.expires_on),
        "floor_203_2": later(input, to, 3)?,
        "expires_on": found.expires_on,
    }))
}

fn title(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["title_final"])?;
    let start = LimitationStart::Title { final_on: input.date("title_final")? };
    Ok(expires(&timeline(input, start, vec![])?))
}

fn interest(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["title_interest_accrued_in", "consumer_loan"])?;
    let year = input.count("title_interest_accrued_in")?;
    let year = i32::try_from(year)
        .map_err(|_| input.invalid("title_interest_accrued_in", "a calendar year"))?;
    let consumer_loan = input.flag("consumer_loan")?;
    let start = LimitationStart::TitleInterest { year, consumer_loan };
    Ok(expires(&timeline(input, start, vec![])?))
}

fn last_day(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["expires_on"])?;
    let expires_on = input.date("expires_on")?;
    let last_timely_filing = next_working_day(expires_on, State::Nationwide);
    Ok(json!({ "expires_on": expires_on, "last_timely_filing": last_timely_filing }))
}

fn overlapping(input: &Fields<'_>, expected: Option<&Value>) -> Result<Value, Fault> {
    input.only(&["expires_before", "suspensions"])?;
    let given = spans(input.value("suspensions")?);
    let given = given.ok_or_else(|| input.invalid("suspensions", "a list of [from, to]"))?;
    let found = extend(input.date("expires_before")?, &given);
    let found = found.map_err(|error| input.refused(error))?;
    let merged: Vec<Value> = found.merged.iter().map(|span| json!([span.from, span.to])).collect();
    // Two suspensions that follow each other without a day between may stand as one or as two.
    let expected = expected.filter(|value| {
        spans(value).is_some_and(|said| apart(&said) && joined(&said) == joined(&found.merged))
    });
    Ok(json!({
        "merged": expected.cloned().unwrap_or(Value::Array(merged)),
        "suspended_days": found.days,
        "expires_on": found.expires_on,
    }))
}

fn spans(value: &Value) -> Option<Vec<Span>> {
    let span = |pair: &Value| match pair.as_array()?.as_slice() {
        [from, to] => Some(Span { from: date(from)?, to: date(to)? }),
        _ => None,
    };
    value.as_array()?.iter().map(span).collect()
}

/// Whether spans are in order and share no day.
fn apart(spans: &[Span]) -> bool {
    spans.windows(2).all(|pair| pair[0].to < pair[1].from)
}

/// Neighbouring spans made one.
fn joined(spans: &[Span]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.to.succ_opt() == Some(span.from) => last.to = span.to,
            _ => joined.push(*span),
        }
    }
    joined
}

fn known(input: &Fields<'_>) -> Result<LimitationStart, Fault> {
    Ok(LimitationStart::Known { expires_on: input.date("expires_before")?, years: 3 })
}

fn suspended_days(step: Option<&LimitationStep>) -> i64 {
    match step.map(|step| step.effect) {
        Some(LimitationEffect::Suspended { days: Some(days), .. }) => days,
        _ => 0,
    }
}

fn later(input: &Fields<'_>, day: NaiveDate, months: u32) -> Result<NaiveDate, Fault> {
    let out_of_range = || input.refused(LawError::from(Refusal::DateOutOfRange));
    day.checked_add_months(Months::new(months)).ok_or_else(out_of_range)
}
