use kulanz_simulator::behaviour::{Event, Life, Nature};
use kulanz_simulator::calendar::{Calendar, FIRST};
use kulanz_simulator::population::Population;
use kulanz_simulator::space::Action;
use kulanz_simulator::world::World;
use proptest::prelude::*;

fn action() -> impl Strategy<Value = Action> {
    (0_u8..5, 0_u8..6, 0_u8..8, 0_u8..12, 0_u8..6, 0_u8..2)
        .prop_map(|(a, b, c, d, e, f)| Action([a, b, c, d, e, f]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is said to whom and when: nobody pays what she does not have, nor more than she owes.
    #[test]
    fn nobody_pays_more_than_she_has_or_owes(
        number in 1_u32..50, person in 0_u32..100_000, intercept in -3.0_f64..5.0,
        actions in proptest::collection::vec((0_u32..200, action()), 0..20),
    ) {
        let world = World::numbered(number).unwrap();
        let calendar = Calendar::new(FIRST, 500);
        let nature = Nature { world: &world, calendar: &calendar, intercepts: [intercept; 3] };
        let person = Population::of_world(&world, [0.3, 0.3, 0.4]).person(person);
        let (mut life, mut events, mut paid) = (Life::new(&person), Vec::new(), 0);
        for day in person.enters..person.enters + 200 {
            for (_, action) in actions.iter().filter(|(at, _)| person.enters + at == day) {
                if life.is_open() {
                    nature.contact(&person, &mut life, *action, day, &mut events);
                }
            }
            let before = life.purse;
            nature.live(&person, &mut life, day, &mut events);
            let today: i64 = events.drain(..).map(|event| match event {
                Event::Paid { cents, .. } => cents,
                _ => 0,
            }).sum();
            // On a day without income, what she had is the most that she can pay.
            let payday = calendar.facts(day).of_month == person.payday;
            prop_assert!(payday || today <= before.available_cents());
            prop_assert!(life.purse.available_eur() >= 0.0);
            paid += today;
            prop_assert_eq!(paid + life.remaining_cents, person.amount_cents);
        }
    }
}

/// R² of willingness, means and digital affinity on their proxies: what a creditor can know.
#[test]
fn what_can_be_observed_explains_about_three_tenths_of_the_traits() {
    let world = World::read("version = 1").unwrap();
    let people = Population::of_world(&world, [0.3, 0.3, 0.4]).people(20_000);
    let squared = |pairs: Vec<(f64, f64)>| {
        let count = f64::from(20_000);
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
        let covariance = mean(&|pair| (pair.0 - x) * (pair.1 - y));
        let spread = mean(&|pair| (pair.0 - x).powi(2)) * mean(&|pair| (pair.1 - y).powi(2));
        covariance * covariance / spread
    };
    let will = squared(people.iter().map(|p| (p.traits.willingness, p.observed.history)).collect());
    let means = squared(people.iter().map(|p| (p.traits.capacity, p.observed.solvency)).collect());
    assert!((will - 0.3).abs() < 0.02 && (means - 0.3).abs() < 0.02, "{will} {means}");
}

#[test]
fn claims_have_the_mean_of_the_world() {
    let world = World::read("version = 1").unwrap();
    let people = Population::of_world(&world, [0.3, 0.3, 0.4]).people(50_000);
    let sum: i64 = people.iter().map(|person| person.amount_cents).sum();
    let mean = sum / 50_000 / 100;
    assert!((2_550..2_740).contains(&mean), "{mean}");
}
