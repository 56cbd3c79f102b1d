//! What a camt.053 file says, in our types.

use chrono::NaiveDate;
use kulanz_types::{Currency, Iban, Money, MoneyError};

/// A whole file: one message with one or more statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CamtFile {
    /// `GrpHdr/MsgId`: the bank's name of the message.
    pub message_id: String,
    /// The version of camt.053, 2 to 10; none where the file declares no namespace.
    pub version: Option<u8>,
    /// At least one statement: a file without any is refused.
    pub statements: Vec<Statement>,
}

/// One account statement (`Stmt`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `Id`: the bank's name of the statement.
    pub id: String,
    /// `ElctrncSeqNb`, where given.
    pub sequence: Option<String>,
    /// The account that the statement is about.
    pub account: Iban,
    /// The account's currency.
    pub currency: Currency,
    /// Opening (`OPBD`, else `PRCD`) balance; negative when overdrawn.
    pub opening: Balance,
    /// Closing (`CLBD`) balance; negative when overdrawn.
    pub closing: Balance,
    /// The entries in file order.
    pub entries: Vec<Entry>,
}

/// A booked balance as the file states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// In the account's currency, signed.
    Stated(Money),
    /// In another currency than the account, so of no use to a check.
    OtherCurrency,
    /// Not in the file (intermediate pages carry none).
    Absent,
}

/// Whether opening balance and booked entries give the closing balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosingCheck {
    /// They do.
    Closes,
    /// They do not: entries are missing or wrong.
    Differs {
        /// Opening balance plus booked entries.
        computed: Money,
        /// The closing balance of the file.
        stated: Money,
    },
    /// Both balances are there, but in different currencies.
    OtherCurrency,
    /// One of the balances is absent, so nothing can be said.
    NotStated,
}

/// Which way money moved, seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Money came in (`CRDT`).
    Credit,
    /// Money went out (`DBIT`).
    Debit,
}

/// `Sts`: whether the entry is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryStatus {
    /// Booked (`BOOK`): the only kind that is posted.
    Booked,
    /// Announced (`PDNG`).
    Pending,
    /// For information (`INFO`).
    Information,
    /// Dated in the future (`FUTR`).
    Future,
}

/// One entry (`Ntry`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1-based position in its statement.
    pub position: u32,
    /// Never negative: `direction` says which way.
    pub amount: Money,
    /// Which way the money moved.
    pub direction: Direction,
    /// `RvslInd`: the entry takes back an earlier one.
    pub is_reversal: bool,
    /// Whether it is booked.
    pub status: EntryStatus,
    /// `BookgDt`.
    pub booked_on: Option<NaiveDate>,
    /// `ValDt`: the day the money counts.
    pub value_on: Option<NaiveDate>,
    /// `AcctSvcrRef`: the bank's name of the entry.
    pub bank_reference: Option<String>,
    /// `NtryRef`: the name of the entry within its statement.
    pub entry_reference: Option<String>,
    /// `Btch/NbOfTxs` of a collective booking.
    pub batch_count: Option<u32>,
    /// `TxDtls` in file order; may be empty.
    pub transactions: Vec<Transaction>,
}

/// One transaction below an entry (`TxDtls`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transaction {
    /// Its own amount, where given in the account's currency.
    pub amount: Option<Money>,
    /// Its own direction, where given.
    pub direction: Option<Direction>,
    /// `AmtDtls/InstdAmt`: what was ordered, before charges.
    pub instructed: Option<Money>,
    /// Sum of `Chrgs` in the account's currency.
    pub charges: Option<Money>,
    /// `EndToEndId`; the filler `NOTPROVIDED` counts as absent.
    pub end_to_end_id: Option<String>,
    /// `TxId`, else `AcctSvcrRef` of the transaction.
    pub transaction_id: Option<String>,
    /// `MndtId` of a direct debit.
    pub mandate_id: Option<String>,
    /// Who paid (credits) or was paid (debits).
    pub counterparty: Counterparty,
    /// `RmtInf/Strd/CdtrRefInf/Ref`, in order.
    pub structured_references: Vec<String>,
    /// `RmtInf/Ustrd`, in order, joined with nothing by those who search it.
    pub remittance_text: Vec<String>,
    /// `RtrInf/Rsn`: the entry brings a payment back.
    pub return_reason: Option<String>,
}

/// The other side of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counterparty {
    /// Name as the bank gives it.
    pub name: Option<String>,
    /// Account, where it is a valid IBAN.
    pub iban: Option<Iban>,
}

impl Entry {
    /// The amount with the sign that it has for the account.
    pub fn signed(&self) -> Result<Money, MoneyError> {
        match self.direction {
            Direction::Credit => Ok(self.amount),
            Direction::Debit => self.amount.checked_neg(),
        }
    }

    /// Whether it moves money on the account now.
    pub fn is_booked(&self) -> bool {
        self.status == EntryStatus::Booked
    }
}

impl Statement {
    /// Opening balance plus booked entries against the closing balance.
    pub fn closing_check(&self) -> Result<ClosingCheck, MoneyError> {
        let (opening, stated) = match (self.opening, self.closing) {
            (Balance::Stated(opening), Balance::Stated(closing)) => (opening, closing),
            (Balance::Absent, _) | (_, Balance::Absent) => return Ok(ClosingCheck::NotStated),
            _ => return Ok(ClosingCheck::OtherCurrency),
        };
        let mut computed = opening;
        for entry in self.entries.iter().filter(|entry| entry.is_booked()) {
            computed = computed.checked_add(entry.signed()?)?;
        }
        let closes = computed == stated;
        Ok(if closes { ClosingCheck::Closes } else { ClosingCheck::Differs { computed, stated } })
    }
}
