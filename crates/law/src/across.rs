use std::cmp::Reverse;

use chrono::NaiveDate;
use kulanz_types::Money;

use crate::allocation::{allocate_in_order, parts_order};
use crate::{
    Allocation, AllocationRule, LawError, Parts, Percent, Refusal, Rule, allocate_pro_rata,
};

/// An open claim of one debtor towards one creditor.
///
/// `Claim` names the claim, `Creditor` whoever it is owed to; both are the caller's own ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenClaim<Claim, Creditor> {
    /// The claim.
    pub id: Claim,
    /// Whom it is owed to.
    pub creditor: Creditor,
    /// What of it is open on the value date.
    pub open: Parts,
    /// The order inside it that the law prescribes.
    pub rule: AllocationRule,
    /// When the debt arose: the older one is paid first.
    pub arose: NaiveDate,
    /// When it fell due: what is due is paid first.
    pub due: NaiveDate,
    /// Whether collateral, a title or a guarantor secures it: what is less secure is paid first.
    pub secured: bool,
    /// Whether there is an enforceable title: at the same rate the more burdensome one.
    pub titled: bool,
    /// What it bears a year: the higher rate is the more burdensome one.
    pub rate: Percent,
}

/// A part of a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Costs.
    Costs,
    /// Interest.
    Interest,
    /// The main claim.
    Principal,
}

/// What the debtor said when paying: a recorded purpose text, reference or choice on the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designation<Claim> {
    /// The claims named, in the order in which they are to be paid (§ 366 Abs. 1 BGB). What is left of
    /// the payment goes the way of § 366 Abs. 2.
    pub claims: Vec<Claim>,
    /// Another order inside the claims named, which the creditor accepted and is bound by (§ 367 Abs. 2).
    pub order: Option<[Part; 3]>,
}

/// What one claim received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimShare<Claim> {
    /// The claim.
    pub id: Claim,
    /// What of costs, interest and principal was paid and stays open. Never an overpayment.
    pub allocation: Allocation,
    /// Why this claim: [`Rule::Designation`] or [`Rule::Ranking`].
    pub chosen_by: Rule,
    /// In which order inside it.
    pub ordered_by: Rule,
}

/// Where a payment went among several claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution<Claim> {
    /// The claims that received something, each once, in the order in which they were paid.
    pub shares: Vec<ClaimShare<Claim>>,
    /// What is left once nothing is open: it belongs to the payer.
    pub overpayment: Money,
}

/// Divides a payment over the claims of one debtor towards one creditor: what the debtor designated
/// first (§ 366 Abs. 1 BGB), then due before not due, less secure, more burdensome, older, in proportion
/// by largest remainder, ties by id (§ 366 Abs. 2). Inside each claim by § 367 or § 497 Abs. 3 BGB.
///
/// Claims of several creditors are refused: they never share a pool.
pub fn allocate_across<Claim: Ord + Clone, Creditor: PartialEq>(
    payment: Money,
    value_date: NaiveDate,
    designation: Option<&Designation<Claim>>,
    claims: &[OpenClaim<Claim, Creditor>],
) -> Result<Distribution<Claim>, LawError> {
    check(payment, claims)?;
    let mut run = Run { rest: payment, shares: Vec::new() };
    let mut open: Vec<&OpenClaim<Claim, Creditor>> = claims.iter().collect();
    for id in designation.map_or(&[][..], |said| &said.claims) {
        let at = open.iter().position(|claim| claim.id == *id);
        let claim = open.remove(at.ok_or(Refusal::UnknownDesignation)?);
        run.pay_designated(claim, designation.and_then(|said| said.order))?;
    }
    open.sort_by(|a, b| {
        rank(a, value_date).cmp(&rank(b, value_date)).then_with(|| a.id.cmp(&b.id))
    });
    for equals in open.chunk_by(|a, b| rank(a, value_date) == rank(b, value_date)) {
        run.pay_equals(equals)?;
    }
    Ok(Distribution { shares: run.shares, overpayment: run.rest })
}

