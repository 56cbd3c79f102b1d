//! Double entry: every transfer debits one account and credits another by the same amount, is never
//! changed and never removed. What was wrong is corrected by a further transfer.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use kulanz_types::{ClaimId, CreditorId, Currency, IdError, Money};
use sha2::{Digest as _, Sha256};

/// An account of the money ledger, one set per tenant and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// The collection account at the bank; debit balance = money there.
    Bank,
    /// Money that came or went and is not assigned yet (§ 13g RDG); credit balance = held for others.
    Suspense,
    /// Collected for a creditor and owed to it; credit balance = to be paid out.
    CreditorPayable(CreditorId),
    /// What the bank charged for returned payments.
    BankCharges,
    /// Owed back to payers.
    RefundsPayable,
    /// Movements on the account that are no collections: fees, payouts made at the bank.
    Other,
}

impl Account {
    /// Stable name for storage: `bank`, `due_to_creditor/creditor_01…`.
    pub fn code(self) -> String {
        match self {
            Self::Bank => "bank".to_owned(),
            Self::Suspense => "suspense".to_owned(),
            Self::CreditorPayable(creditor) => format!("due_to_creditor/{creditor}"),
            Self::BankCharges => "bank_charges".to_owned(),
            Self::RefundsPayable => "refunds_payable".to_owned(),
            Self::Other => "other".to_owned(),
        }
    }

    /// Reads a stored name.
    pub fn from_code(code: &str) -> Result<Self, UnknownAccount> {
        match code {
            "bank" => Ok(Self::Bank),
            "suspense" => Ok(Self::Suspense),
            "bank_charges" => Ok(Self::BankCharges),
            "refunds_payable" => Ok(Self::RefundsPayable),
            "other" => Ok(Self::Other),
            _ => {
                let creditor = code.strip_prefix("due_to_creditor/").ok_or(UnknownAccount)?;
                let creditor = creditor.parse().map_err(|_: IdError| UnknownAccount)?;
                Ok(Self::CreditorPayable(creditor))
            }
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.code())
    }
}

/// A stored account name that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account of a stored transfer is unknown")]
pub struct UnknownAccount;

/// Why a transfer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Nothing, or less than nothing, moves.
    #[error("a transfer moves a positive amount")]
    NotPositive,
    /// From an account to itself.
    #[error("a transfer needs two different accounts")]
    SameAccount,
    /// The key was used for another transfer.
    #[error("the key of this transfer was used for another one")]
    KeyReused,
    /// A sum leaves the range of amounts.
    #[error("a balance leaves the range of amounts")]
    Overflow,
}

/// One immutable movement between two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    key: String,
    debit: Account,
    credit: Account,
    amount: Money,
    claim: Option<ClaimId>,
    effective_on: NaiveDate,
}

/// Whether a transfer is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// It is to be written.
    New,
    /// The very same transfer is there already.
    Repeated,
}

impl Transfer {
    /// A transfer of a positive amount; `key` makes it happen once, `effective_on` is the value date.
    pub fn new(
        key: impl Into<String>,
        (debit, credit): (Account, Account),
        amount: Money,
        effective_on: NaiveDate,
    ) -> Result<Self, LedgerError> {
        if !amount.is_positive() {
            return Err(LedgerError::NotPositive);
        }
        if debit == credit {
            return Err(LedgerError::SameAccount);
        }
        Ok(Self { key: key.into(), debit, credit, amount, claim: None, effective_on })
    }

    /// The same transfer on behalf of a claim.
    #[must_use]
    pub fn for_claim(mut self, claim: ClaimId) -> Self {
        self.claim = Some(claim);
        self
    }

    /// Names the transfer; one transfer per key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The account debited.
    pub fn debit(&self) -> Account {
        self.debit
    }

    /// The account credited.
    pub fn credit(&self) -> Account {
        self.credit
    }

    /// The positive amount.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// The claim on whose behalf money moves, where one is known.
    pub fn claim(&self) -> Option<ClaimId> {
        self.claim
    }

    /// The value date.
    pub fn effective_on(&self) -> NaiveDate {
        self.effective_on
    }

    /// Compares with what is stored under the same key.
    pub fn against(&self, stored: Option<&Self>) -> Result<Posting, LedgerError> {
        match stored {
            None => Ok(Posting::New),
            Some(stored) if stored == self => Ok(Posting::Repeated),
            Some(_) => Err(LedgerError::KeyReused),
        }
    }

    /// SHA-256 over the previous transfer's digest and this one: a changed or missing row shows.
    pub fn digest(&self, previous: &[u8]) -> [u8; 32] {
        let claim = self.claim.map(|claim| claim.to_string()).unwrap_or_default();
        let fields = [
            self.key.clone(),
            self.debit.code(),
            self.credit.code(),
            self.amount.to_string(),
            claim,
            self.effective_on.to_string(),
        ];
        let mut hash = Sha256::new_with_prefix(previous);
        for field in fields {
            // The length keeps two fields from reading as other two.
            hash.update(field.len().to_le_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }
}

/// Debits and credits of one account, both non-negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountBalance {
    /// Sum of debits.
    pub debits: Money,
    /// Sum of credits.
    pub credits: Money,
}

impl AccountBalance {
    /// Debits less credits.
    pub fn balance(&self) -> Result<Money, LedgerError> {
        self.debits.checked_sub(self.credits).map_err(|_| LedgerError::Overflow)
    }
}

/// All accounts of one currency with their sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalance {
    currency: Currency,
    accounts: BTreeMap<Account, AccountBalance>,
}

