use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::Money;

use super::steps::{self, Step};
use crate::purpose::{Dated, in_force};
use crate::{LawError, Purpose, table};

/// The 1.0 fee of § 13 RVG as it stood on one day.
#[derive(Debug, Clone)]
pub struct RvgTable {
    name: &'static str,
    orders_from: NaiveDate,
    orders_to: Option<NaiveDate>,
    base_fee: i64,
    small_claim_fee: i64,
    small_claim_from: NaiveDate,
    steps: Vec<Step>,
}

/// § 13 Abs. 2 RVG: the small-claim fee covers values to 50 EUR.
const SMALL_CLAIM_VALUE: i64 = 5_000;

static VERSIONS: LazyLock<Vec<RvgTable>> = LazyLock::new(|| {
    // Unreadable tables leave the list empty, and an empty list refuses every order.
    parse(include_str!("../../data/rvg_versions.csv"), include_str!("../../data/rvg_steps.csv"))
        .unwrap_or_default()
});

fn parse(versions: &'static str, steps: &'static str) -> Option<Vec<RvgTable>> {
    table::rows(versions).map(|row| version(&row, steps)).collect()
}

fn version(row: &[&'static str], steps: &'static str) -> Option<RvgTable> {
    let [name, from, to, base_fee, small_claim_fee, small_claim_from] = row else { return None };
    Some(RvgTable {
        name,
        orders_from: from.parse().ok()?,
        orders_to: if to.is_empty() { None } else { Some(to.parse().ok()?) },
        base_fee: table::cents(base_fee)?,
        small_claim_fee: table::cents(small_claim_fee)?,
        small_claim_from: small_claim_from.parse().ok()?,
        steps: table::rows(steps)
            .filter(|row| row.first() == Some(name))
            .map(|row| Step::parse(row.get(1..)?))
            .collect::<Option<_>>()?,
    })
}

impl Dated for RvgTable {
    fn valid_from(&self) -> NaiveDate {
        self.orders_from
    }

    fn valid_to(&self) -> Option<NaiveDate> {
        self.orders_to
    }
}

impl RvgTable {
    /// The version for an order that became unconditional on `ordered` (§ 60 Abs. 1 RVG).
    pub fn in_force(ordered: NaiveDate) -> Result<&'static Self, LawError> {
        // Fees are posted as soon as they are found, so a version that ended has no successor to guess.
        let found = in_force(&VERSIONS, "fee table § 13 RVG", ordered, Purpose::Posting)?;
        Ok(found.value)
    }

    /// A version by its name, such as `2025`.
    pub fn named(name: &str) -> Option<&'static Self> {
        VERSIONS.iter().find(|version| version.name == name)
    }

    /// The newest day of an order that this version is for, the first one while it is in force.
    pub fn an_order(&self) -> NaiveDate {
        self.orders_to.unwrap_or(self.orders_from)
    }

    /// The version's name, such as `2025`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The 1.0 fee for a value (§ 13 Abs. 1 RVG): base fee, then an increment for every started step.
    pub fn fee(&self, value: Money) -> Money {
        let fee = steps::fee(self.base_fee, &self.steps, value.minor_units());
        Money::new(value.currency(), fee)
    }

    /// The 1.0 fee for collecting an uncontested claim: the small-claim fee to a value of 50 EUR takes
    /// the place of the table's (§ 13 Abs. 2 RVG).
    pub fn uncontested_fee(&self, value: Money, ordered: NaiveDate) -> Money {
        if value.minor_units() <= SMALL_CLAIM_VALUE && ordered >= self.small_claim_from {
            return Money::new(value.currency(), self.small_claim_fee);
        }
        self.fee(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(day: &str) -> &'static RvgTable {
        RvgTable::in_force(day.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_fee_grows_with_every_started_step() {
        let fee = |euros: i64| table("2025-06-01").fee(Money::eur(euros * 100)).minor_units();
        for (value, expected) in [
            (1, 5_150),
            (500, 5_150),
            (501, 9_300),
            (1_000, 9_300),
            (2_000, 17_600),
            (2_001, 23_550),
            (10_000, 65_200),
            (13_000, 70_700),
            (25_000, 92_700),
            (50_000, 135_700),
            (200_000, 235_200),
            (500_000, 375_200),
        ] {
            assert_eq!(fee(value), expected, "{value} EUR");
        }
    }

    #[test]
    fn an_order_from_before_june_2025_is_paid_by_the_older_table() {
        assert_eq!(table("2025-05-31").name(), "2021");
        assert_eq!(table("2025-05-31").fee(Money::eur(500_000)).minor_units(), 33_400);
        assert_eq!(table("2025-05-31").fee(Money::eur(1_300_000)).minor_units(), 66_600);
    }

    #[test]
    fn the_small_claim_fee_starts_with_october_2021() {
        let fee = |day: &str, cents| {
            table(day).uncontested_fee(Money::eur(cents), day.parse().unwrap()).minor_units()
        };
        assert_eq!(fee("2021-09-30", 5_000), 4_900);
        assert_eq!(fee("2021-10-01", 5_000), 3_000);
        assert_eq!(fee("2026-11-23", 5_000), 3_150);
        assert_eq!(fee("2026-11-23", 5_001), 5_150);
    }

    #[test]
    fn both_versions_match_every_row_of_their_printed_table() {
        for (name, printed) in [
            ("2021", include_str!("../../data/rvg_printed_2021.csv")),
            ("2025", include_str!("../../data/rvg_printed_2025.csv")),
        ] {
            let version = RvgTable::named(name).unwrap();
            let rows: Vec<_> = table::rows(printed).collect();
            assert_eq!(rows.len(), 42);
            let mut below = 0;
            for row in rows {
                let cents = |text| table::cents(text).unwrap();
                let (value, fee) = (cents(row[0]), cents(row[1]));
                // The row holds from the first cent above the row before.
                assert_eq!(version.fee(Money::eur(value)).minor_units(), fee, "{name} {value}");
                assert_eq!(version.fee(Money::eur(below + 1)).minor_units(), fee, "{name} {below}");
                below = value;
            }
        }
    }

    #[test]
    fn an_order_from_before_the_tables_is_refused() {
        assert!(RvgTable::in_force("2020-12-31".parse().unwrap()).is_err());
    }
}