fn check<Claim: Ord, Creditor: PartialEq>(
    payment: Money,
    claims: &[OpenClaim<Claim, Creditor>],
) -> Result<(), LawError> {
    let open = claims
        .iter()
        .flat_map(|claim| [claim.open.costs, claim.open.interest, claim.open.principal]);
    let owed = Money::sum(payment.currency(), open.clone())?;
    if payment.is_negative() || owed.is_negative() || open.into_iter().any(Money::is_negative) {
        return Err(Refusal::NegativeAmount.into());
    }
    if claims.windows(2).any(|pair| pair[0].creditor != pair[1].creditor) {
        return Err(Refusal::SeveralCreditors.into());
    }
    let mut ids: Vec<&Claim> = claims.iter().map(|claim| &claim.id).collect();
    ids.sort();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::DuplicateClaim.into());
    }
    Ok(())
}

/// The order of § 366 Abs. 2 BGB: smaller is paid first. A title is a security and a burden.
fn rank<Claim, Creditor>(
    claim: &OpenClaim<Claim, Creditor>,
    value_date: NaiveDate,
) -> (bool, bool, Reverse<Percent>, bool, NaiveDate) {
    let not_due = claim.due > value_date;
    (not_due, claim.secured || claim.titled, Reverse(claim.rate), !claim.titled, claim.arose)
}

struct Run<Claim> {
    rest: Money,
    shares: Vec<ClaimShare<Claim>>,
}

impl<Claim: Clone> Run<Claim> {
    fn pay_designated<Creditor>(
        &mut self,
        claim: &OpenClaim<Claim, Creditor>,
        order: Option<[Part; 3]>,
    ) -> Result<(), LawError> {
        if order.is_some() && claim.rule == AllocationRule::ConsumerLoan {
            return Err(Refusal::MandatoryOrder.into());
        }
        let by = if order.is_some() { Rule::PartsOrderAgreed } else { claim.rule.rule() };
        let order = order.unwrap_or_else(|| parts_order(claim.rule));
        let allocation = allocate_in_order(self.rest, claim.open, order)?;
        self.rest = allocation.overpayment;
        self.share(claim, allocation, Rule::Designation, by)
    }

    fn pay_equals<Creditor>(
        &mut self,
        equals: &[&OpenClaim<Claim, Creditor>],
    ) -> Result<(), LawError> {
        let open: Vec<Money> =
            equals.iter().map(|claim| claim.open.total()).collect::<Result<_, _>>()?;
        for (claim, amount) in equals.iter().zip(allocate_pro_rata(self.rest, &open)?) {
            self.rest = self.rest.checked_sub(amount)?;
            let allocation = allocate_in_order(amount, claim.open, parts_order(claim.rule))?;
            self.share(claim, allocation, Rule::Ranking, claim.rule.rule())?;
        }
        Ok(())
    }

    fn share<Creditor>(
        &mut self,
        claim: &OpenClaim<Claim, Creditor>,
        allocation: Allocation,
        chosen_by: Rule,
        ordered_by: Rule,
    ) -> Result<(), LawError> {
        if allocation.allocated.total()?.is_positive() {
            let zero = Money::zero(self.rest.currency());
            let allocation = Allocation { overpayment: zero, ..allocation };
            let id = claim.id.clone();
            self.shares.push(ClaimShare { id, allocation, chosen_by, ordered_by });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kulanz_types::Currency;
    use proptest::prelude::*;

    use super::*;

    type Claim = OpenClaim<&'static str, u8>;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn claim(id: &'static str, principal: i64) -> Claim {
        OpenClaim {
            id,
            creditor: 1,
            open: Parts { principal: Money::eur(principal), ..Parts::zero(Currency::EUR) },
            rule: AllocationRule::default(),
            arose: date("2026-01-05"),
            due: date("2026-02-05"),
            secured: false,
            titled: false,
            rate: Percent::whole(6),
        }
    }

    fn pay(
        cents: i64,
        said: Option<&Designation<&'static str>>,
        claims: &[Claim],
    ) -> Vec<(&'static str, i64)> {
        let done = allocate_across(Money::eur(cents), date("2026-06-01"), said, claims).unwrap();
        let paid = |share: &ClaimShare<&'static str>| {
            (share.id, share.allocation.allocated.total().unwrap().minor_units())
        };
        done.shares.iter().map(paid).collect()
    }

