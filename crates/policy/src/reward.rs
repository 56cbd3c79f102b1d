//! What an outcome is worth where several contacts or promises stand behind it.

/// The reward of one contact among several, by one-step advantage: what was paid until the next contact,
/// plus what the person is expected to pay from there on, less what was expected before. Money that would
/// have come anyway rewards nobody. All in euros; below 0 where the contact did harm.
pub fn advantage(paid_until_next: f64, expected_after: f64, expected_before: f64) -> f64 {
    paid_until_next + expected_after - expected_before
}

/// An advantage as an outcome of [`Learner::learn`](crate::Learner::learn): as a share of what was owed,
/// moved so that no advantage is the base rate.
pub fn advantage_outcome(advantage: f64, balance: f64, base_rate: f64) -> f64 {
    if balance > 0.0 { (base_rate + advantage / balance).clamp(0.0, 1.0) } else { base_rate }
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
    fn money_that_was_expected_anyway_rewards_no_contact() {
        assert!(advantage(100.0, 0.0, 100.0).abs() < 1e-12);
        assert!((advantage_outcome(0.0, 500.0, 0.06) - 0.06).abs() < 1e-12);
        assert!((advantage_outcome(250.0, 500.0, 0.06) - 0.56).abs() < 1e-12);
        assert!(advantage_outcome(-500.0, 500.0, 0.06) <= 0.0);
    }

    #[test]
    fn a_plan_is_worth_its_payments_as_far_as_it_is_kept() {
        let due = |days| Due { days, amount: 100.0 };
        let value = arrangement_value(&[due(0.0), due(0.0), due(365.0)], 0.9, 0.05);
        assert!((value - (90.0 + 81.0 + 72.9 / 1.05)).abs() < 1e-9);
        assert!(arrangement_value(&[], 0.9, 0.05) <= 0.0);
    }
}
