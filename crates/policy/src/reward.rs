//! What an outcome is worth where several contacts or promises stand behind it.

/// The outcome of a contact after which nothing came until the next was made, by one-step advantage.
///
/// Its reward is what came until the next contact, plus what is expected from there on to the end of its own
/// horizon, less what was expected before. An outcome is the base rate plus the reward; what was expected
/// before is the base rate, so this is left: `expected_next`, the base rate at the next decision, as far as payers
/// still pay after the days that have passed (`paid_by`, of [`DelayCurve`](crate::DelayCurve)). Money that
/// would have come anyway rewards nobody, and money for which nobody waited is no failure.
pub fn passed_on(expected_next: f64, paid_by: f64) -> f64 {
    expected_next * (1.0 - paid_by)
}

/// One payment that was agreed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Due {
    /// Days from now.
    pub days: f64,
    /// In euros.
    pub amount: f64,
}

/// The expected present value of a plan or promise, in euros: each payment counts if all before it were
/// kept, which each is with probability `kept`, and is discounted at a yearly rate. Computed again at each
/// due date; a broken plan is worth nothing from there on.
pub fn arrangement_value(dues: &[Due], kept: f64, yearly_rate: f64) -> f64 {
    let value = |(sum, still): (f64, f64), due: &Due| {
        let still = still * kept;
        (sum + still * due.amount / (1.0 + yearly_rate * due.days / 365.0), still)
    };
    dues.iter().fold((0.0, 1.0), value).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_without_effect_is_worth_the_base_rate_however_soon_the_next_one_comes() {
        let base = 0.05;
        for paid_by in [0.0, 0.3, 0.75, 1.0] {
            let until_next = base * paid_by;
            let mean = until_next + (1.0 - until_next) * passed_on(base, paid_by);
            assert!((mean - base).abs() < base * base, "{paid_by}: {mean}");
        }
        assert!(passed_on(0.2, 0.5) > passed_on(0.1, 0.5), "what became known meanwhile counts");
    }

    #[test]
    fn a_plan_is_worth_its_payments_as_far_as_it_is_kept() {
        let due = |days| Due { days, amount: 100.0 };
        let value = arrangement_value(&[due(0.0), due(0.0), due(365.0)], 0.9, 0.05);
        assert!((value - (90.0 + 81.0 + 72.9 / 1.05)).abs() < 1e-9);
        assert!(arrangement_value(&[], 0.9, 0.05) <= 0.0);
    }
}
