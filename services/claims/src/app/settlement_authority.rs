//! Whether a claim may be settled for less.

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money};

use super::account::balance;
use super::{creditors, today};
use crate::domain::agency::CreditorProfile;
use crate::domain::lifecycle::ClaimState;
use crate::domain::settlement_authority::{Proposal, Verdict, check};
use crate::error::Error;
use crate::store::claim;

/// What the creditor says, and what is open on the day by which would be paid. Changes nothing.
pub async fn allows(
    work: &Work,
    claim_id: ClaimId,
    amount: Money,
    pay_by: Option<NaiveDate>,
) -> Result<(Verdict, Money), Error> {
    let claim = claim::find(work, claim_id).await?.ok_or_else(|| Error::not_found(claim_id))?;
    if amount.currency() != claim.currency()? {
        return Err(Error::field("amount", "must be in the currency of the claim"));
    }
    let creditor = creditors::get(work, claim.creditor_id.parse()?).await?;
    let profile: CreditorProfile = serde_json::from_str(&creditor.profile)?;
    let open_total = balance(&claim, pay_by.unwrap_or(today(work)))?.total;
    let state = claim.state()?;
    let proposal = Proposal {
        amount,
        open_total,
        due: claim.due_date,
        today: today(work),
        closed: state.is_closed(),
        disputed: matches!(state, ClaimState::Disputed),
    };
    Ok((check(profile.settlement.as_ref(), &proposal), open_total))
}
