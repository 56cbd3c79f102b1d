use chrono::NaiveDate;
use kulanz_law::Percent;
use kulanz_types::{Currency, Iban, Money};

use super::cells::Cells;
use super::field::Field;
use super::header::Header;
use super::mapping::Mapping;
use super::notation::DateNotation;
use super::problem::{Problem, ProblemCode};
use super::record::{DebtorRecord, ImportRecord, Salutation};
use super::{contact, country, plausibility};

/// What one row of the file came to.
#[derive(Clone)]
pub struct Row {
    /// The physical line on which it begins; the header is line 1.
    pub line: u64,
    /// The creditor's reference, for reports; empty if it could not be read.
    pub reference: String,
    /// The claim, unless the row is rejected.
    pub record: Option<ImportRecord>,
    /// Everything that is wrong with it, all at once.
    pub problems: Vec<Problem>,
}

impl Row {
    /// A row that could not even be cut into fields.
    pub(super) fn malformed(line: u64, code: ProblemCode, reason: impl Into<String>) -> Self {
        let problems = vec![Problem::of_row(code, reason)];
        Self { line, reference: String::new(), record: None, problems }
    }

    /// Adds what the comparison with other rows found.
    pub(super) fn add(&mut self, problem: Problem) {
        if problem.rejects() {
            self.record = None;
        }
        self.problems.push(problem);
    }
}

/// Reads the fields of one record as the mapping says.
pub(super) fn read(
    line: u64,
    fields: &[String],
    header: &Header,
    mapping: &Mapping,
    today: Option<NaiveDate>,
) -> Row {
    if fields.len() != header.width() {
        let reason = format!(
            "{} fields instead of {}: the record is cut off, or a delimiter is not quoted",
            fields.len(),
            header.width()
        );
        let reference = header.leading_reference(fields);
        return Row { reference, ..Row::malformed(line, ProblemCode::FieldCount, reason) };
    }
    let mut problems = Vec::new();
    let cells = Cells::read(fields, header, mapping, &mut problems);
    let reference = cells.text(Field::ClaimReference);
    if mapping.format.totals.contains(&reference) && cells.text(Field::CustomerNumber).is_empty() {
        let reason = format!("\"{reference}\" is a totals line, not a claim");
        return Row { reference, ..Row::malformed(line, ProblemCode::TotalsRow, reason) };
    }
    for field in mapping.required.iter().filter(|field| cells.is_empty(**field)) {
        let reason = format!("{field} is empty");
        problems.push(Problem::of(*field, ProblemCode::RequiredFieldMissing, reason));
    }
    let record = Reading { cells: &cells, mapping, problems: &mut problems }.record();
    if let Some(record) = &record {
        problems.extend(plausibility::problems_of(record, today));
    }
    let rejected = problems.iter().any(Problem::rejects);
    let record = record.filter(|_| !rejected).map(|record| without_unusable(record, &problems));
    Row { line, reference, record, problems }
}

/// A warning means that the value is not used.
fn without_unusable(mut record: ImportRecord, problems: &[Problem]) -> ImportRecord {
    for problem in problems {
        match problem.code {
            ProblemCode::ReminderBeforeDue => record.reminder_date = None,
            ProblemCode::BirthDateImplausible => record.debtor.birth_date = None,
            _ => {}
        }
    }
    record
}

/// Reads one row; every fault is noted, so that none hides another.
struct Reading<'a> {
    cells: &'a Cells,
    mapping: &'a Mapping,
    problems: &'a mut Vec<Problem>,
}

