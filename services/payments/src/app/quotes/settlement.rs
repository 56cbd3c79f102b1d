//! An offer to settle a claim for less, within what its creditor allows.

use kulanz_types::Money;

use super::quote::QuoteWish;
use crate::app::Desk;
use crate::app::claims::{Owed, authority};
use crate::domain::plan::Kind;
use crate::domain::settlement::{NoSettlement, PayBy, Settlement, offer};
use crate::error::Error;
use crate::store::quote::{OfferedDue, OfferedOption};
use kulanz_types::TenantId;

/// What an offer consists of.
pub struct Terms {
    /// What may be chosen.
    pub options: Vec<OfferedOption>,
    /// What it costs; empty without an option.
    pub cost_notice: String,
    /// Why there is no option; empty otherwise.
    pub refusal: String,
}

/// The terms of a settlement, where one is wished: claims is asked, outside any transaction.
pub async fn terms(
    desk: &Desk,
    tenant: TenantId,
    owed: &Owed,
    wish: &QuoteWish,
) -> Result<Option<Terms>, Error> {
    if wish.wish.kind != Kind::Settlement {
        return Ok(None);
    }
    if !owed.total.is_positive() {
        return Ok(Some(refused(NoSettlement::NothingOpen, wish)));
    }
    let pay_by = PayBy::of(wish.wish.first_date, owed.debt.as_of);
    let wished = wish.wish.down_payment;
    let asked = (wished.unwrap_or(owed.total), pay_by.day);
    let authority = authority(&desk.clients, tenant, owed.parties.claim, asked).await?;
    Ok(Some(match offer(&authority, wished, pay_by)? {
        Ok(settlement) => offered(&settlement, authority.open, wish),
        Err(reason) => refused(reason, wish),
    }))
}

fn offered(settlement: &Settlement, open: Money, wish: &QuoteWish) -> Terms {
    let (amount, language) = (settlement.amount, wish.language);
    let option = OfferedOption {
        id: "a".to_owned(),
        dues: vec![OfferedDue { due_on: settlement.pay_by.day, amount }],
        instalment: amount,
        total: amount,
        added_interest: Money::zero(amount.currency()),
        reasons: settlement.reasons(language),
        counterfactual: settlement.counterfactual(language),
    };
    let cost_notice = settlement.cost_notice(open, language);
    Terms { options: vec![option], cost_notice, refusal: String::new() }
}

fn refused(reason: NoSettlement, wish: &QuoteWish) -> Terms {
    let refusal = reason.text(wish.language).to_owned();
    Terms { options: Vec::new(), cost_notice: String::new(), refusal }
}
