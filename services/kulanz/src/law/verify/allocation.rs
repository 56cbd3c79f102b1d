use chrono::NaiveDate;
use kulanz_law::{AllocationRule, LawError, OpenClaim, Parts, Percent, allocate, allocate_across};
use kulanz_types::{Currency, Money};
use serde_json::{Map, Value, json};

use super::Case;
use super::error::Fault;
use super::fields::{Fields, money, shown};

pub(super) fn compute(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    match input.text("rule")? {
        "367" => within(&input, AllocationRule::CostsInterestPrincipal),
        "497(3)" => within(&input, AllocationRule::ConsumerLoan),
        "366(2) pro rata" => pro_rata(&input),
        "366(2)" => ranked(&input),
        _ => Err(input.invalid("rule", "367, 497(3), 366(2) or 366(2) pro rata")),
    }
}

fn within(input: &Fields<'_>, rule: AllocationRule) -> Result<Value, Fault> {
    input.only(&["rule", "payment", "costs", "interest", "principal"])?;
    let open = Parts {
        costs: input.money("costs")?,
        interest: input.money("interest")?,
        principal: input.money("principal")?,
    };
    let done = allocate(input.money("payment")?, open, rule);
    let done = done.map_err(|error| input.refused(error))?;
    Ok(json!({
        "allocated": parts(done.allocated),
        "remaining": parts(done.remaining),
        "overpayment": shown(done.overpayment),
    }))
}

fn parts(parts: Parts) -> Value {
    json!({
        "costs": shown(parts.costs),
        "interest": shown(parts.interest),
        "principal": shown(parts.principal),
    })
}

/// Claims that are equal in everything but the amount.
fn pro_rata(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["rule", "payment", "claims"])?;
    let day = NaiveDate::default();
    let mut claims = Vec::new();
    for (id, amount) in input.object("claims")? {
        let amount = amount.as_str().and_then(money);
        let amount =
            amount.ok_or_else(|| input.invalid("claims", "amounts with two decimals by id"))?;
        claims.push(claim(id, amount, (day, day), false, Percent::default()));
    }
    spread(input, day, &claims)
}

fn ranked(input: &Fields<'_>) -> Result<Value, Fault> {
    input.only(&["rule", "payment", "at", "claims"])?;
    let mut claims = Vec::new();
    for given in input.list("claims")? {
        let given = input.inner("in.claims", given)?;
        given.only(&["id", "amount", "arisen", "due", "secured", "rate"])?;
        let days = (given.date("arisen")?, given.date("due")?);
        let (amount, rate) = (given.money("amount")?, given.percent("rate")?);
        claims.push(claim(given.text("id")?, amount, days, given.flag("secured")?, rate));
    }
    spread(input, input.date("at")?, &claims)
}

fn claim(
    id: &str,
    amount: Money,
    (arose, due): (NaiveDate, NaiveDate),
    secured: bool,
    rate: Percent,
) -> OpenClaim<&str, ()> {
    OpenClaim {
        id,
        creditor: (),
        open: Parts { principal: amount, ..Parts::zero(Currency::EUR) },
        rule: AllocationRule::default(),
        arose,
        due,
        secured,
        titled: false,
        rate,
    }
}

fn spread(
    input: &Fields<'_>,
    at: NaiveDate,
    claims: &[OpenClaim<&str, ()>],
) -> Result<Value, Fault> {
    let payment = input.money("payment")?;
    let shares = || -> Result<Map<String, Value>, LawError> {
        let zero =
            |claim: &OpenClaim<&str, ()>| (claim.id.to_owned(), shown(Money::zero(Currency::EUR)));
        let mut received: Map<String, Value> = claims.iter().map(zero).collect();
        for share in allocate_across(payment, at, None, claims)?.shares {
            let amount = shown(share.allocation.allocated.total()?);
            received.insert(share.id.to_owned(), amount);
        }
        Ok(received)
    };
    let received = shares().map_err(|error| input.refused(error))?;
    Ok(json!({ "allocated": received }))
}
