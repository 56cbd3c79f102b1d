use std::fmt;

use super::field::Field;

/// What a problem means for its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The row becomes a claim; the named value is not used or was repaired.
    Warn,
    /// The row must not become a claim.
    Reject,
}

impl Verdict {
    /// The word that stands in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Reject => "reject",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $verdict:ident,)*) => {
        /// The closed list of what can be wrong with a row; claims' intake answers with the same
        /// words, so that a report reads alike whoever found the fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode { $($(#[$doc])* $variant,)* }

        impl ProblemCode {
            /// The stable word of reports and of the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What the code always means for its row.
            pub const fn verdict(self) -> Verdict {
                match self { $(Self::$variant => Verdict::$verdict,)* }
            }
        }
    };
}

codes! {
    /// More or fewer fields than the header has.
    FieldCount = "FIELD_COUNT" Reject,
    /// A quote is opened and not closed, or stands inside an unquoted field.
    QuoteMalformed = "QUOTE_MALFORMED" Reject,
    /// A line of JSON lines that is no object, or a mapped key that holds a list or an object.
    JsonMalformed = "JSON_MALFORMED" Reject,
    /// The totals line that some exports end with.
    TotalsRow = "TOTALS_ROW" Reject,
    /// A field that every claim needs is empty.
    RequiredFieldMissing = "REQUIRED_FIELD_MISSING" Reject,
    /// Control or invisible formatting characters in a text.
    ControlCharacter = "CONTROL_CHARACTER" Reject,
    /// A text longer than any real value of its field.
    TextTooLong = "TEXT_TOO_LONG" Reject,
    /// Not a date of the file's formats, or a day that does not exist.
    DateInvalid = "DATE_INVALID" Reject,
    /// Not an amount in the file's notation.
    AmountInvalid = "AMOUNT_INVALID" Reject,
    /// Not a percentage above zero in the file's notation.
    RateInvalid = "RATE_INVALID" Reject,
    /// Nothing is owed.
    AmountZero = "AMOUNT_ZERO" Reject,
    /// The creditor owes, not the customer.
    AmountNegative = "AMOUNT_NEGATIVE" Reject,
    /// Not an ISO 4217 code that Kulanz keeps accounts in.
    CurrencyUnknown = "CURRENCY_UNKNOWN" Reject,
    /// A currency that this portfolio is not in.
    CurrencyNotAllowed = "CURRENCY_NOT_ALLOWED" Reject,
    /// A value that the mapping does not translate; it is never guessed.
    ValueUnknown = "VALUE_UNKNOWN" Reject,
    /// Not an ISO 3166 country that Kulanz serves.
    CountryUnknown = "COUNTRY_UNKNOWN" Reject,
    /// Not an ISO 639-1 language.
    LanguageUnknown = "LANGUAGE_UNKNOWN" Warn,
    /// An IBAN whose length or check digits are wrong.
    IbanInvalid = "IBAN_INVALID" Reject,
    /// Neither a surname nor a company: nobody owes this.
    DebtorNameMissing = "DEBTOR_NAME_MISSING" Reject,
    /// A company that is marked as a consumer (§§ 13, 14 BGB).
    ConsumerContradiction = "CONSUMER_CONTRADICTION" Reject,
    /// Due before the invoice was written.
    DueBeforeInvoice = "DUE_BEFORE_INVOICE" Reject,
    /// Due before the contract was made.
    DueBeforeContract = "DUE_BEFORE_CONTRACT" Reject,
    /// The creditor's costs without what they are for (§ 13a Abs. 1 Nr. 5 RDG).
    CostsWithoutReason = "COSTS_WITHOUT_REASON" Reject,
    /// What § 13a Abs. 1 Nr. 2 RDG wants a consumer to be told of the contract is missing.
    ContractFactsMissing = "CONTRACT_FACTS_MISSING" Reject,
    /// Not due yet on the business day of the import.
    DueInFuture = "DUE_IN_FUTURE" Reject,
    /// Barred by limitation (§§ 195, 199 BGB).
    TimeBarred = "TIME_BARRED" Reject,
    /// The customer was a minor when the contract was made (§§ 106 to 108 BGB).
    MinorAtContract = "MINOR_AT_CONTRACT" Reject,
    /// A birth date that cannot be: in the future or more than 120 years ago.
    BirthDateImplausible = "BIRTH_DATE_IMPLAUSIBLE" Warn,
    /// A reminder sent before the due date, which puts nobody in default (§ 286 Abs. 1 BGB).
    ReminderBeforeDue = "REMINDER_BEFORE_DUE" Warn,
    /// The same row stands in the file twice.
    DuplicateRow = "DUPLICATE_ROW" Reject,
    /// The reference stands in the file twice with different content.
    DuplicateReference = "DUPLICATE_REFERENCE" Reject,
    /// Another person in the same file has this customer number; the two are kept apart.
    CustomerNumberConflict = "CUSTOMER_NUMBER_CONFLICT" Warn,
    /// Not an e-mail address; it is not used.
    EmailInvalid = "EMAIL_INVALID" Warn,
    /// Not a telephone number; it is not used.
    PhoneInvalid = "PHONE_INVALID" Warn,
    /// A telephone number that cannot receive text messages.
    PhoneNotMobile = "PHONE_NOT_MOBILE" Warn,
    /// A postcode that does not have the shape of its country.
    PostcodeInvalid = "POSTCODE_INVALID" Warn,
    /// A German postcode that lost its leading zero; it is put back.
    PostcodeLeadingZero = "POSTCODE_LEADING_ZERO" Warn,
    /// UTF-8 that was once read as Latin-1 (`BÃ¼ttner`); it is repaired.
    TextDoubleEncoded = "TEXT_DOUBLE_ENCODED" Warn,
    /// A fact about the customer that is not in its form; it is left out.
    FactInvalid = "FACT_INVALID" Warn,
    /// Markup in a text; it is kept as written and shown as text only.
    MarkupInText = "MARKUP_IN_TEXT" Warn,
}

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The code; it fixes the verdict.
    pub code: ProblemCode,
    /// The target field, where one can be named.
    pub field: Option<Field>,
    /// What is wrong. Names the value only where it is not personal.
    pub reason: String,
}

impl Problem {
    /// A problem of one field.
    pub fn of(field: Field, code: ProblemCode, reason: impl Into<String>) -> Self {
        Self { code, field: Some(field), reason: reason.into() }
    }

    /// A problem of the whole row.
    pub fn of_row(code: ProblemCode, reason: impl Into<String>) -> Self {
        Self { code, field: None, reason: reason.into() }
    }

    /// Whether the row must not become a claim.
    pub fn rejects(&self) -> bool {
        self.code.verdict() == Verdict::Reject
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code.verdict().word(), self.code.as_str(), self.reason)
    }
}