impl TrialBalance {
    /// No accounts yet.
    pub fn new(currency: Currency) -> Self {
        Self { currency, accounts: BTreeMap::new() }
    }

    /// Adds what an account was debited and credited.
    pub fn add(
        &mut self,
        account: Account,
        debits: Money,
        credits: Money,
    ) -> Result<(), LedgerError> {
        let zero = Money::zero(self.currency);
        let empty = AccountBalance { debits: zero, credits: zero };
        let line = self.accounts.entry(account).or_insert(empty);
        let overflow = |_| LedgerError::Overflow;
        line.debits = line.debits.checked_add(debits).map_err(overflow)?;
        line.credits = line.credits.checked_add(credits).map_err(overflow)?;
        Ok(())
    }

    /// Adds one transfer.
    pub fn apply(&mut self, transfer: &Transfer) -> Result<(), LedgerError> {
        let zero = Money::zero(self.currency);
        self.add(transfer.debit, transfer.amount, zero)?;
        self.add(transfer.credit, zero, transfer.amount)
    }

    /// The currency of every amount here.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The accounts in a fixed order.
    pub fn accounts(&self) -> impl Iterator<Item = (Account, AccountBalance)> + '_ {
        self.accounts.iter().map(|(account, balance)| (*account, *balance))
    }

    /// Sum of all debits and of all credits; equal unless a row was tampered with.
    pub fn totals(&self) -> Result<AccountBalance, LedgerError> {
        let lines = || self.accounts.values();
        let sum = |amounts: Vec<Money>| {
            Money::sum(self.currency, amounts).map_err(|_| LedgerError::Overflow)
        };
        Ok(AccountBalance {
            debits: sum(lines().map(|line| line.debits).collect())?,
            credits: sum(lines().map(|line| line.credits).collect())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use kulanz_types::Seeds;
    use proptest::prelude::*;

    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 5).unwrap()
    }

    fn account(pick: usize) -> Account {
        let creditor = CreditorId::generate(&Seeds::fixed(1), chrono::DateTime::UNIX_EPOCH);
        let payable = Account::CreditorPayable(creditor);
        [Account::Bank, Account::Suspense, payable, Account::BankCharges][pick % 4]
    }

    fn transfer(key: &str, cents: i64) -> Transfer {
        Transfer::new(key, (Account::Bank, Account::Suspense), Money::eur(cents), day()).unwrap()
    }

    #[test]
    fn the_same_transfer_again_changes_nothing_and_another_under_its_key_is_refused() {
        let stored = transfer("entry-1", 500);
        assert_eq!(transfer("entry-1", 500).against(None), Ok(Posting::New));
        assert_eq!(transfer("entry-1", 500).against(Some(&stored)), Ok(Posting::Repeated));
        assert_eq!(transfer("entry-1", 501).against(Some(&stored)), Err(LedgerError::KeyReused));
    }

    #[test]
    fn nothing_and_negative_amounts_do_not_move() {
        for cents in [0, -1] {
            let pair = (Account::Bank, Account::Suspense);
            let refused = Transfer::new("k", pair, Money::eur(cents), day());
            assert_eq!(refused, Err(LedgerError::NotPositive));
        }
        let same = Transfer::new("k", (Account::Bank, Account::Bank), Money::eur(1), day());
        assert_eq!(same, Err(LedgerError::SameAccount));
    }

    #[test]
    fn accounts_are_read_back_from_their_names() {
        for pick in 0..4 {
            assert_eq!(Account::from_code(&account(pick).code()), Ok(account(pick)));
        }
        assert_eq!(Account::from_code("petty_cash"), Err(UnknownAccount));
    }

    proptest! {
        #[test]
        fn debits_always_equal_credits(
            moves in proptest::collection::vec((0..4_usize, 0..4_usize, 1..10_000_000_i64), 0..200),
        ) {
            let mut trial = TrialBalance::new(Currency::EUR);
            for (number, (debit, credit, cents)) in moves.into_iter().enumerate() {
                let pair = (account(debit), account(credit));
                let transfer = Transfer::new(number.to_string(), pair, Money::eur(cents), day());
                if let Ok(transfer) = transfer {
                    trial.apply(&transfer).unwrap();
                }
            }
            let totals = trial.totals().unwrap();
            prop_assert_eq!(totals.debits, totals.credits);
            let balances = trial.accounts().map(|(_, line)| line.balance().unwrap());
            prop_assert!(Money::sum(Currency::EUR, balances).unwrap().is_zero());
        }

        #[test]
        fn any_changed_field_changes_the_chain(cents in 1..1_000_i64, other in 1..1_000_i64) {
            prop_assume!(cents != other);
            let start = [0; 32];
            prop_assert_ne!(transfer("a", cents).digest(&start), transfer("a", other).digest(&start));
            prop_assert_ne!(transfer("a", cents).digest(&start), transfer("b", cents).digest(&start));
            let after_one = transfer("a", cents).digest(&start);
            prop_assert_ne!(transfer("b", cents).digest(&start), transfer("b", cents).digest(&after_one));
        }
    }
}
