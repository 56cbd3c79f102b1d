use kulanz_types::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::across::Part;
use crate::{LawError, Refusal, Rule};

/// The three parts of a debt, each at least zero and of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// Costs of the legal pursuit.
    pub costs: Money,
    /// Interest.
    pub interest: Money,
    /// The main claim.
    pub principal: Money,
}

impl Parts {
    /// Nothing owed.
    pub const fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { costs: zero, interest: zero, principal: zero }
    }

    const fn part_mut(&mut self, part: Part) -> &mut Money {
        match part {
            Part::Costs => &mut self.costs,
            Part::Interest => &mut self.interest,
            Part::Principal => &mut self.principal,
        }
    }

    /// All three together.
    pub fn total(&self) -> Result<Money, LawError> {
        Ok(self.costs.checked_add(self.interest)?.checked_add(self.principal)?)
    }
}

/// In which order a payment covers the parts of one claim.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationRule {
    /// Costs, interest, principal (§ 367 Abs. 1 BGB).
    #[default]
    CostsInterestPrincipal,
    /// Costs, amount owed, interest: consumer loans (§ 497 Abs. 3 S. 1 BGB), mandatory.
    ConsumerLoan,
}

impl AllocationRule {
    /// The norm, as a statement cites it.
    pub const fn norm(self) -> &'static str {
        match self {
            Self::CostsInterestPrincipal => "§ 367 Abs. 1 BGB",
            Self::ConsumerLoan => "§ 497 Abs. 3 S. 1 BGB",
        }
    }

    /// The rule with its versions and mark.
    pub const fn rule(self) -> Rule {
        match self {
            Self::CostsInterestPrincipal => Rule::PartsOrder,
            Self::ConsumerLoan => Rule::PartsOrderLoan,
        }
    }
}

/// The parts in the order that a rule prescribes.
pub(crate) const fn parts_order(rule: AllocationRule) -> [Part; 3] {
    match rule {
        AllocationRule::CostsInterestPrincipal => [Part::Costs, Part::Interest, Part::Principal],
        AllocationRule::ConsumerLoan => [Part::Costs, Part::Principal, Part::Interest],
    }
}

/// Where a payment went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Allocation {
    /// What each part received.
    pub allocated: Parts,
    /// What of each part stays open.
    pub remaining: Parts,
    /// What is left of the payment once nothing is open: it belongs to the payer.
    pub overpayment: Money,
}

/// Allocates a payment inside one claim. No cent is lost: allocated parts and overpayment sum to the
/// payment, allocated and remaining parts to what was open.
pub fn allocate(payment: Money, open: Parts, rule: AllocationRule) -> Result<Allocation, LawError> {
    allocate_in_order(payment, open, parts_order(rule))
}

/// Allocates in the order given. A part that the order leaves out stays open.
pub(crate) fn allocate_in_order(
    payment: Money,
    open: Parts,
    order: [Part; 3],
) -> Result<Allocation, LawError> {
    let amounts = [payment, open.costs, open.interest, open.principal];
    if amounts.iter().any(|amount| amount.is_negative()) {
        return Err(Refusal::NegativeAmount.into());
    }
    let (mut remaining, mut rest) = (open, payment);
    let mut allocated = Parts::zero(payment.currency());
    for part in order {
        let (paid, left) = cover(rest, *remaining.part_mut(part))?;
        let still = remaining.part_mut(part);
        *still = still.checked_sub(paid)?;
        let given = allocated.part_mut(part);
        *given = given.checked_add(paid)?;
        rest = left;
    }
    Ok(Allocation { allocated, remaining, overpayment: rest })
}

/// What of `money` covers `open`, and what is left of it.
fn cover(money: Money, open: Money) -> Result<(Money, Money), LawError> {
    let rest = money.checked_sub(open)?;
    if rest.is_negative() {
        return Ok((money, Money::zero(money.currency())));
    }
    Ok((open, rest))
}

/// Divides a payment over claims of the same rank in proportion to what each has open (§ 366 Abs. 2
/// BGB), by largest remainder, ties to the earlier claim. Never more than is open.
pub fn allocate_pro_rata(payment: Money, open: &[Money]) -> Result<Vec<Money>, LawError> {
    let total = Money::sum(payment.currency(), open.iter().copied())?;
    if payment.minor_units() >= total.minor_units() {
        return Ok(open.to_vec());
    }
    share_by_weight(payment, open)
}

