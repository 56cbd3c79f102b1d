use kulanz_policy::ramp::SHARES;
use kulanz_simulator::behaviour::Nature;
use kulanz_simulator::calendar::{Calendar, FIRST};
use kulanz_simulator::calibration::calibrate;
use kulanz_simulator::policies::{Oracle, Ramp, RampLog};
use kulanz_simulator::population::Population;
use kulanz_simulator::run::{Choice, Policy, Rules, Situation, play};
use kulanz_simulator::world::World;

/// A planted bad policy: it never says anything.
struct Silent;

impl Policy for Silent {
    fn choose(&mut self, _: &Situation<'_>) -> Choice {
        Choice::Wait(1_000)
    }
}

/// Lets a policy in, in world 1 with so many people.
fn ramped(debtors: u32, policy: impl Policy) -> RampLog {
    let world = World::numbered(1).unwrap();
    let baseline = calibrate(&world).unwrap();
    let rules = Rules::new(180, 140);
    let calendar = Calendar::new(FIRST, 400);
    let nature = Nature { world: &world, calendar: &calendar, intercepts: baseline.intercepts };
    let people = Population::of_world(&world, baseline.mix).people(debtors);
    let mut ramp = Ramp::new(world.seed, policy, None);
    play(&nature, &people, &rules, &mut ramp);
    ramp.into_parts().1
}

#[test]
fn a_policy_that_says_nothing_is_never_given_more_than_a_fifth() {
    let log = ramped(20_000, Silent);
    let [_, lower, upper] = log.estimate.unwrap();
    assert!(log.steps.iter().all(|(_, share)| *share <= SHARES[1]), "{log:?}");
    assert!(log.killed && lower < upper && upper < 0.0, "{log:?}");
}

#[test]
fn a_policy_that_knows_the_truth_is_let_in() {
    let log = ramped(20_000, Oracle);
    assert!(!log.killed && log.steps.len() > 1, "{log:?}");
    assert!(log.steps.iter().zip(SHARES).all(|((_, share), step)| (share - step).abs() < 1e-12));
    assert!(log.steps.windows(2).all(|pair| pair[1].0 >= pair[0].0 + 14), "{log:?}");
}
