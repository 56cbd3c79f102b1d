use chrono::NaiveDate;
use kulanz_law::{InterestRate, Parts, Percent};
use kulanz_types::{Currency, Money, calendar::is_banking_day};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn debt(costs: i64, interest: i64, principal: i64) -> Debt {
    let [costs, interest, principal] = [costs, interest, principal].map(Money::eur);
    let rate = InterestRate::Fixed(Percent::whole(6));
    Debt { as_of: day("2026-03-02"), open: Parts { costs, interest, principal }, rate }
}

fn wish(kind: Kind) -> Wish {
    Wish { kind, instalment: None, months: None, first_date: None, down_payment: None }
}

fn offered(debt: &Debt, wish: &Wish) -> Offer {
    offer(debt, wish, &Policy::default()).unwrap()
}

#[test]
fn a_monthly_plan_ends_at_nothing_with_interest_on_the_falling_principal() {
    let payments = due_dates(day("2026-04-01")).take(12);
    let payments = payments.map(|due_on| Payment { due_on, at_most: Money::eur(20_000) });
    let plan = schedule(&debt(0, 0, 60_000), payments).unwrap();
    // 600.00 at 6 % for the 29 days from 3 to 31 March: 2.8603
    assert_eq!(plan.dues[0].period_interest, Money::eur(286));
    assert_eq!(plan.dues[0].remaining.principal, Money::eur(40_286));
    assert_eq!(plan.dues[0].remaining.interest, Money::eur(0));
    // 402.86 for the 33 days from 1 April to 3 May (1 May is no banking day): 2.1854, and 5.0457 in all
    assert_eq!(plan.dues[1].due_on, day("2026-05-04"));
    assert_eq!(plan.dues[1].period_interest, Money::eur(218));
    assert_eq!(plan.dues.len(), 4);
    assert_eq!(plan.total, Money::eur(60_000 + plan.added_interest.minor_units()));
}

#[test]
fn costs_are_paid_before_interest_and_principal() {
    let payments = due_dates(day("2026-04-01")).take(9);
    let payments = payments.map(|due_on| Payment { due_on, at_most: Money::eur(5_000) });
    let plan = schedule(&debt(8_000, 1_000, 20_000), payments).unwrap();
    assert_eq!(plan.dues[0].remaining.costs, Money::eur(3_000));
    assert_eq!(plan.dues[0].remaining.principal, Money::eur(20_000));
}

#[test]
fn an_instalment_below_the_interest_of_its_month_is_no_plan() {
    let payments = due_dates(day("2026-04-01")).take(36);
    let payments = payments.map(|due_on| Payment { due_on, at_most: Money::eur(1_000) });
    let refused = schedule(&debt(0, 0, 1_000_000), payments);
    assert_eq!(refused, Err(PlanRefusal::InterestOutruns));
}

#[test]
fn without_a_wish_three_terms_are_offered() {
    let offer = offered(&debt(5_000, 1_000, 50_000), &wish(Kind::Instalments));
    let counts: Vec<usize> = offer.plans.iter().map(|plan| plan.plan.dues.len()).collect();
    assert_eq!(counts, [3, 6, 12]);
    assert_eq!(offer.plans[0].plan.dues[0].due_on, day("2026-03-16"));
    assert_eq!(offer.lowest_instalment, None);
}

#[test]
fn a_wished_instalment_is_granted_first() {
    let instalment = Some(Money::eur(7_500));
    let offer = offered(&debt(0, 0, 50_000), &Wish { instalment, ..wish(Kind::Instalments) });
    assert_eq!(offer.plans[0].instalment, Money::eur(7_500));
    assert_eq!(offer.plans[0].plan.dues.len(), 7);
}

#[test]
fn a_last_due_below_the_lowest_instalment_is_paid_with_the_one_before() {
    let instalment = Some(Money::eur(10_000));
    let offer = offered(&debt(0, 0, 50_000), &Wish { instalment, ..wish(Kind::Instalments) });
    let plan = &offer.plans[0].plan;
    assert_eq!(plan.dues.len(), 5);
    let added = plan.added_interest.minor_units();
    assert_eq!(plan.dues[4].amount, Money::eur(10_000 + added));
}

#[test]
fn too_low_an_instalment_is_answered_with_the_lowest_possible_one() {
    let instalment = Some(Money::eur(1_000));
    let offer = offered(&debt(0, 0, 150_000), &Wish { instalment, ..wish(Kind::Instalments) });
    let lowest = offer.lowest_instalment.unwrap();
    assert_eq!(offer.plans[0].instalment, lowest);
    assert_eq!(offer.plans[0].plan.dues.len(), 36);
    let text = counterfactual(&offer, Language::German);
    assert!(text.starts_with("Ab 4"), "{text}");
}

#[test]
fn a_deferral_is_one_payment_with_the_interest_until_then() {
    let first_date = Some(day("2026-04-30"));
    let offer = offered(&debt(0, 0, 36_500), &Wish { first_date, ..wish(Kind::Deferral) });
    let plan = &offer.plans[0].plan;
    // 365.00 at 6 %: six cents a day for the 58 days from 3 March to 29 April.
    assert_eq!((plan.dues.len(), plan.added_interest), (1, Money::eur(348)));
    assert_eq!(plan.dues[0].due_on, day("2026-04-30"));
}

