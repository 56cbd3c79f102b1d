//! Rows as the contract writes them.

use kulanz_proto::convert::timestamp;
use kulanz_proto::payments::v1::{self, ArrangementState, BankEntryState};
use kulanz_types::Money;

use crate::app::options::Transfer;
use crate::app::quotes::wire_kind;
use crate::domain::arrangement::{self, Instalment};
use crate::domain::promise;
use crate::error::Error;
use crate::store::arrangement::Stored;
use crate::store::bank_entry::{Details, Model as EntryRow, state};
use crate::store::payment::{self, Model as PaymentRow};
use crate::store::promise::Stored as StoredPromise;
use crate::store::quote::{Model as QuoteRow, OfferedOption};
use crate::store::{codes, money};

/// A transfer that pays one claim.
pub fn payment_option(transfer: Transfer) -> v1::PaymentOption {
    let bank_transfer = v1::BankTransfer {
        holder: transfer.account.holder,
        iban: transfer.account.iban.to_string(),
        bic: transfer.account.bic,
        reference: transfer.reference.to_string(),
        amount: Some(transfer.amount.into()),
        epc_qr_payload: transfer.epc_payload,
    };
    v1::PaymentOption {
        claim_id: transfer.claim.to_string(),
        amount: Some(transfer.amount.into()),
        method: Some(v1::payment_option::Method::BankTransfer(bank_transfer)),
    }
}

/// A payment.
pub fn payment(row: &PaymentRow) -> Result<v1::Payment, Error> {
    let state = match row.state.as_str() {
        payment::REVERSED => v1::PaymentState::Reversed,
        _ => v1::PaymentState::Received,
    };
    Ok(v1::Payment {
        payment_id: row.payment_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        amount: Some(money(row.amount, &row.currency)?.into()),
        state: state.into(),
        value_date: Some(row.value_on.into()),
        method: row.method.clone(),
        create_time: Some(timestamp(row.created_at)),
        redirect_url: String::new(),
    })
}

/// An offer.
pub fn quote(row: &QuoteRow) -> Result<v1::Quote, Error> {
    Ok(v1::Quote {
        quote_id: row.quote_id.clone(),
        claim_id: row.claim_id.clone(),
        kind: wire_kind(codes::read_kind(&row.kind)?).into(),
        options: row.offered()?.into_iter().map(option).collect(),
        cost_notice: row.cost_notice.clone(),
        cost_notice_hash: row.cost_notice_hash.clone(),
        valid_until: Some(timestamp(row.valid_until)),
        cost_notice_confirmed: row.notice_confirmed_at.is_some(),
        refusal: row.refusal.clone(),
    })
}

fn option(option: OfferedOption) -> v1::QuoteOption {
    let schedule = option.dues.iter().map(|due| v1::ScheduledAmount {
        due_date: Some(due.due_on.into()),
        amount: Some(due.amount.into()),
    });
    v1::QuoteOption {
        schedule: schedule.collect(),
        option_id: option.id,
        total: Some(option.total.into()),
        arrangement_cost: Some(Money::zero(option.total.currency()).into()),
        interest: Some(option.added_interest.into()),
        reasons: option.reasons,
        counterfactual: option.counterfactual,
        rate: Some(option.instalment.into()),
    }
}

/// An arrangement.
pub fn arrangement(stored: &Stored) -> Result<v1::Arrangement, Error> {
    let row = &stored.row;
    let state = match stored.arrangement.state {
        arrangement::ArrangementState::Active => ArrangementState::Active,
        arrangement::ArrangementState::Overdue => ArrangementState::Overdue,
        arrangement::ArrangementState::Completed => ArrangementState::Completed,
        arrangement::ArrangementState::Broken => ArrangementState::Broken,
        arrangement::ArrangementState::Ended => ArrangementState::Ended,
    };
    Ok(v1::Arrangement {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        kind: wire_kind(codes::read_kind(&row.kind)?).into(),
        state: state.into(),
        instalments: stored.arrangement.instalments.iter().map(instalment).collect(),
        total: Some(money(row.total, &row.currency)?.into()),
        arrangement_cost: Some(money(row.arrangement_cost, &row.currency)?.into()),
        accepted_at: Some(timestamp(row.accepted_at)),
        quote_id: row.quote_id.clone(),
        payment_reference: row.payment_reference.clone(),
        etag: row.version.to_string(),
    })
}

fn instalment(one: &Instalment) -> v1::Instalment {
    let state = match one.state {
        arrangement::InstalmentState::Open => v1::InstalmentState::Open,
        arrangement::InstalmentState::Paid => v1::InstalmentState::Paid,
        arrangement::InstalmentState::Missed => v1::InstalmentState::Missed,
        arrangement::InstalmentState::Skipped => v1::InstalmentState::Skipped,
    };
    v1::Instalment {
        instalment_id: one.id.to_string(),
        number: one.number,
        due_date: Some(one.due_on.into()),
        amount: Some(one.amount.into()),
        paid: Some(one.paid.into()),
        state: state.into(),
    }
}

/// A promise. One that lost its meaning is neither open nor kept nor broken: it has no state.
pub fn promise(stored: &StoredPromise) -> v1::Promise {
    let state = match stored.promise.state {
        promise::PromiseState::Created => v1::PromiseState::Open,
        promise::PromiseState::Kept => v1::PromiseState::Kept,
        promise::PromiseState::Expired => v1::PromiseState::Broken,
        promise::PromiseState::Invalidated => v1::PromiseState::Unspecified,
    };
    v1::Promise {
        promise_id: stored.row.promise_id.clone(),
        claim_id: stored.row.claim_id.clone(),
        amount: Some(stored.promise.amount.into()),
        promised_date: Some(stored.promise.promised_on.into()),
        state: state.into(),
        made_at: Some(timestamp(stored.row.made_at)),
    }
}

/// An entry; its personal part only where `details` are given.
pub fn bank_entry(
    row: &EntryRow,
    details: &Details,
    is_duplicate: bool,
) -> Result<v1::BankEntry, Error> {
    let state = match (is_duplicate, row.state.as_str()) {
        (true, _) => BankEntryState::Duplicate,
        (_, state::MATCHED) => BankEntryState::Matched,
        (_, state::RETURNED) => BankEntryState::Returned,
        (_, state::IGNORED) => BankEntryState::Ignored,
        _ => BankEntryState::Unmatched,
    };
    let tail = details.iban.len().saturating_sub(4);
    Ok(v1::BankEntry {
        bank_entry_id: row.bank_entry_id.clone(),
        amount: Some(money(row.amount, &row.currency)?.into()),
        booking_date: Some(row.booked_on.into()),
        value_date: Some(row.value_on.into()),
        state: state.into(),
        claim_id: row.claim_id.clone().unwrap_or_default(),
        payment_id: row.payment_id.clone().unwrap_or_default(),
        match_rule: row.match_rule.clone(),
        remittance_text: details.text.clone(),
        counterparty_name: details.name.clone(),
        counterparty_iban_tail: details.iban.get(tail..).unwrap_or_default().to_owned(),
    })
}
