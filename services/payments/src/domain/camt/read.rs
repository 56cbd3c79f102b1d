//! From the tree of local names to statements, the same way for versions .02 to .10.

use kulanz_types::{Currency, Money};

use super::error::{CamtError, CamtFault};
use super::statement::{Balance, CamtFile, Direction, Entry, Statement};
use super::transaction;
use super::tree::{self, Element};
use super::value;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.";
const SUPPORTED_VERSIONS: std::ops::RangeInclusive<u8> = 2..=10;

/// Reads a whole file or refuses it: there is no half-read statement.
pub fn read(bytes: &[u8]) -> Result<CamtFile, CamtError> {
    let document = tree::parse(bytes)?;
    let version = version(&document)?;
    let body = document
        .child("BkToCstmrStmt")
        .filter(|_| document.name == "Document")
        .ok_or_else(|| wrong_root(&document))?;
    let header = body.child("GrpHdr");
    let message_id = header.and_then(|header| header.text_at(&["MsgId"])).unwrap_or_default();
    let statements = numbered(body, "Stmt", |_, element| statement(element))?;
    if statements.is_empty() {
        return Err(CamtError::at(CamtFault::Missing, "BkToCstmrStmt/Stmt", body.line));
    }
    Ok(CamtFile { message_id: message_id.to_owned(), version, statements })
}

fn wrong_root(document: &Element) -> CamtError {
    let found = document.children.first().map_or(document, |child| child);
    CamtError::at(CamtFault::WrongRoot, found.name.clone(), found.line)
}

/// The version in the namespace; another message's namespace is the wrong root.
fn version(document: &Element) -> Result<Option<u8>, CamtError> {
    let Some(namespace) = document.namespace.as_deref() else { return Ok(None) };
    let suffix = namespace.strip_prefix(NAMESPACE).ok_or_else(|| wrong_root(document))?;
    let version: Option<u8> = suffix.parse().ok();
    match version.filter(|version| SUPPORTED_VERSIONS.contains(version)) {
        Some(version) => Ok(Some(version)),
        None => Err(CamtError::at(CamtFault::UnsupportedVersion, "Document", document.line)),
    }
}

/// Reads all children of a name, each fault naming the 1-based position.
fn numbered<T>(
    parent: &Element,
    name: &str,
    read: impl Fn(usize, &Element) -> Result<T, CamtError>,
) -> Result<Vec<T>, CamtError> {
    let children = parent.children.iter().filter(|child| child.name == name);
    let numbered = children.zip(1_usize..);
    numbered
        .map(|(child, number)| {
            read(number, child).map_err(|error| error.under(&format!("{name}[{number}]")))
        })
        .collect()
}

fn statement(element: &Element) -> Result<Statement, CamtError> {
    let id = element.required(&["Id"])?;
    if id.text.is_empty() {
        return Err(CamtError::at(CamtFault::Missing, "Id", id.line));
    }
    let account = element.required(&["Acct"])?;
    let iban = value::account(account).map_err(|error| error.under("Acct"))?;
    let currency = currency(element, account)?;
    let balances = |codes: &[&str]| balance(element, codes, currency);
    Ok(Statement {
        id: id.text.clone(),
        sequence: element.text_at(&["ElctrncSeqNb"]).map(str::to_owned),
        account: iban,
        currency,
        opening: balances(&["OPBD", "PRCD"])?,
        closing: balances(&["CLBD"])?,
        entries: numbered(element, "Ntry", |position, child| entry(child, position, currency))?,
    })
}

/// The account's currency: stated, else that of the opening balance, else of the first entry.
fn currency(statement: &Element, account: &Element) -> Result<Currency, CamtError> {
    if let Some(stated) = account.child("Ccy") {
        let refuse = |_| CamtError::at(CamtFault::UnknownCurrency, "Acct/Ccy", stated.line);
        return stated.text.parse().map_err(refuse);
    }
    let balance = find_balance(statement, &["OPBD", "PRCD"]);
    let amount = balance.or_else(|| statement.child("Bal")).or_else(|| statement.child("Ntry"));
    match amount.and_then(|parent| parent.child("Amt")) {
        Some(amount) => value::currency_of(amount),
        None => Err(CamtError::at(CamtFault::Missing, "Acct/Ccy", account.line)),
    }
}

fn find_balance<'a>(statement: &'a Element, codes: &[&str]) -> Option<&'a Element> {
    codes.iter().find_map(|code| {
        let of_code =
            |balance: &&Element| balance.text_at(&["Tp", "CdOrPrtry", "Cd"]) == Some(*code);
        statement.children.iter().filter(|child| child.name == "Bal").find(of_code)
    })
}

fn balance(statement: &Element, codes: &[&str], currency: Currency) -> Result<Balance, CamtError> {
    let Some(found) = find_balance(statement, codes) else { return Ok(Balance::Absent) };
    let amount = found.required(&["Amt"])?;
    if amount.currency.as_deref() != Some(currency.code()) {
        return Ok(Balance::OtherCurrency);
    }
    let amount = value::amount(amount, currency).map_err(|error| error.under("Bal"))?;
    let direction = found.required(&["CdtDbtInd"]).and_then(value::direction);
    let direction = direction.map_err(|error| error.under("Bal"))?;
    Ok(Balance::Stated(match direction {
        Direction::Credit => amount,
        Direction::Debit => Money::new(currency, -amount.minor_units()),
    }))
}

fn entry(element: &Element, position: usize, currency: Currency) -> Result<Entry, CamtError> {
    let amount = element.required(&["Amt"])?;
    if value::currency_of(amount)? != currency {
        return Err(CamtError::at(CamtFault::WrongCurrency, "Amt/@Ccy", amount.line));
    }
    let direction = value::direction(element.required(&["CdtDbtInd"])?)?;
    let text = |name: &str| element.text_at(&[name]).map(str::to_owned);
    let details = element.children.iter().filter(|child| child.name == "NtryDtls");
    let batch = element.text_at(&["NtryDtls", "Btch", "NbOfTxs"]);
    Ok(Entry {
        position: u32::try_from(position).unwrap_or(u32::MAX),
        amount: value::amount(amount, currency)?,
        direction,
        is_reversal: value::boolean(element.child("RvslInd"))?,
        status: value::status(element.required(&["Sts"])?)?,
        booked_on: value::date(element.child("BookgDt"))?,
        value_on: value::date(element.child("ValDt"))?,
        bank_reference: text("AcctSvcrRef"),
        entry_reference: text("NtryRef"),
        batch_count: batch.and_then(|count| count.parse().ok()),
        transactions: details
            .map(|details| transactions(details, direction, currency))
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
    })
}

fn transactions(
    details: &Element,
    direction: Direction,
    currency: Currency,
) -> Result<Vec<super::statement::Transaction>, CamtError> {
    numbered(details, "TxDtls", |_, child| transaction::read(child, direction, currency))
        .map_err(|error| error.under("NtryDtls"))
}