impl Reading<'_> {
    /// The record, or `None` if a part that every claim needs is missing or malformed.
    fn record(&mut self) -> Option<ImportRecord> {
        let invoice_date = self.date(Field::InvoiceDate);
        let due_date = self.date(Field::DueDate);
        let contract_date = self.date(Field::ContractDate);
        let reminder_date = self.date(Field::ReminderDate);
        let default_since = self.date(Field::DefaultSince);
        let currency = self.currency();
        let amount = self.money(Field::Amount, currency);
        let creditor_costs = self.money(Field::CreditorCosts, currency);
        let consumer = self.yes_or_no(Field::Consumer);
        let disputed = self.yes_or_no(Field::Disputed);
        let already_paid = self.money(Field::AlreadyPaid, currency);
        let contractual_rate = self.rate();
        let title_final_on = self.date(Field::TitleFinalOn);
        let reason = self.cells.text(Field::CreditorCostsReason);
        let debtor = self.debtor();
        Some(ImportRecord {
            claim_reference: self.cells.text(Field::ClaimReference),
            customer_number: self.cells.text(Field::CustomerNumber),
            invoice_date: invoice_date?,
            due_date: due_date?,
            amount: amount?,
            creditor_costs,
            subject: self.cells.text(Field::Subject),
            contract_date,
            reminder_date,
            default_since,
            consumer: consumer?,
            disputed: disputed.unwrap_or_default(),
            already_paid,
            // A constant stands with every row, whether it has costs or not.
            creditor_costs_reason: if creditor_costs.is_some() { reason } else { String::new() },
            contractual_rate,
            contractual_rate_reason: self.cells.text(Field::ContractualRateReason),
            consumer_loan: self.yes_or_no(Field::ConsumerLoan).unwrap_or_default(),
            secured: self.yes_or_no(Field::Secured).unwrap_or_default(),
            title_final_on,
            deceased: self.yes_or_no(Field::Deceased).unwrap_or_default(),
            protection: self.listed(Field::Protection).filter(|kind| *kind != "none"),
            debtor: debtor?,
            facts: self.cells.facts().clone(),
        })
    }

    fn debtor(&mut self) -> Option<DebtorRecord> {
        let salutation = self.salutation();
        let birth_date = self.date(Field::BirthDate);
        let iban = self.iban();
        let language = country::language(&self.cells.text(Field::Language), self.problems);
        let email = contact::email(&self.cells.text(Field::Email), self.problems);
        let land = self.cells.text(Field::Country);
        if land.is_empty() {
            return None;
        }
        let land = country::country(&land, self.problems)?;
        let number = contact::phone(&self.cells.text(Field::Phone), &land, self.problems);
        let (mobile, phone) = match number {
            Some(number) if contact::is_mobile(&number) => (Some(number), None),
            other => (None, other),
        };
        let postcode = self.cells.text(Field::Postcode);
        Some(DebtorRecord {
            salutation,
            first_name: self.cells.text(Field::FirstName),
            last_name: self.cells.text(Field::LastName),
            company: self.cells.text(Field::Company),
            street: self.cells.text(Field::Street),
            postcode: country::postcode(&postcode, &land, self.problems),
            city: self.cells.text(Field::City),
            country: land,
            email,
            mobile,
            phone,
            iban,
            birth_date,
            language,
        })
    }

    fn date(&mut self, field: Field) -> Option<NaiveDate> {
        let text = self.cells.get(field)?;
        let formats = &self.mapping.format.dates;
        let date = formats.iter().find_map(|format| format.parse(text));
        if date.is_none() {
            // A birth date is personal; the others are the claim's.
            let value = if field == Field::BirthDate {
                String::new()
            } else {
                format!("\"{}\" ", country::shortened(text))
            };
            let expected: Vec<&str> = formats.iter().map(DateNotation::as_str).collect();
            let reason =
                format!("{value}is no existing day in the format {}", expected.join(" or "));
            self.problems.push(Problem::of(field, ProblemCode::DateInvalid, reason));
        }
        date
    }

    fn currency(&mut self) -> Option<Currency> {
        let text = self.cells.get(Field::Currency)?;
        let allowed = &self.mapping.currencies;
        let shown = country::shortened(text);
        let (code, reason) = match text.parse::<Currency>() {
            Ok(currency) if allowed.contains(&currency) => return Some(currency),
            Ok(_) => (
                ProblemCode::CurrencyNotAllowed,
                format!("{shown}: the portfolio is not in this currency, and no rate is given"),
            ),
            Err(_) => (ProblemCode::CurrencyUnknown, format!("\"{shown}\" is no currency")),
        };
        self.problems.push(Problem::of(Field::Currency, code, reason));
        None
    }

    fn money(&mut self, field: Field, currency: Option<Currency>) -> Option<Money> {
        let text = self.cells.get(field)?;
        let notation = self.mapping.format.amounts;
        // Without a currency the amount cannot be used, but its form can still be answered for.
        let decimals = currency.map_or(2, Currency::exponent);
        let Some(minor_units) = notation.parse(text, decimals) else {
            let reason = format!(
                "\"{}\" is no amount in the file's format: {decimals} decimals after \"{}\"",
                country::shortened(text),
                notation.decimal
            );
            self.problems.push(Problem::of(field, ProblemCode::AmountInvalid, reason));
            return None;
        };
        currency.map(|currency| Money::new(currency, minor_units))
    }

    fn rate(&mut self) -> Option<Percent> {
        let text = self.cells.get(Field::ContractualRate)?;
        let rate = self.mapping.format.amounts.rate(text);
        if rate.is_none() {
            let reason = format!(
                "\"{}\" is no percentage above zero in the file's format: decimals after \"{}\", \
                 no % sign",
                country::shortened(text),
                self.mapping.format.amounts.decimal
            );
            self.problems.push(Problem::of(
                Field::ContractualRate,
                ProblemCode::RateInvalid,
                reason,
            ));
        }
        rate
    }

    fn yes_or_no(&mut self, field: Field) -> Option<bool> {
        match self.listed(field)? {
            "yes" => Some(true),
            _ => Some(false),
        }
    }

    fn salutation(&mut self) -> Salutation {
        match self.listed(Field::Salutation) {
            Some("mr") => Salutation::Mr,
            Some("ms") => Salutation::Ms,
            Some("company") => Salutation::Company,
            _ => Salutation::None,
        }
    }

    /// The value of a field that has a closed list.
    fn listed(&mut self, field: Field) -> Option<&'static str> {
        let text = self.cells.get(field)?;
        field.values().iter().find(|value| **value == text).copied()
    }

    fn iban(&mut self) -> Option<Iban> {
        let text = self.cells.get(Field::Iban)?;
        let iban = text.parse().ok();
        if iban.is_none() {
            let reason = "the length or the check digits are wrong";
            self.problems.push(Problem::of(Field::Iban, ProblemCode::IbanInvalid, reason));
        }
        iban
    }
}