    #[test]
    fn each_criterion_decides_only_where_the_one_before_is_equal() {
        let not_due =
            Claim { due: date("2026-06-02"), rate: Percent::whole(20), ..claim("a", 100) };
        let secured = Claim { secured: true, rate: Percent::whole(20), ..claim("b", 100) };
        let cheap = Claim { arose: date("2020-01-01"), ..claim("c", 100) };
        let dear = Claim { rate: Percent::whole(7), ..claim("d", 100) };
        let old = Claim { arose: date("2019-01-01"), ..claim("e", 100) };
        let titled = Claim { titled: true, rate: Percent::whole(20), ..claim("f", 100) };
        let claims = [not_due, secured, cheap, dear, old, titled];
        let order: Vec<_> = pay(600, None, &claims).into_iter().map(|(id, _)| id).collect();
        assert_eq!(order, ["d", "e", "c", "f", "b", "a"]);
    }

    #[test]
    fn a_claim_that_falls_due_on_the_day_of_payment_is_due() {
        let today = Claim { due: date("2026-06-01"), ..claim("a", 100) };
        let tomorrow =
            Claim { due: date("2026-06-02"), rate: Percent::whole(7), ..claim("b", 100) };
        assert_eq!(pay(100, None, &[today, tomorrow]), [("a", 100)]);
    }

    #[test]
    fn equal_claims_share_and_the_odd_cent_goes_to_the_first_id() {
        let claims = [claim("c", 300), claim("a", 300), claim("b", 300)];
        assert_eq!(pay(100, None, &claims), [("a", 34), ("b", 33), ("c", 33)]);
    }

    #[test]
    fn the_debtors_word_comes_first_and_the_rest_goes_by_rank() {
        let claims = [claim("a", 300), Claim { secured: true, ..claim("b", 200) }];
        let said = Designation { claims: vec!["b"], order: None };
        assert_eq!(pay(250, Some(&said), &claims), [("b", 200), ("a", 50)]);
        let unknown = Designation { claims: vec!["z"], order: None };
        let refused = allocate_across(Money::eur(1), date("2026-06-01"), Some(&unknown), &claims);
        assert_eq!(refused, Err(Refusal::UnknownDesignation.into()));
    }

    #[test]
    fn principal_first_needs_a_designation_and_never_reaches_a_consumer_loan() {
        let open =
            Parts { costs: Money::eur(50), interest: Money::eur(20), principal: Money::eur(90) };
        let plain = Claim { open, ..claim("a", 0) };
        let order = Some([Part::Principal, Part::Interest, Part::Costs]);
        let said = Designation { claims: vec!["a"], order };
        let run = |said, claim: &Claim| {
            allocate_across(Money::eur(100), date("2026-06-01"), said, std::slice::from_ref(claim))
        };
        let parts = |said| run(said, &plain).unwrap().shares[0].allocation.allocated;
        assert_eq!(parts(None).principal, Money::eur(30));
        assert_eq!(parts(Some(&said)).principal, Money::eur(90));
        let loan = Claim { rule: AllocationRule::ConsumerLoan, ..plain.clone() };
        assert_eq!(run(Some(&said), &loan), Err(Refusal::MandatoryOrder.into()));
    }

