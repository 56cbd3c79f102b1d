//! One `TxDtls`: references, counterparty, remittance information, return reason.

use kulanz_types::{Currency, Money};

use super::error::CamtError;
use super::statement::{Counterparty, Direction, Transaction};
use super::tree::Element;
use super::value;

/// Reads a transaction below an entry of that direction and currency.
pub fn read(
    element: &Element,
    entry: Direction,
    currency: Currency,
) -> Result<Transaction, CamtError> {
    let direction = element.child("CdtDbtInd").map(value::direction).transpose()?;
    let text = |path: &[&str]| element.text_at(path).map(str::to_owned);
    let own_amount = element.child("Amt").or_else(|| element.path(&["AmtDtls", "TxAmt", "Amt"]));
    Ok(Transaction {
        amount: amount_in(own_amount, currency)?,
        direction,
        instructed: amount_in(element.path(&["AmtDtls", "InstdAmt", "Amt"]), currency)?,
        charges: charges(element, currency)?,
        end_to_end_id: text(&["Refs", "EndToEndId"]).filter(|id| id != "NOTPROVIDED"),
        transaction_id: text(&["Refs", "TxId"]).or_else(|| text(&["Refs", "AcctSvcrRef"])),
        mandate_id: text(&["Refs", "MndtId"]),
        counterparty: counterparty(element, direction.unwrap_or(entry)),
        structured_references: structured(element),
        remittance_text: texts(element.child("RmtInf"), "Ustrd"),
        return_reason: return_reason(element),
    })
}

/// An amount in the account's currency; others (what the payer ordered abroad) say nothing here.
fn amount_in(element: Option<&Element>, currency: Currency) -> Result<Option<Money>, CamtError> {
    element
        .filter(|amount| amount.currency.as_deref() == Some(currency.code()))
        .map(|amount| value::amount(amount, currency))
        .transpose()
}

/// `Chrgs/Amt` up to .02, `Chrgs/Rcrd/Amt` since.
fn charges(element: &Element, currency: Currency) -> Result<Option<Money>, CamtError> {
    let mut sum: Option<i64> = None;
    for charge in element.all("Chrgs") {
        let amounts = charge.all("Rcrd").chain([charge]).filter_map(|item| item.child("Amt"));
        for amount in amounts {
            if let Some(amount) = amount_in(Some(amount), currency)? {
                sum = Some(sum.unwrap_or(0).saturating_add(amount.minor_units()));
            }
        }
    }
    Ok(sum.map(|minor| Money::new(currency, minor)))
}

/// Money that came in has a debtor at the other end, money that went out a creditor.
fn counterparty(element: &Element, direction: Direction) -> Counterparty {
    let (party, account) = match direction {
        Direction::Credit => ("Dbtr", "DbtrAcct"),
        Direction::Debit => ("Cdtr", "CdtrAcct"),
    };
    let name = element
        .text_at(&["RltdPties", party, "Pty", "Nm"])
        .or_else(|| element.text_at(&["RltdPties", party, "Nm"]));
    let iban = element.text_at(&["RltdPties", account, "Id", "IBAN"]);
    Counterparty { name: name.map(str::to_owned), iban: iban.and_then(|text| text.parse().ok()) }
}

fn structured(element: &Element) -> Vec<String> {
    let information = element.child("RmtInf");
    let blocks = information.into_iter().flat_map(|information| information.all("Strd"));
    blocks.filter_map(|block| block.text_at(&["CdtrRefInf", "Ref"])).map(str::to_owned).collect()
}

fn texts(parent: Option<&Element>, name: &str) -> Vec<String> {
    let Some(parent) = parent else { return Vec::new() };
    parent.all(name).map(|element| element.text.clone()).collect()
}

/// `RtrInf/Rsn`: a code, a bank's own code, or a bare `RtrInf` of which nothing more is known.
fn return_reason(element: &Element) -> Option<String> {
    let information = element.child("RtrInf")?;
    let reason = information
        .text_at(&["Rsn", "Cd"])
        .or_else(|| information.text_at(&["Rsn", "Prtry"]))
        .or_else(|| information.text_at(&["RtrRsn", "Cd"]));
    Some(reason.unwrap_or("UNSPECIFIED").to_owned())
}
