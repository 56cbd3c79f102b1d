use kulanz_simulator::behaviour::Nature;
use kulanz_simulator::calendar::{Calendar, FIRST};
use kulanz_simulator::policies::{Experience, Learned, Planted};
use kulanz_simulator::population::Population;
use kulanz_simulator::run::Rules;
use kulanz_simulator::world::World;

/// Last year in world 1, with so many people of the middle age class and so large a drawn share.
fn last_year(people: u32, drawn: f64) -> (World, Experience) {
    let world = Experience::last_year(&World::numbered(1).unwrap());
    let rules = Rules::new(120, 28);
    let calendar = Calendar::new(FIRST, 250);
    let nature = Nature { world: &world, calendar: &calendar, intercepts: [0.0; 3] };
    let people = Population::of_world(&world, [0.0, 1.0, 0.0]).people(people);
    let experience = Experience::of(&nature, &people, &rules, drawn, true);
    (world, experience)
}

#[test]
fn a_planted_bad_policy_is_refused_by_the_gate_and_a_planted_good_one_passes() {
    let (world, experience) = last_year(10_000, 1.0);
    let judged = |planted| experience.planted(planted, &world.parameters.cost).unwrap();
    let (good, bad) = (judged(Planted::Good), judged(Planted::Bad));
    assert!(good.passes() && good.estimate[0] > 0.04, "{good:?}");
    assert!(!bad.passes() && bad.estimate[0] < -0.05, "{bad:?}");
    assert!(good.estimate[0] - bad.estimate[0] > 0.15, "{good:?} {bad:?}");
}

#[test]
fn a_log_in_which_nothing_was_drawn_lets_no_candidate_in() {
    let (world, experience) = last_year(1_000, 0.0);
    let (_, judgement) = Learned::candidate(&world.parameters.cost, &experience).unwrap();
    assert!(!judgement.passes(), "{judgement:?}");
}
