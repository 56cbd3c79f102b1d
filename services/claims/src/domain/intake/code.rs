use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Severity;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $severity:ident,)*) => {
        /// The closed list of what can be wrong with a row. A code always means the same for its row;
        /// docs/import.md lists them, and a code is never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable word of reports and of the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it means for its row.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// A field that every claim needs is empty.
    RequiredFieldMissing = "REQUIRED_FIELD_MISSING" Error,
    /// What § 13a Abs. 1 Nr. 2 RDG wants a consumer to be told of the contract is missing.
    ContractFactsMissing = "CONTRACT_FACTS_MISSING" Error,
    /// The creditor has no address by which it can be sued (§ 13a Abs. 1 Nr. 1 RDG).
    CreditorAddressMissing = "CREDITOR_ADDRESS_MISSING" Warning,
    /// Control characters in a text.
    ControlCharacter = "CONTROL_CHARACTER" Error,
    /// A text longer than any real value of its field.
    TextTooLong = "TEXT_TOO_LONG" Error,
    /// A day that does not exist.
    DateInvalid = "DATE_INVALID" Error,
    /// A value of a closed list that is not known.
    ValueUnknown = "VALUE_UNKNOWN" Error,
    /// A fact that is out of form.
    FactInvalid = "FACT_INVALID" Warning,
    /// No currency that accounts are kept in.
    CurrencyUnknown = "CURRENCY_UNKNOWN" Error,
    /// A currency in which nothing is collected.
    CurrencyNotAllowed = "CURRENCY_NOT_ALLOWED" Error,
    /// An amount that contradicts the principal.
    AmountInvalid = "AMOUNT_INVALID" Error,
    /// Nothing is owed.
    AmountZero = "AMOUNT_ZERO" Error,
    /// The creditor owes, not the debtor.
    AmountNegative = "AMOUNT_NEGATIVE" Error,
    /// An amount that a lost decimal comma would make, or costs above the claim itself.
    AmountImplausible = "AMOUNT_IMPLAUSIBLE" Warning,
    /// A rate that is no percentage above zero.
    RateInvalid = "RATE_INVALID" Error,
    /// Interest above the legal rate without a basis (§§ 288, 497 Abs. 1 BGB, § 13a Abs. 1 Nr. 4 RDG).
    InterestAboveLaw = "INTEREST_ABOVE_LAW" Error,
    /// A rate so high that the agreement may be void (§ 138 BGB).
    RateImplausible = "RATE_IMPLAUSIBLE" Warning,
    /// Costs without what they are for (§ 13a Abs. 1 Nr. 5 RDG).
    CostsWithoutReason = "COSTS_WITHOUT_REASON" Error,
    /// Costs charged before default (§ 280 Abs. 2, § 286 BGB).
    CostsWithoutDefault = "COSTS_WITHOUT_DEFAULT" Warning,
    /// The invoice lies in the future.
    InvoiceInFuture = "INVOICE_IN_FUTURE" Error,
    /// The contract is dated after its invoice.
    ContractAfterInvoice = "CONTRACT_AFTER_INVOICE" Warning,
    /// Not due yet.
    DueInFuture = "DUE_IN_FUTURE" Error,
    /// Due before the invoice was written.
    DueBeforeInvoice = "DUE_BEFORE_INVOICE" Error,
    /// Due before the contract was made.
    DueBeforeContract = "DUE_BEFORE_CONTRACT" Error,
    /// A reminder before the due date puts nobody in default (§ 286 Abs. 1 BGB).
    ReminderBeforeDue = "REMINDER_BEFORE_DUE" Warning,
    /// A reminder of a day to come puts nobody in default.
    ReminderInFuture = "REMINDER_IN_FUTURE" Warning,
    /// Default cannot have begun on that day.
    DefaultDateInvalid = "DEFAULT_DATE_INVALID" Error,
    /// A title cannot have become final on that day.
    TitleDateInvalid = "TITLE_DATE_INVALID" Error,
    /// Barred by limitation (§§ 195 to 199, 214 BGB).
    TimeBarred = "TIME_BARRED" Error,
    /// Barred within two months.
    TimeBarNear = "TIME_BAR_NEAR" Warning,
    /// Nobody owes.
    DebtorNameMissing = "DEBTOR_NAME_MISSING" Error,
    /// A firm that is marked as a consumer (§§ 13, 14 BGB).
    ConsumerContradiction = "CONSUMER_CONTRADICTION" Error,
    /// A consumer loan (§ 491 BGB) to someone who is no consumer.
    LoanContradiction = "LOAN_CONTRADICTION" Error,
    /// A protection that this debtor cannot have.
    ProtectionContradiction = "PROTECTION_CONTRADICTION" Error,
    /// Under 18 when the contract was made (§§ 106 to 108 BGB).
    MinorAtContract = "MINOR_AT_CONTRACT" Error,
    /// A birth date that cannot be.
    BirthDateImplausible = "BIRTH_DATE_IMPLAUSIBLE" Warning,
    /// The debtor has died: the heirs owe (§ 1967 BGB), and nobody is written to.
    Deceased = "DECEASED" Warning,
    /// The law or fairness shields the debtor: nobody is written to.
    DebtorShielded = "DEBTOR_SHIELDED" Warning,
    /// No ISO 3166-1 country.
    CountryUnknown = "COUNTRY_UNKNOWN" Error,
    /// No ISO 639-1 language.
    LanguageUnknown = "LANGUAGE_UNKNOWN" Warning,
    /// A German postcode that lost its leading zero.
    PostcodeLeadingZero = "POSTCODE_LEADING_ZERO" Warning,
    /// A postcode that does not have the shape of its country.
    PostcodeInvalid = "POSTCODE_INVALID" Warning,
    /// No e-mail address.
    EmailInvalid = "EMAIL_INVALID" Warning,
    /// No telephone number.
    PhoneInvalid = "PHONE_INVALID" Warning,
    /// A number to which no text messages go.
    PhoneNotMobile = "PHONE_NOT_MOBILE" Warning,
    /// The same row a second time in the file.
    DuplicateRow = "DUPLICATE_ROW" Error,
    /// The number stands in the file before, with another content.
    DuplicateReference = "DUPLICATE_REFERENCE" Error,
    /// The claim is known with another content.
    ReferenceConflict = "REFERENCE_CONFLICT" Error,
    /// The creditor placed the claim before, its number written otherwise.
    DuplicateClaim = "DUPLICATE_CLAIM" Error,
    /// The creditor placed a claim with all these facts before, under another number.
    DuplicateSuspected = "DUPLICATE_SUSPECTED" Warning,
    /// Another creditor has placed the claim.
    DoublePlacement = "DOUBLE_PLACEMENT" Error,
    /// Another creditor has placed a claim with the same debtor, amount and due date.
    DoublePlacementSuspected = "DOUBLE_PLACEMENT_SUSPECTED" Warning,
}

impl Code {
    /// The code of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::named(&word).ok_or_else(|| serde::de::Error::custom("no code of a row's problem"))
    }
}
