use kulanz_law::{
    CostTerms, FeeRate, LawError, Rule, RvgTable, collection_costs, total_of, value_added_tax,
};
use serde_json::{Value, json};

use super::Case;
use super::error::Fault;
use super::fields::{Fields, shown};

pub(super) fn fee(case: &Case<'_>) -> Result<Value, Fault> {
    case.input.only(&["table", "value"])?;
    let fee = table(&case.input)?.fee(case.input.money("value")?);
    Ok(json!({ "fee_1_0": shown(fee) }))
}

pub(super) fn collection(case: &Case<'_>) -> Result<Value, Fault> {
    let input = case.input;
    input.only(&["table", "value", "rate_2300", "instalment_agreement", "vat_percent"])?;
    let value = input.money("value")?;
    let rate: FeeRate = input.parsed("rate_2300", "a fee rate such as 0.9")?;
    let percent: u8 = input.parsed("vat_percent", "whole per cent")?;
    // A case gives its rate; that a rate above 0.9 has its reason is not part of the file.
    let terms = CostTerms {
        difficult: true,
        agreement: input.flag("instalment_agreement")?,
        ..CostTerms::uncontested(value, table(&input)?.an_order(), rate)
    };
    computed(&terms, percent).map_err(|error| input.refused(error))
}

fn computed(terms: &CostTerms, percent: u8) -> Result<Value, LawError> {
    let lines = collection_costs(terms)?;
    let net = total_of(terms.value, &lines)?;
    let tax = value_added_tax(net, terms.ordered, percent).amount;
    let mut found = json!({
        "net": shown(net),
        "vat19": shown(tax),
        "gross": shown(net.checked_add(tax)?),
    });
    for line in &lines {
        let name = match line.rule {
            Rule::AgreementFee => "fee_1000_2",
            Rule::Expenses => "flat_7002",
            _ => "fee_2300",
        };
        found[name] = shown(line.amount);
    }
    Ok(found)
}

fn table(input: &Fields<'_>) -> Result<&'static RvgTable, Fault> {
    let known = RvgTable::named(input.text("table")?);
    known.ok_or_else(|| input.invalid("table", "a version of the fee table: 2021 or 2025"))
}
