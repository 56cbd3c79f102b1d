//! Ways to pay, payments, the ledger.

use kulanz_chassis::{Answer, Caller, answer, parse_field, status};
use kulanz_proto::payments::v1;
use kulanz_types::{ClaimId, Currency, PaymentId};
use tonic::Request;

use super::fields::Fields;
use super::wire;
use crate::app::{Desk, options, reads};
use crate::domain::ledger::TrialBalance;
use crate::error::Error;

/// Most claims of one question.
const MOST_CLAIMS: usize = 50;

pub async fn list_options(
    desk: &Desk,
    request: Request<v1::ListPaymentOptionsRequest>,
) -> Answer<v1::ListPaymentOptionsResponse> {
    let caller = Caller::of(&request)?;
    let claims = claim_ids(&request.get_ref().claim_ids).map_err(status)?;
    let transfers = options::list(desk, caller.tenant()?, &caller, &claims).await;
    answer(transfers.map(|transfers| v1::ListPaymentOptionsResponse {
        options: transfers.into_iter().map(wire::payment_option).collect(),
    }))
}

fn claim_ids(ids: &[String]) -> Result<Vec<ClaimId>, Error> {
    let mut fields = Fields::default();
    let in_range = (1..=MOST_CLAIMS).contains(&ids.len());
    fields.require(in_range, "claim_ids", "must name 1 to 50 claims");
    let read = |(index, id): (usize, &String)| fields.id(&format!("claim_ids[{index}]"), id);
    let claims = ids.iter().enumerate().map(read).collect();
    fields.finish(claims)
}

pub async fn get(
    desk: &Desk,
    request: Request<v1::GetPaymentRequest>,
) -> Answer<v1::GetPaymentResponse> {
    let caller = Caller::of(&request)?;
    let id = payment_id(&request.get_ref().payment_id).map_err(status)?;
    let row = reads::find_payment(desk, caller.tenant()?, &caller, id).await;
    let payment = row.and_then(|row| wire::payment(&row));
    answer(payment.map(|payment| v1::GetPaymentResponse { payment: Some(payment) }))
}

fn payment_id(text: &str) -> Result<PaymentId, Error> {
    parse_field("payment_id", text).map_err(Error::Invalid)
}

pub async fn trial_balance(
    desk: &Desk,
    request: Request<v1::GetTrialBalanceRequest>,
) -> Answer<v1::GetTrialBalanceResponse> {
    let caller = Caller::of(&request)?;
    let request = request.get_ref();
    let mut fields = Fields::default();
    let as_of = fields.date("as_of", request.as_of.as_ref());
    let currency = match request.currency_code.as_str() {
        "" => Some(Currency::EUR),
        code => fields.id("currency_code", code),
    };
    let currency = fields.finish(currency).map_err(status)?;
    let trial = reads::trial_balance(desk, caller.tenant()?, (currency, as_of)).await;
    answer(trial.and_then(|trial| balances(&trial)))
}

fn balances(trial: &TrialBalance) -> Result<v1::GetTrialBalanceResponse, Error> {
    let mut accounts = Vec::new();
    for (account, line) in trial.accounts() {
        accounts.push(v1::AccountBalance {
            account: account.code(),
            debit: Some(line.debits.into()),
            credit: Some(line.credits.into()),
            balance: Some(line.balance()?.into()),
        });
    }
    accounts.sort_by(|one, other| one.account.cmp(&other.account));
    let totals = trial.totals()?;
    Ok(v1::GetTrialBalanceResponse {
        accounts,
        total_debit: Some(totals.debits.into()),
        total_credit: Some(totals.credits.into()),
    })
}
