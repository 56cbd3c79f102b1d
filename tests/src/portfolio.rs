use kulanz_proto::{
    claims::v1::ImportRow,
    types::v1::{Date, Money, Salutation},
};

use crate::world::address;

/// A claim as a test names it; everything else is everyday.
#[derive(Debug, Clone)]
pub struct Row {
    /// Invoice number.
    pub reference: &'static str,
    /// Customer number: the same person has the same.
    pub customer: &'static str,
    /// Given and family name.
    pub name: (&'static str, &'static str),
    /// Year, month, day.
    pub birth_date: (i32, i32, i32),
    /// Open amount in cents.
    pub cents: i64,
    /// Year, month, day.
    pub due: (i32, i32, i32),
}

impl Row {
    /// The row as it is imported.
    pub fn to_import(&self) -> ImportRow {
        let (given_name, family_name) = self.name;
        let (year, month, day) = self.due;
        ImportRow {
            claim_reference: self.reference.into(),
            customer_number: self.customer.into(),
            invoice_date: Some(Date { year, month, day: 1 }),
            due_date: Some(Date { year, month, day }),
            principal: Some(Money { currency_code: "EUR".into(), minor_units: self.cents }),
            contract_subject: "Kaufvertrag Haushaltswaren".into(),
            contract_date: Some(Date { year, month, day: 1 }),
            reminder_sent_on: Some(Date { year, month, day: 28 }),
            consumer: Some(true),
            given_name: given_name.into(),
            family_name: family_name.into(),
            birth_date: Some(date(self.birth_date)),
            salutation: Salutation::Neutral.into(),
            address: Some(address("Lindenallee 12", "04109", "Leipzig")),
            email: format!(
                "{}.{}@example.org",
                given_name.to_lowercase(),
                family_name.to_lowercase()
            ),
            mobile: "+4915228817386".into(),
            language: "de".into(),
            facts: [("orders_12m".to_owned(), "2".to_owned())].into(),
            ..ImportRow::default()
        }
    }
}

/// Owes 300.00 EUR and will ask for instalments.
pub const ERIKA: Row = Row {
    reference: "RE-1",
    customer: "K-1",
    name: ("Erika", "Beispiel"),
    birth_date: (1980, 4, 12),
    cents: 30_000,
    due: (2026, 5, 18),
};

/// Owes 89.90 EUR and will pay at once.
pub const MAX: Row = Row {
    reference: "RE-2",
    customer: "K-2",
    name: ("Max", "Probe"),
    birth_date: (1991, 9, 3),
    cents: 8_990,
    due: (2026, 3, 16),
};

/// `count` claims of as many different people.
pub fn rows(count: usize) -> Vec<ImportRow> {
    (0..count).map(numbered_row).collect()
}

/// One of [`rows`].
pub fn numbered_row(number: usize) -> ImportRow {
    ImportRow {
        claim_reference: format!("RE-{number:07}"),
        customer_number: format!("K-{number:07}"),
        family_name: format!("Beispiel{number}"),
        email: format!("erika.{number}@example.org"),
        mobile: String::new(),
        ..ERIKA.to_import()
    }
}

fn date((year, month, day): (i32, i32, i32)) -> Date {
    Date { year, month, day }
}
