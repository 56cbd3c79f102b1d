use proptest::prelude::*;

use super::*;
use crate::{Moments, Observation, Quantity};
use Followed::{Paid, Unpaid};

fn table(horizon: u32, people: &[Followed]) -> LifeTable {
    let mut table = LifeTable::new(horizon).unwrap();
    for followed in people {
        table.add(*followed);
    }
    table
}

#[test]
fn a_worked_example_with_people_lost_from_view() {
    // Ten people; two pay on day 0; three are lost after one day; one of the five left pays on day 1.
    let mut people = vec![Paid(0), Paid(0), Paid(1), Unpaid(1), Unpaid(1), Unpaid(1)];
    people.extend([Unpaid(9); 4]);
    let table = table(2, &people);
    assert_eq!(table.at_risk(), [10, 5]);
    let unpaid = table.unpaid().unwrap();
    assert!((unpaid[0] - 0.8).abs() < 1e-15 && (unpaid[1] - 0.64).abs() < 1e-15);
    assert!((table.mean_days().unwrap().mean - 1.44).abs() < 1e-15);
    let paid = table.paid_share().unwrap();
    assert!((paid.mean - 0.36).abs() < 1e-15);
    let greenwood = 0.64 * 0.64 * (2.0 / 80.0 + 1.0 / 20.0);
    assert!((paid.variance_of_mean() - greenwood).abs() < 1e-15);
}

#[test]
fn days_on_which_nobody_is_followed_are_refused() {
    assert_eq!(table(3, &[Unpaid(1), Unpaid(2)]).unpaid(), Err(Refusal::NobodyAtRisk));
    assert_eq!(table(3, &[]).mean_days(), Err(Refusal::NobodyAtRisk));
    assert_eq!(LifeTable::new(0), Err(Refusal::Horizon));
    assert_eq!(table(3, &[]).remove(Paid(1)), Err(Refusal::NothingToRemove));
    assert_eq!(table(3, &[]).merge(&table(4, &[])), Err(Refusal::Horizon));
}

fn people() -> impl Strategy<Value = Vec<Followed>> {
    let one = prop_oneof![(0u32..12).prop_map(Paid), (0u32..12).prop_map(Unpaid)];
    prop::collection::vec(one, 1..40)
}

proptest! {
    #[test]
    fn with_everybody_followed_to_the_end_it_is_the_plain_mean(days in prop::collection::vec(0u32..12, 2..40)) {
        let people: Vec<_> = days.iter().map(|day| Paid(*day)).collect();
        let found = table(8, &people).mean_days().unwrap();
        let capped: Vec<_> = days.iter().map(|day| Observation::of(f64::from((*day).min(8)))).collect();
        let plain = Moments::from_observations(&capped).unwrap();
        prop_assert!((found.mean - plain.mean(Quantity::Outcome)).abs() < 1e-12);
        let units = count(plain.units());
        let variance = plain.variance(Quantity::Outcome) * (units - 1.0) / units;
        prop_assert!((found.variance - variance).abs() < 1e-9);
    }

    #[test]
    fn merging_is_one_pass_and_removing_restores(people in people(), cut in 0usize..40) {
        let (left, right) = people.split_at(cut.min(people.len()));
        let mut merged = table(8, left);
        merged.merge(&table(8, right)).unwrap();
        prop_assert_eq!(&merged, &table(8, &people));
        for followed in right {
            merged.remove(*followed).unwrap();
        }
        prop_assert_eq!(merged, table(8, left));
    }

    #[test]
    fn the_unpaid_share_never_rises(people in people()) {
        let Ok(unpaid) = table(8, &people).unpaid() else { return Ok(()) };
        prop_assert!(unpaid.windows(2).all(|days| days[1] <= days[0]));
        prop_assert!(unpaid.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
