use crate::table;

/// Cents of fee for every started `per_started` cents of value up to `value_up_to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub value_up_to: Option<i64>,
    per_started: i64,
    increment: i64,
}

/// The base fee covers values to 500 EUR.
const BASE_VALUE: i64 = 50_000;

impl Step {
    /// `value_up_to,per_started,increment`; an empty first field is no limit.
    pub fn parse(row: &[&'static str]) -> Option<Self> {
        let [value_up_to, per_started, increment] = row else { return None };
        let value_up_to =
            if value_up_to.is_empty() { None } else { Some(table::cents(value_up_to)?) };
        Some(Self {
            value_up_to,
            per_started: table::cents(per_started).filter(|cents| *cents > 0)?,
            increment: table::cents(increment)?,
        })
    }
}

/// The 1.0 fee in cents: the base fee, then an increment for every started step.
pub(super) fn fee(base_fee: i64, steps: &[Step], value: i64) -> i64 {
    let mut fee = base_fee;
    let mut reached = BASE_VALUE;
    for step in steps {
        let upper = step.value_up_to.unwrap_or(i64::MAX).min(value);
        let above = upper.saturating_sub(reached).max(0);
        let started =
            above.div_euclid(step.per_started) + i64::from(above.rem_euclid(step.per_started) > 0);
        fee = fee.saturating_add(started.saturating_mul(step.increment));
        reached = reached.max(upper);
    }
    fee
}
