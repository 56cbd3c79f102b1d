use chrono::NaiveDate;
use kulanz_law::{
    AllowanceRegion, AmountLine, Attachable, AttachmentGround, Earnings, Household, PayPeriod,
    Purpose,
};
use kulanz_types::Money;
use serde_json::{Value, json};

use super::Case;
use super::error::Fault;
use super::fields::{Fields, shown};

/// The allowances that the topic is about are those of 2026.
const ALLOWANCES_OF: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 1, 1);

pub(super) fn attachable(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    input.only(&["valid_from", "period", "net", "dependants"])?;
    let period = match input.text("period")? {
        "monthly" => PayPeriod::Monthly,
        "weekly" => PayPeriod::Weekly,
        "daily" => PayPeriod::Daily,
        _ => return Err(input.invalid("period", "monthly, weekly or daily")),
    };
    let earnings = Earnings {
        paid_on: input.date("valid_from")?,
        period,
        net: input.money("net")?,
        dependants: input.count("dependants")?,
        ground: AttachmentGround::Ordinary,
    };
    let found = kulanz_law::attachable(&earnings, Purpose::Posting);
    match found.map_err(|error| input.refused(error))? {
        Attachable::Amount(line) => {
            is_notice(&input, &line)?;
            Ok(json!({ "attachable": shown(line.amount) }))
        }
        Attachable::SetByCourt { .. } => Ok(json!({})),
    }
}

pub(super) fn protected_account(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    input.only(&["valid_from"])?;
    let found = kulanz_law::protected_account(input.date("valid_from")?, Purpose::Posting);
    let found = found.map_err(|error| input.refused(error))?;
    is_notice(&input, &found.monthly)?;
    Ok(json!({
        "monthly_protected": shown(found.monthly.amount),
        "christmas_bonus_850a_4": shown(found.christmas_bonus.amount),
    }))
}

/// `valid_from` names a notice by its first day, not a payout.
fn is_notice(input: &Fields<'_>, line: &AmountLine) -> Result<(), Fault> {
    if input.text("valid_from")? == line.version {
        return Ok(());
    }
    Err(input.invalid("valid_from", "the first day of a notice, such as 2026-07-01"))
}

pub(super) fn codified_instalment(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    input.only(&["net", "housing", "employed", "partner", "child_ages"])?;
    let age = |value: &Value| value.as_u64().and_then(|age| u32::try_from(age).ok());
    let ages: Option<Vec<u32>> = input.list("child_ages")?.iter().map(age).collect();
    let household = Household {
        on: ALLOWANCES_OF.unwrap_or_default(),
        region: AllowanceRegion::Federal,
        net: input.money("net")?,
        housing: input.money("housing")?,
        burdens: Money::eur(0),
        employed: input.flag("employed")?,
        partner: input.flag("partner")?,
        ages: ages.ok_or_else(|| input.invalid("child_ages", "a list of completed years"))?,
        earning: Vec::new(),
    };
    let found = kulanz_law::codified_instalment(&household, Purpose::Posting);
    let found = found.map_err(|error| input.refused(error))?;
    Ok(json!({
        "usable_income": shown(found.usable.amount),
        "instalment": shown(found.instalment.amount),
    }))
}
