//! The statements of § 13a Abs. 1 RDG from the claim account, the creditor and the agency.

use chrono::NaiveDate;
use kulanz_proto::claims::v1::{
    Contract, Creditor, Statement, StatementLine, StatementLineKind, Tenant,
};
use kulanz_types::{Currency, Money};

use super::refresh::lines;
use crate::domain::legal_pack::{Authority, ClaimNotice, CostItem, FirstNotice, Ground, Interest};
use crate::error::Error;

/// The authority that registers and supervises since 2025 (§ 13h RDG), for agencies that name it
/// without its address or contact.
const FEDERAL_OFFICE: [&str; 3] =
    ["Bundesamt für Justiz", "Adenauerallee 99-103, 53113 Bonn", "www.bundesjustizamt.de"];

/// A claim's statement with its creditor.
pub type Source = (Statement, Creditor);

/// The statements about these claims. What is missing stays empty: the validator refuses it.
pub fn first_notice(tenant: &Tenant, sources: &[Source]) -> Result<FirstNotice, Error> {
    Ok(FirstNotice {
        claims: sources.iter().map(claim_notice).collect::<Result<_, _>>()?,
        traced_address: None,
        authority: authority(&tenant.supervisory_authority),
    })
}

/// Splits what the agency states as one text: name first, a contact where one can be seen.
fn authority(text: &str) -> Authority {
    let mut parts = text.split([',', '\n', ';']).map(str::trim).filter(|part| !part.is_empty());
    let name = parts.next().unwrap_or_default();
    let is_contact =
        |part: &&str| part.contains('@') || part.contains("www.") || part.contains("://");
    let (contacts, address): (Vec<&str>, Vec<&str>) = parts.partition(is_contact);
    let mut authority = Authority {
        name: name.to_owned(),
        address: address.join(", "),
        contact: contacts.join(", "),
    };
    let [federal, seat, page] = FEDERAL_OFFICE;
    if name.contains(federal) {
        if authority.address.is_empty() {
            seat.clone_into(&mut authority.address);
        }
        if authority.contact.is_empty() {
            page.clone_into(&mut authority.contact);
        }
    }
    authority
}

fn claim_notice((statement, creditor): &Source) -> Result<ClaimNotice, Error> {
    let lines_of =
        |kind: StatementLineKind| statement.lines.iter().filter(move |line| line.kind() == kind);
    let principal = sum(lines_of(StatementLineKind::Principal))?;
    let interest: Vec<Interest> = lines_of(StatementLineKind::Interest)
        .map(|line| stretch(line, principal))
        .collect::<Result<_, _>>()?;
    let costs: Vec<CostItem> =
        lines_of(StatementLineKind::Cost).map(cost).collect::<Result<_, _>>()?;
    let above = lines_of(StatementLineKind::Interest)
        .find(|line| line.inputs.contains_key("statutory_rate"));
    Ok(ClaimNotice {
        reference: statement.reference.clone(),
        client_name: creditor.name.clone(),
        client_address: creditor
            .address
            .as_ref()
            .map(|at| lines(at).join(", "))
            .unwrap_or_default(),
        address_waiver: None,
        ground: ground(statement),
        principal,
        interest_total: sum(lines_of(StatementLineKind::Interest))?,
        above_statutory: above.is_some(),
        above_statutory_reason: above.map(|line| rate_reason(line, creditor)),
        interest,
        cost_total: sum(lines_of(StatementLineKind::Cost))?,
        costs,
        vat_on_costs: sum(lines_of(StatementLineKind::Cost).filter(|line| is_vat(line)))?,
        vat_declaration: !creditor.deducts_input_vat,
    })
}

fn sum<'a>(lines: impl Iterator<Item = &'a StatementLine>) -> Result<Money, Error> {
    let mut total: Option<Money> = None;
    for line in lines {
        let amount = money(line)?;
        total = Some(match total {
            Some(sum) => sum.checked_add(amount).map_err(|_| Error::Answer("claims"))?,
            None => amount,
        });
    }
    Ok(total.unwrap_or(Money::zero(Currency::EUR)))
}

fn money(line: &StatementLine) -> Result<Money, Error> {
    let amount = line.amount.as_ref().ok_or(Error::Answer("claims"))?;
    Money::try_from(amount).map_err(|_| Error::Answer("claims"))
}

fn date(date: Option<&kulanz_proto::types::v1::Date>) -> Option<NaiveDate> {
    date.and_then(|date| NaiveDate::try_from(date).ok())
}

fn ground(statement: &Statement) -> Option<Ground> {
    let Contract { subject, date: agreed } = statement.contract.as_ref()?;
    let day = date(agreed.as_ref()).or_else(|| date(statement.invoice_date.as_ref()))?;
    Some(Ground::Contract { subject: subject.clone(), date: day })
}

fn stretch(line: &StatementLine, principal: Money) -> Result<Interest, Error> {
    let from = date(line.from.as_ref()).ok_or(Error::Answer("claims"))?;
    Ok(Interest {
        base: base(&line.formula, principal),
        rate: line.rate.clone(),
        from,
        to: date(line.to.as_ref()).unwrap_or(from),
        amount: money(line)?,
    })
}

/// The amount that bears the interest stands first in the line's formula, `249.90 EUR x ...`.
fn base(formula: &str, principal: Money) -> Money {
    let read = || {
        let (amount, rest) = formula.trim().split_once(' ')?;
        rest.starts_with(principal.currency().code()).then_some(())?;
        let (whole, fraction) = amount.split_once('.')?;
        (fraction.len() == principal.currency().exponent() as usize).then_some(())?;
        let minor: i64 = format!("{whole}{fraction}").parse().ok()?;
        Some(Money::new(principal.currency(), minor))
    };
    read().unwrap_or(principal)
}

fn cost(line: &StatementLine) -> Result<CostItem, Error> {
    Ok(CostItem { kind: line.text.clone(), amount: money(line)?, ground: line.norm.clone() })
}

/// Value added tax on costs is Nr. 7008 of the fee schedule.
fn is_vat(line: &StatementLine) -> bool {
    line.norm.contains("7008")
}

/// Why the claim bears more than the law by itself; of claims from before it was kept with them, why the
/// creditor's do.
fn rate_reason(line: &StatementLine, creditor: &Creditor) -> String {
    let own = line.inputs.get("rate_reason").filter(|own| !own.is_empty());
    let interest = creditor.interest.as_ref();
    own.or(interest.map(|interest| &interest.contractual_rate_reason)).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_federal_office_is_completed() {
        let authority = authority("Bundesamt für Justiz, 53094 Bonn");
        assert_eq!(authority.address, "53094 Bonn");
        assert_eq!(authority.contact, "www.bundesjustizamt.de");
    }

    #[test]
    fn another_authority_is_taken_as_it_is_stated() {
        let authority = authority("Amtsgericht Beispielstadt\nMarkt 1\n12345 Stadt\nag@example.de");
        assert_eq!(authority.name, "Amtsgericht Beispielstadt");
        assert_eq!(authority.address, "Markt 1, 12345 Stadt");
        assert_eq!(authority.contact, "ag@example.de");
    }

    #[test]
    fn the_base_of_interest_is_read_from_the_formula() {
        let principal = Money::eur(30_000);
        assert_eq!(base("249.90 EUR x 6.27 % x 31 / 365", principal), Money::eur(24_990));
        assert_eq!(base("", principal), principal);
    }
}
