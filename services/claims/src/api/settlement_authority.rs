//! The call that payments asks before it offers to settle for less.

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{optional, required};
use kulanz_types::{Money, berlin_date};

use super::Api;
use super::claims::claim_id;
use super::who::Who;
use crate::app::settlement_authority::allows;
use crate::domain::settlement_authority::SettlementRule;
use crate::error::Error;

/// Whether a claim may be settled for less.
pub async fn check(
    api: &Api,
    who: Who,
    request: wire::CheckSettlementRequest,
) -> Result<wire::CheckSettlementResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    let amount: Option<Money> = violations.parse("amount", required(request.amount));
    let positive = amount.is_none_or(Money::is_positive);
    violations.require(positive, "amount", "must be above zero");
    let pay_by: Option<NaiveDate> = violations.parse("pay_by", optional(request.pay_by)).flatten();
    let today = berlin_date(api.store.clock().now());
    violations.require(pay_by.is_none_or(|day| day >= today), "pay_by", "lies in the past");
    violations.into_result()?;
    let Some(amount) = amount else { return Err(Error::field("amount", "is required")) };
    let work = api.store.begin(who.tenant).await?;
    let (verdict, open_total) = allows(&work, claim_id, amount, pay_by).await?;
    Ok(wire::CheckSettlementResponse {
        allowed: verdict.rule.is_none(),
        floor: verdict.floor.map(Into::into),
        open_total: Some(open_total.into()),
        rule_id: verdict.rule.map_or("", SettlementRule::id).to_owned(),
    })
}