    #[test]
    fn claims_of_several_creditors_never_share_a_pool() {
        let claims = [claim("a", 300), Claim { creditor: 2, ..claim("b", 300) }];
        let refused = allocate_across(Money::eur(100), date("2026-06-01"), None, &claims);
        assert_eq!(refused, Err(Refusal::SeveralCreditors.into()));
        let twice = [claim("a", 300), claim("a", 300)];
        let refused = allocate_across(Money::eur(100), date("2026-06-01"), None, &twice);
        assert_eq!(refused, Err(Refusal::DuplicateClaim.into()));
    }

    prop_compose! {
        fn any_claim(id: u8)(
            costs in 0i64..10_000, interest in 0i64..10_000, principal in 0i64..1_000_000,
            due in 0u64..400, arose in 0u64..3, rate in 4i32..7, secured: bool, titled: bool,
            loan: bool,
        ) -> OpenClaim<u8, u8> {
            let base = date("2025-12-01");
            OpenClaim {
                id,
                creditor: 1,
                open: Parts {
                    costs: Money::eur(costs),
                    interest: Money::eur(interest),
                    principal: Money::eur(principal),
                },
                rule: if loan { AllocationRule::ConsumerLoan } else { AllocationRule::default() },
                arose: base + chrono::Days::new(arose),
                due: base + chrono::Days::new(due),
                secured,
                titled,
                rate: Percent::whole(rate),
            }
        }
    }

    fn any_claims() -> impl Strategy<Value = Vec<OpenClaim<u8, u8>>> {
        (0u8..7).prop_flat_map(|count| (0..count).map(any_claim).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn what_claims_receive_and_what_is_left_is_the_payment(
            payment in 0i64..3_000_000, claims in any_claims(), named in 0u8..7,
        ) {
            let said = Designation { claims: vec![named], order: None };
            let said = claims.iter().any(|claim| claim.id == named).then_some(&said);
            let day = date("2026-06-01");
            let done = allocate_across(Money::eur(payment), day, said, &claims).unwrap();
            let paid = done.shares.iter().map(|share| share.allocation.allocated.total().unwrap());
            let paid = Money::sum(Currency::EUR, paid).unwrap().minor_units();
            let owed = claims.iter().map(|claim| claim.open.total().unwrap().minor_units());
            prop_assert_eq!(paid + done.overpayment.minor_units(), payment);
            prop_assert_eq!(paid, payment.min(owed.sum()));
            for share in &done.shares {
                let claim = claims.iter().find(|claim| claim.id == share.id).unwrap();
                let sum = share.allocation.allocated.total().unwrap()
                    .checked_add(share.allocation.remaining.total().unwrap()).unwrap();
                prop_assert_eq!(sum, claim.open.total().unwrap());
                prop_assert!(share.allocation.overpayment.is_zero());
            }
        }

        #[test]
        fn the_order_in_which_claims_are_given_does_not_matter(
            payment in 0i64..3_000_000, claims in any_claims(),
        ) {
            let day = date("2026-06-01");
            let mut turned = claims.clone();
            turned.reverse();
            let one = allocate_across(Money::eur(payment), day, None, &claims).unwrap();
            prop_assert_eq!(one, allocate_across(Money::eur(payment), day, None, &turned).unwrap());
        }

        #[test]
        fn nothing_of_lower_rank_is_paid_before_the_higher_is_whole(
            payment in 0i64..3_000_000, claims in any_claims(),
        ) {
            let day = date("2026-06-01");
            let done = allocate_across(Money::eur(payment), day, None, &claims).unwrap();
            for share in &done.shares {
                let paid = claims.iter().find(|claim| claim.id == share.id).unwrap();
                for higher in claims.iter().filter(|other| rank(other, day) < rank(paid, day)) {
                    let got = done.shares.iter().find(|share| share.id == higher.id);
                    let left = got.map_or(higher.open.total(), |s| s.allocation.remaining.total());
                    prop_assert!(left.unwrap().is_zero());
                }
            }
        }
    }
}
