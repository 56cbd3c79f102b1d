use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::world::COLLECTION_IBAN;

/// One entry of a bank statement.
#[derive(Debug, Clone)]
pub struct Booking {
    /// The bank's own reference; entries with the same are the same entry.
    pub bank_reference: String,
    /// Cents credited to the account; negative for a return.
    pub cents: i64,
    /// Value date.
    pub value_date: NaiveDate,
    /// Creditor reference (ISO 11649); empty for none.
    pub reference: String,
    /// Purpose text.
    pub text: String,
    /// Reason code of a return, such as `AC04`; empty for none.
    pub return_reason: String,
}

impl Booking {
    /// A transfer that carries its reference.
    pub fn transfer(number: u32, cents: i64, value_date: NaiveDate, reference: &str) -> Self {
        Self {
            bank_reference: format!("BANK-{number:05}"),
            cents,
            value_date,
            reference: reference.into(),
            text: String::new(),
            return_reason: String::new(),
        }
    }
}

/// A camt.053.001.08 statement of the collection account with these entries, opening at 1,000.00 EUR.
pub fn camt053(statement_id: &str, bookings: &[Booking]) -> Vec<u8> {
    let opening = 100_000;
    let closing = opening + bookings.iter().map(|booking| booking.cents).sum::<i64>();
    let day = bookings.iter().map(|booking| booking.value_date).max().unwrap_or_default();
    let entries: String = bookings.iter().map(entry).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>{statement_id}</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>{statement_id}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm>
<Acct><Id><IBAN>{COLLECTION_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>
{}{}{entries}</Stmt></BkToCstmrStmt></Document>
"#,
        balance("OPBD", opening, day),
        balance("CLBD", closing, day),
    )
    .into_bytes()
}

fn balance(code: &str, cents: i64, day: NaiveDate) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{}<Dt><Dt>{day}</Dt></Dt></Bal>\n",
        amount(cents)
    )
}

fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "DBIT" } else { "CRDT" };
    let cents = cents.unsigned_abs();
    let (euros, rest) = (cents / 100, cents % 100);
    format!("<Amt Ccy=\"EUR\">{euros}.{rest:02}</Amt><CdtDbtInd>{sign}</CdtDbtInd>")
}

fn entry(booking: &Booking) -> String {
    let mut remittance = String::new();
    if !booking.reference.is_empty() {
        let _ = write!(
            remittance,
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{}</Ref>\
             </CdtrRefInf></Strd>",
            booking.reference
        );
    }
    if !booking.text.is_empty() {
        let _ = write!(remittance, "<Ustrd>{}</Ustrd>", booking.text);
    }
    let reason = match booking.return_reason.as_str() {
        "" => String::new(),
        code => format!("<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf>"),
    };
    let (day, reference) = (booking.value_date, &booking.bank_reference);
    format!(
        "<Ntry>{}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>\
         <AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>\
         <SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>\
         <Refs><AcctSvcrRef>{reference}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>\
         <RltdPties><Dbtr><Pty><Nm>Erika Beispiel</Nm></Pty></Dbtr><DbtrAcct><Id>\
         <IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>\
         <RmtInf>{remittance}</RmtInf>{reason}</TxDtls></NtryDtls></Ntry>\n",
        amount(booking.cents)
    )
}
