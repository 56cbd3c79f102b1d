//! The agency's bank: one statement a day.

use std::fmt::Write as _;

use chrono::NaiveDate;

/// A transfer.
pub(super) struct Transfer {
    /// Whose money, by place.
    pub place: usize,
    /// How much.
    pub cents: i64,
    /// The reference that the agency gave (ISO 11649).
    pub reference: String,
}

/// A camt.053.001.08 statement of a day.
pub(super) fn statement(iban: &str, day: NaiveDate, transfers: &[Transfer]) -> String {
    let id = format!("SIM-{day}");
    let all: i64 = transfers.iter().map(|transfer| transfer.cents).sum();
    let entries: String =
        (1..).zip(transfers).map(|(number, one)| entry(day, number, one)).collect();
    let stamp = format!("{day}T20:00:00");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>{id}</MsgId><CreDtTm>{stamp}</CreDtTm></GrpHdr><Stmt><Id>{id}</Id>\
         <ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>{stamp}</CreDtTm>\
         <Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{}{}{entries}</Stmt>\
         </BkToCstmrStmt></Document>",
        balance("OPBD", 0, day),
        balance("CLBD", all, day),
    )
}

fn balance(code: &str, cents: i64, day: NaiveDate) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{}<Dt><Dt>{day}</Dt></Dt></Bal>",
        amount(cents)
    )
}

fn amount(cents: i64) -> String {
    let (euros, rest) = (cents / 100, cents % 100);
    format!("<Amt Ccy=\"EUR\">{euros}.{rest:02}</Amt><CdtDbtInd>CRDT</CdtDbtInd>")
}

fn entry(day: NaiveDate, number: u32, transfer: &Transfer) -> String {
    let bank = format!("SIM-{day}-{number:05}");
    let mut text = String::new();
    let _ = write!(
        text,
        "<Ntry>{}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>\
         <AcctSvcrRef>{bank}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>\
         <SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>\
         <Refs><AcctSvcrRef>{bank}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>\
         <RltdPties><Dbtr><Pty><Nm>Erika Simulant{}</Nm></Pty></Dbtr></RltdPties>\
         <RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{}</Ref>\
         </CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>",
        amount(transfer.cents),
        transfer.place,
        transfer.reference,
    );
    text
}
