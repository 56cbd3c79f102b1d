//! Simulated people as rows of a creditor's file.

use chrono::{Days, NaiveDate};
use kulanz_proto::claims::v1::ImportRow;
use kulanz_proto::types::v1::{Money, PostalAddress, Salutation};
use kulanz_simulator::population::{Address, Age, Person};

/// A due date of which three years have passed and which is not barred before 2027 (§§ 195, 199 BGB).
const OLD: (i32, u32, u32) = (2023, 1, 2);

/// The row. Nothing has put the debtor in default (§ 286 BGB), so that neither interest nor costs are owed
/// on top: the claim is what the world says it is.
pub(super) fn row(person: &Person, today: NaiveDate) -> ImportRow {
    let due = due_date(person.age, today);
    let given = |address: Address, text: String| match address {
        Address::Missing => String::new(),
        Address::Good | Address::Bad => text,
    };
    let number = person.number;
    ImportRow {
        claim_reference: reference(number),
        customer_number: format!("K-{number:07}"),
        invoice_date: Some(due.into()),
        due_date: Some(due.into()),
        principal: Some(Money {
            currency_code: "EUR".to_owned(),
            minor_units: person.amount_cents,
        }),
        contract_subject: "Kaufvertrag Haushaltswaren".to_owned(),
        contract_date: Some(due.into()),
        consumer: Some(true),
        given_name: "Erika".to_owned(),
        family_name: format!("Simulant{number}"),
        birth_date: Some(birth(number).into()),
        salutation: Salutation::Neutral.into(),
        // A door of one's own: a letter that comes back says nothing about anybody else.
        address: Some(PostalAddress {
            supplement: format!("Wohnung {}", number + 1),
            street: format!("Lindenallee {}", 1 + number % 400),
            postcode: "04109".to_owned(),
            city: "Leipzig".to_owned(),
            country_code: "DE".to_owned(),
        }),
        email: given(person.email, format!("simulant{number}@example.org")),
        mobile: given(person.mobile, format!("+491522{number:07}")),
        language: "de".to_owned(),
        facts: [("orders_12m".to_owned(), orders(person).to_string())].into(),
        ..ImportRow::default()
    }
}

/// The creditor's number of a person's claim.
pub(super) fn reference(number: u32) -> String {
    format!("RE-{number:07}")
}

/// Whose claim a number is.
pub(super) fn place_of(reference: &str) -> Option<usize> {
    reference.strip_prefix("RE-")?.parse().ok()
}

fn due_date(age: Age, today: NaiveDate) -> NaiveDate {
    let before = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    match age {
        Age::Young => before(120),
        Age::Middle => before(600),
        Age::Old => NaiveDate::from_ymd_opt(OLD.0, OLD.1, OLD.2).unwrap_or(today),
    }
}

fn birth(number: u32) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(1960, 1, 1).unwrap_or_default();
    first.checked_add_days(Days::new(u64::from(number % 14_000))).unwrap_or(first)
}

/// What the creditor tells of earlier orders: the proxy of digital affinity, as a count.
fn orders(person: &Person) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a normal number, a few units from zero")]
    let orders = (3.0 + 1.5 * person.observed.digital).round() as i64;
    orders.max(0)
}
