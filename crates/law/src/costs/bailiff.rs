use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::Money;

use crate::purpose::{Dated, in_force};
use crate::{AmountLine, LawError, Purpose, Refusal, Rule, table};

/// One fixed fee.
#[derive(Debug, Clone, Copy)]
struct Fee {
    number: &'static str,
    ordered_from: NaiveDate,
    ordered_to: Option<NaiveDate>,
    cents: i64,
}

static FEES: LazyLock<Vec<Fee>> = LazyLock::new(|| {
    // An unreadable table leaves the list empty, and then no number has a fee.
    let rows = table::rows(include_str!("../../data/bailiff_fees.csv"));
    rows.map(|row| fee(&row)).collect::<Option<_>>().unwrap_or_default()
});

fn fee(row: &[&'static str]) -> Option<Fee> {
    let [number, from, to, cents] = row else { return None };
    Some(Fee {
        number,
        ordered_from: from.parse().ok()?,
        ordered_to: table::day(to)?,
        cents: table::cents(cents)?,
    })
}

impl Dated for Fee {
    fn valid_from(&self) -> NaiveDate {
        self.ordered_from
    }

    fn valid_to(&self) -> Option<NaiveDate> {
        self.ordered_to
    }
}

/// The fixed fee of a bailiff by its number in the schedule of the `GvKostG`, as it stood when the bailiff was asked
/// (§ 18 Abs. 1 `GvKostG`).
pub fn bailiff_fee(number: &str, ordered: NaiveDate) -> Result<AmountLine, LawError> {
    let versions: Vec<Fee> = FEES.iter().copied().filter(|fee| fee.number == number).collect();
    if versions.is_empty() {
        return Err(Refusal::NoFixedFee.into());
    }
    let fee = in_force(&versions, "schedule of the GvKostG", ordered, Purpose::Posting)?.value;
    let amount = Money::eur(fee.cents);
    let line = AmountLine::new(Rule::BailiffFee, ordered, amount, amount.to_decimal());
    Ok(line.input("number", number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(number: &str, ordered: &str) -> Result<i64, LawError> {
        let line = bailiff_fee(number, ordered.parse().unwrap());
        line.map(|line| line.amount.minor_units())
    }

    #[test]
    fn an_act_of_a_bailiff_costs_what_the_schedule_says() {
        let asked = "2025-06-01";
        assert_eq!(amount("205", asked), Ok(3_120));
        assert_eq!(amount("260", asked), Ok(3_950));
        assert_eq!(amount("102", asked), Ok(360));
        assert!(matches!(amount("205", "2025-05-31"), Err(LawError::NoTable { .. })));
        // Time and travel are no fixed fees.
        for number in ["500", "711", "", "x"] {
            assert_eq!(amount(number, asked), Err(Refusal::NoFixedFee.into()));
        }
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        assert_eq!(FEES.len(), 17);
        assert!(FEES.iter().all(|fee| fee.cents > 0));
    }
}
