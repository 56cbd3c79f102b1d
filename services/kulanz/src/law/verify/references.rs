use kulanz_types::epc::{CreditTransfer, Remittance, Version, payload};
use kulanz_types::{CreditorReference, Iban, Money};
use serde_json::{Value, json};

use super::Case;
use super::error::Fault;

pub(super) fn creditor_reference(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    if input.has("rf") {
        input.only(&["rf"])?;
        return Ok(json!({ "valid": input.text("rf")?.parse::<CreditorReference>().is_ok() }));
    }
    input.only(&["reference"])?;
    Ok(match CreditorReference::from_body(input.text("reference")?) {
        Ok(reference) => json!({ "rf": reference.as_str(), "valid": true }),
        Err(_) => json!({ "valid": false }),
    })
}

pub(super) fn epc_code(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    input.only(&["version", "bic", "name", "iban", "amount", "reference", "text"])?;
    let version = match input.text("version")? {
        "001" => Version::V001,
        "002" => Version::V002,
        _ => return Err(input.invalid("version", "001 or 002")),
    };
    let amount: Option<Money> =
        if input.text("amount")?.is_empty() { None } else { Some(input.money("amount")?) };
    let (reference, text) = (input.text("reference")?, input.text("text")?);
    let parsed: CreditorReference;
    let remittance = match (reference, text) {
        ("", "") => Remittance::Open,
        ("", text) => Remittance::Text(text),
        (_, "") => {
            parsed = input.parsed("reference", "a creditor reference (ISO 11649)")?;
            Remittance::Reference(&parsed)
        }
        _ => return Err(input.invalid("text", "empty where there is a reference")),
    };
    let iban: Iban = input.parsed("iban", "an IBAN")?;
    let bic = Some(input.text("bic")?).filter(|bic| !bic.is_empty());
    let holder = input.text("name")?;
    let code = payload(&CreditTransfer { version, holder, iban, bic, amount, remittance });
    // What the format refuses, no banking app reads.
    let code = code.map_err(|_| input.invalid("name", "part of a code that EPC069-12 allows"))?;
    Ok(json!({ "bytes": code.len(), "payload": code }))
}
