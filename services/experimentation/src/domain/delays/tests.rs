use proptest::prelude::*;

use super::*;
use crate::domain::experiment::Design;
use crate::domain::experiment::tests::design;
use crate::domain::totals::Totals;

/// A person who came in on a date and paid after so many days, 30 for not at all.
fn person(arm: &str, exposed_on: i64, days: f64, matured: bool) -> Counted {
    Counted {
        arm: arm.to_owned(),
        bucket_version: 1,
        exposed_on,
        covariate: None,
        matured,
        values: [(Measure::DaysToPayment, days)].into(),
    }
}

fn delays(people: &[Counted]) -> Delays {
    let mut delays = Delays::default();
    for person in people {
        delays.add(person);
    }
    delays
}

fn shown(people: &[Counted], today: i64) -> Vec<Delay> {
    let mut totals = Totals::default();
    for person in people {
        totals.add(person).unwrap();
    }
    read(&Design { maturity_days: 30, ..design() }, &totals, today)
}

fn many(count: usize, person: &Counted) -> Vec<Counted> {
    vec![person.clone(); count]
}

#[test]
fn those_who_have_not_paid_yet_count_for_as_long_as_they_were_followed() {
    // On day 14 of ten people who came on day 10, three whole days are known of each, of the ten others nine.
    let people = [
        many(2, &person("warm", 10, 0.7, false)),
        many(1, &person("warm", 10, 3.2, false)),
        many(7, &person("warm", 10, 30.0, false)),
        many(4, &person("warm", 4, 4.0, false)),
        many(6, &person("warm", 4, 30.0, false)),
    ];
    let table = delays(&people.concat()).table(Horizon { days: 30, today: 14 }, 9).unwrap();
    assert_eq!(table.at_risk(), [20, 18, 18, 10, 10, 6, 6, 6, 6]);
    assert_eq!(table.paid(), [2, 0, 0, 0, 4, 0, 0, 0, 0]);
    let share = table.paid_share().unwrap().mean;
    assert!((share - (1.0 - 0.9 * 0.6)).abs() < 1e-12, "{share}");
}

#[test]
fn arms_are_read_to_the_day_to_which_twenty_people_of_each_were_followed() {
    let people = [
        many(19, &person("plain", 0, 30.0, false)),
        many(1, &person("plain", 2, 0.5, false)),
        many(10, &person("plain", 8, 30.0, false)),
        many(30, &person("warm", 0, 30.0, false)),
    ];
    let found = shown(&people.concat(), 9);
    let of = |arm: usize| found[arm].early.clone().unwrap();
    assert_eq!((of(0).days, of(1).days), (6, 6));
    assert_eq!((found[0].people, found[1].people), (30, 30));
    assert!((of(1).mean_days.mean - 6.0).abs() < 1e-12);
    // Of the thirty, ten are not followed for a day yet.
    assert!((of(0).paid_share.mean - 1.0 / 20.0).abs() < 1e-12);
    let few = shown(&many(19, &person("warm", 0, 30.0, false)), 9);
    assert!(few[1].early.clone().unwrap_err().contains("fewer than 20"));
}

#[test]
fn who_pays_sooner_is_seen_before_anybody_s_days_are_over() {
    let arm = |key: &str, days: f64| {
        let pays = many(300, &person(key, 0, days, false));
        [pays, many(300, &person(key, 0, 30.0, false))].concat()
    };
    let found = shown(&[arm("plain", 9.5), arm("warm", 2.5)].concat(), 8);
    let early = |place: usize| found[place].early.clone().unwrap();
    assert!(early(1).e_value > 1_000.0, "{found:?}");
    assert!((early(0).e_value - 1.0).abs() < f64::EPSILON);
    // Seven days: half of them wait for two and the others for all seven.
    assert!((early(1).mean_days.mean - 4.5).abs() < 1e-12);
    assert!((early(0).mean_days.mean - 7.0).abs() < 1e-12);
    assert!(found.iter().all(|it| it.quantiles.is_empty()), "nobody's days are over");
}

#[test]
fn half_of_the_payers_have_paid_by_the_median_day() {
    let people = [
        many(50, &person("warm", 0, 3.9, true)),
        many(40, &person("warm", 0, 7.1, true)),
        many(10, &person("warm", 0, 21.0, true)),
        many(400, &person("warm", 0, 30.0, true)),
        many(99, &person("warm", 60, 1.0, false)),
    ];
    let found = shown(&people.concat(), 61);
    let days: Vec<_> = found[1].quantiles.iter().map(|it| (it.quantile, it.day)).collect();
    assert_eq!(days, [(0.5, 3), (0.9, 7)]);
    let median = found[1].quantiles[0];
    assert_eq!((median.lower, median.upper), (Some(3), Some(7)));
    assert!(found[0].quantiles.is_empty());
}

fn people(least: usize) -> impl Strategy<Value = Vec<Counted>> {
    let one = (0i64..40, 0.0f64..30.0, any::<bool>(), any::<bool>()).prop_map(
        |(exposed_on, days, paid, matured)| {
            person("warm", exposed_on, if paid { days } else { 30.0 }, matured)
        },
    );
    prop::collection::vec(one, least..40)
}

proptest! {
    #[test]
    fn who_is_taken_out_leaves_nothing(kept in people(0), erased in people(0)) {
        let mut found = delays(&[kept.clone(), erased.clone()].concat());
        for person in &erased {
            found.remove(person).unwrap();
        }
        prop_assert_eq!(&found, &delays(&kept));
        let stored = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::from_str::<Delays>(&stored).unwrap(), found);
    }

    #[test]
    fn with_everybody_followed_to_the_end_it_is_the_plain_share(people in people(20)) {
        let people: Vec<_> = people.into_iter().map(|person| Counted { matured: true, ..person }).collect();
        let found = shown(&people, 99);
        let early = found[1].early.clone().unwrap();
        let paid = people.iter().filter(|it| it.values[&Measure::DaysToPayment] < 30.0).count();
        prop_assert_eq!(early.days, 30);
        let share = f64::from(u32::try_from(paid).unwrap()) / f64::from(u32::try_from(people.len()).unwrap());
        prop_assert!((early.paid_share.mean - share).abs() < 1e-9);
    }
}

#[test]
fn nobody_is_taken_out_who_is_not_in() {
    let refused = delays(&[]).remove(&person("warm", 3, 1.0, false));
    assert_eq!(refused, Err(Refusal::NothingToRemove));
}
