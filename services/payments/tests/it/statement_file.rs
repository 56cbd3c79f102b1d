//! Writes camt.053 files for tests.

use std::fmt::Write as _;

use crate::claims::IBAN;

/// One entry of a statement.
#[derive(Clone, Default)]
pub struct Line {
    pub cents: i64,
    pub reference: String,
    pub text: String,
    pub structured: String,
    pub end_to_end: String,
    pub payer: String,
    pub name: String,
    pub returned: String,
    pub value_on: String,
}

impl Line {
    /// Money that came in on a day, under the bank's reference.
    pub fn credit(cents: i64, reference: &str, value_on: &str) -> Self {
        let (reference, value_on) = (reference.to_owned(), value_on.to_owned());
        Self { cents, reference, value_on, ..Self::default() }
    }

    fn xml(&self) -> String {
        let mut out = String::new();
        let (mark, party) = if self.cents < 0 { ("DBIT", "Cdtr") } else { ("CRDT", "Dbtr") };
        let amount = decimal(self.cents.abs());
        write!(
            out,
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>\
             <AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>",
            day = self.value_on,
            reference = self.reference,
        )
        .unwrap();
        if !self.end_to_end.is_empty() {
            write!(out, "<Refs><EndToEndId>{}</EndToEndId></Refs>", self.end_to_end).unwrap();
        }
        write!(out, "<RltdPties><{party}><Pty><Nm>{}</Nm></Pty></{party}>", self.name).unwrap();
        if !self.payer.is_empty() {
            write!(out, "<{party}Acct><Id><IBAN>{}</IBAN></Id></{party}Acct>", self.payer).unwrap();
        }
        write!(out, "</RltdPties><RmtInf><Ustrd>{}</Ustrd>", self.text).unwrap();
        if !self.structured.is_empty() {
            let reference = &self.structured;
            write!(out, "<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>").unwrap();
        }
        out.push_str("</RmtInf>");
        if !self.returned.is_empty() {
            write!(out, "<RtrInf><Rsn><Cd>{}</Cd></Rsn></RtrInf>", self.returned).unwrap();
        }
        out.push_str("</TxDtls></NtryDtls></Ntry>\n");
        out
    }
}

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn balance(code: &str, cents: i64) -> String {
    let mark = if cents < 0 { "DBIT" } else { "CRDT" };
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{}</Amt>\
         <CdtDbtInd>{mark}</CdtDbtInd></Bal>\n",
        decimal(cents.abs())
    )
}

/// A statement of the collection account that begins with 100.00 and closes.
pub fn statement(id: &str, lines: &[Line]) -> String {
    let opening = 10_000;
    let closing = opening + lines.iter().map(|line| line.cents).sum::<i64>();
    let entries: String = lines.iter().map(Line::xml).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>M-{id}</MsgId></GrpHdr>\n<Stmt><Id>{id}</Id>\
         <Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n{}{}{entries}\
         </Stmt></BkToCstmrStmt></Document>\n",
        balance("OPBD", opening),
        balance("CLBD", closing),
    )
}
