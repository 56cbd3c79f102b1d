use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::Money;

use crate::{LawError, table};

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

/// Cents of fee for every started `per_started` cents of value up to `value_up_to`.
#[derive(Debug, Clone, Copy)]
struct Step {
    value_up_to: Option<i64>,
    per_started: i64,
    increment: i64,
}

/// The base fee covers values to 500 EUR.
const BASE_VALUE: i64 = 50_000;
/// § 13 Abs. 2 RVG: the small-claim fee covers values to 50 EUR.
const SMALL_CLAIM_VALUE: i64 = 5_000;

static VERSIONS: LazyLock<Vec<RvgTable>> = LazyLock::new(|| {
    // Unreadable tables leave the list empty, and an empty list refuses every order.
    parse(include_str!("../data/rvg_versions.csv"), include_str!("../data/rvg_steps.csv"))
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
            .map(|row| step(&row))
            .collect::<Option<_>>()?,
    })
}

fn step(row: &[&'static str]) -> Option<Step> {
    let [_, value_up_to, per_started, increment] = row else { return None };
    let value_up_to = if value_up_to.is_empty() { None } else { Some(table::cents(value_up_to)?) };
    Some(Step {
        value_up_to,
        per_started: table::cents(per_started)?,
        increment: table::cents(increment)?,
    })
}

impl RvgTable {
    /// The version for an order that became unconditional on `ordered` (§ 60 Abs. 1 RVG).
    pub fn in_force(ordered: NaiveDate) -> Result<&'static Self, LawError> {
        VERSIONS
            .iter()
            .find(|version| {
                version.orders_from <= ordered && version.orders_to.is_none_or(|to| ordered <= to)
            })
            .ok_or(LawError::NoTable { table: "fee table § 13 RVG", date: ordered })
    }

    /// The version's name, such as `2025`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The 1.0 fee for a value (§ 13 Abs. 1 RVG): base fee, then an increment for every started step.
    pub fn fee(&self, value: Money) -> Money {
        let mut fee = self.base_fee;
        let mut reached = BASE_VALUE;
        for step in &self.steps {
            let upper = step.value_up_to.unwrap_or(i64::MAX).min(value.minor_units());
            let above = upper.saturating_sub(reached).max(0);
            let started = above.div_euclid(step.per_started)
                + i64::from(above.rem_euclid(step.per_started) > 0);
            fee = fee.saturating_add(started.saturating_mul(step.increment));
            reached = reached.max(upper);
        }
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
    fn an_order_from_before_the_tables_is_refused() {
        assert!(RvgTable::in_force("2020-12-31".parse().unwrap()).is_err());
    }
}