/// Divides an amount in proportion to weights, by largest remainder, ties to the earlier one. The shares
/// sum to the amount; without any weight there are only empty shares.
pub fn share_by_weight(amount: Money, weights: &[Money]) -> Result<Vec<Money>, LawError> {
    let currency = amount.currency();
    let total = i128::from(Money::sum(currency, weights.iter().copied())?.minor_units());
    if amount.is_negative() || weights.iter().any(|weight| weight.is_negative()) {
        return Err(Refusal::NegativeAmount.into());
    }
    if total == 0 {
        return Ok(vec![Money::zero(currency); weights.len()]);
    }
    let units = i128::from(amount.minor_units());
    let exact: Vec<i128> =
        weights.iter().map(|weight| units * i128::from(weight.minor_units())).collect();
    let mut shares: Vec<i128> = exact.iter().map(|share| share / total).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(exact[index] % total));
    let missing = usize::try_from(units - shares.iter().sum::<i128>()).unwrap_or(0);
    for index in order.into_iter().take(missing) {
        shares[index] += 1;
    }
    let money = |units| Money::new(currency, i64::try_from(units).unwrap_or(i64::MAX));
    Ok(shares.into_iter().map(money).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(costs: i64, interest: i64, principal: i64) -> Parts {
        Parts {
            costs: Money::eur(costs),
            interest: Money::eur(interest),
            principal: Money::eur(principal),
        }
    }

    fn pay(cents: i64, open: Parts, rule: AllocationRule) -> Allocation {
        allocate(Money::eur(cents), open, rule).unwrap()
    }

    #[test]
    fn a_partial_payment_covers_costs_then_interest_then_principal() {
        let open = parts(6_180, 1_234, 48_000);
        let paid = pay(10_000, open, AllocationRule::CostsInterestPrincipal);
        assert_eq!(paid.allocated, parts(6_180, 1_234, 2_586));
        assert_eq!(paid.remaining, parts(0, 0, 45_414));
    }

    #[test]
    fn a_consumer_loan_covers_the_amount_owed_before_its_interest() {
        let open = parts(6_180, 1_234, 48_000);
        let paid = pay(54_500, open, AllocationRule::ConsumerLoan);
        assert_eq!(paid.allocated, parts(6_180, 320, 48_000));
        assert_eq!(paid.remaining, parts(0, 914, 0));
    }

    #[test]
    fn money_beyond_the_debt_stays_the_payers() {
        let paid = pay(500, parts(100, 50, 200), AllocationRule::CostsInterestPrincipal);
        assert_eq!(paid.overpayment, Money::eur(150));
    }

    #[test]
    fn claims_of_one_rank_share_in_proportion() {
        let open = [Money::eur(3_000), Money::eur(3_000), Money::eur(1_000)];
        let shares = allocate_pro_rata(Money::eur(1_000), &open).unwrap();
        assert_eq!(shares, [Money::eur(429), Money::eur(428), Money::eur(143)]);
    }

    proptest! {
        #[test]
        fn allocation_never_loses_a_cent(
            payment in 0i64..1_000_000_000, costs in 0i64..100_000, interest in 0i64..100_000,
            principal in 0i64..1_000_000_000, loan in any::<bool>(),
        ) {
            let rule = if loan { AllocationRule::ConsumerLoan } else { AllocationRule::default() };
            let open = parts(costs, interest, principal);
            let done = pay(payment, open, rule);
            let spent = done.allocated.total().unwrap().checked_add(done.overpayment).unwrap();
            prop_assert_eq!(spent, Money::eur(payment));
            let whole = done.allocated.total().unwrap().checked_add(done.remaining.total().unwrap());
            prop_assert_eq!(whole.unwrap(), open.total().unwrap());
            prop_assert!(done.overpayment.is_zero() || done.remaining.total().unwrap().is_zero());
        }

        #[test]
        fn shares_sum_to_the_payment_and_stay_below_what_is_open(
            payment in 0i64..1_000_000, open in prop::collection::vec(0i64..1_000_000, 1..8),
        ) {
            let open: Vec<Money> = open.into_iter().map(Money::eur).collect();
            let owed = Money::sum(Currency::EUR, open.iter().copied()).unwrap().minor_units();
            let shares = allocate_pro_rata(Money::eur(payment), &open).unwrap();
            let sum = Money::sum(Currency::EUR, shares.iter().copied()).unwrap();
            prop_assert_eq!(sum.minor_units(), payment.min(owed));
            prop_assert!(shares.iter().zip(&open).all(|(a, b)| a.minor_units() <= b.minor_units()));
        }
    }
}