#[test]
fn a_deferral_beyond_the_policy_is_answered_with_earlier_days() {
    let first_date = Some(day("2027-03-01"));
    let offer = offered(&debt(0, 0, 36_500), &Wish { first_date, ..wish(Kind::Deferral) });
    let days: Vec<NaiveDate> = offer.plans.iter().map(|plan| plan.plan.dues[0].due_on).collect();
    assert_eq!(days, [day("2026-03-16"), day("2026-04-01")]);
    assert!(counterfactual(&offer, Language::German).contains("spätestens am 31.05.2026"));
}

#[test]
fn a_down_payment_comes_first_and_the_rest_monthly() {
    let down_payment = Some(Money::eur(20_000));
    let offer = offered(&debt(0, 0, 50_000), &Wish { down_payment, ..wish(Kind::DownPayment) });
    let plan = &offer.plans[0].plan;
    assert_eq!(plan.dues[0].amount, Money::eur(20_000));
    assert_eq!(plan.dues.len(), 4);
    assert!(plan.dues[1].amount.minor_units() < 10_200);
}

#[test]
fn a_small_debt_is_not_cut_into_instalments_below_the_lowest() {
    assert!(offered(&debt(0, 0, 1_500), &wish(Kind::Instalments)).plans.is_empty());
    assert!(offered(&debt(0, 0, 0), &wish(Kind::Deferral)).plans.is_empty());
}

#[test]
fn the_notice_names_fee_interest_and_total_of_each_option() {
    let debt = debt(0, 0, 123_456);
    let offer = offered(&debt, &wish(Kind::Instalments));
    let notice = cost_notice(&debt, &offer.plans, Language::German).unwrap();
    assert!(notice.contains("§ 13a Abs. 3 RDG"));
    assert!(notice.contains("1.234,56 EUR offen"));
    assert!(notice.contains("keine Gebühr"));
    for plan in &offer.plans {
        assert!(notice.contains(&Language::German.money(plan.plan.total)), "{notice}");
    }
    let english = cost_notice(&debt, &offer.plans, Language::English).unwrap();
    assert!(english.contains("EUR 1,234.56 is open"), "{english}");
}

#[test]
fn a_plan_past_the_known_base_rates_says_so() {
    let as_of = day("2026-11-02");
    let rate = interest_of("6.52".parse().unwrap(), as_of);
    let debt = Debt { as_of, rate, ..debt(0, 0, 100_000) };
    let offer = offered(&debt, &wish(Kind::Instalments));
    assert_eq!(rate, InterestRate::CONSUMER);
    assert_eq!(offer.plans[2].plan.provisional_from, Some(day("2027-01-01")));
    assert!(matches!(interest_of("17".parse().unwrap(), as_of), InterestRate::Fixed(_)));
}

proptest! {
    #[test]
    fn every_offered_plan_pays_debt_and_interest_to_the_cent(
        costs in 0..20_000_i64, interest in 0..20_000_i64, principal in 1..2_000_000_i64,
        months in 2..36_usize,
    ) {
        let debt = debt(costs, interest, principal);
        let owed = debt.total().unwrap().minor_units();
        let wish = Wish { months: Some(months), ..wish(Kind::Instalments) };
        for offered in offered(&debt, &wish).plans {
            let plan = offered.plan;
            let paid = Money::sum(Currency::EUR, plan.dues.iter().map(|due| due.amount)).unwrap();
            prop_assert_eq!(paid, plan.total);
            prop_assert_eq!(paid.minor_units(), owed + plan.added_interest.minor_units());
            prop_assert!(plan.dues.last().unwrap().remaining.total().unwrap().is_zero());
            let regular = &plan.dues[..plan.dues.len() - 1];
            prop_assert!(regular.iter().all(|due| due.amount == offered.instalment));
            // With the last due goes what would be less than the lowest instalment a month later.
            let most = offered.instalment.minor_units() + Policy::default().lowest_instalment;
            prop_assert!(plan.dues.last().unwrap().amount.minor_units() < most);
            prop_assert!(plan.dues.iter().all(|due| due.amount.is_positive()));
        }
    }

    #[test]
    fn dues_fall_on_banking_days_in_rising_order(offset in 0..2_000_u64, count in 2..40_usize) {
        let first = day("2024-01-31") + chrono::Days::new(offset);
        let dues: Vec<NaiveDate> = due_dates(first).take(count).collect();
        prop_assert!(dues.iter().all(|due| is_banking_day(*due)));
        prop_assert!(dues.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_longer_term_never_costs_less(principal in 50_000..2_000_000_i64, months in 2..35_usize) {
        let debt = debt(0, 0, principal);
        let of = |months| {
            let wish = Wish { months: Some(months), ..wish(Kind::Instalments) };
            offered(&debt, &wish).plans.remove(0).plan
        };
        let (shorter, longer) = (of(months), of(months + 1));
        prop_assert!(shorter.total.minor_units() <= longer.total.minor_units());
    }
}
