//! People who are dealt to several agencies.

use kulanz_simulator::run::{Crowd, Lived, Share};
use kulanz_simulator::space::Action;
use kulanz_simulator::study::{Plan, Stage, WorldFigures};
use kulanz_simulator::world::{World, WorldId};

/// Agencies of at most `most` people tell each of theirs once, on the day of hand-over.
fn told_once(most: usize) -> WorldFigures {
    let world = World::named(WorldId::Numbered(3)).unwrap();
    let plan = Plan {
        worlds: vec![world.clone()],
        debtors: 200,
        days: 60,
        policies: Vec::new(),
        portfolio: None,
        seed: 0,
        threads: 1,
    };
    let stage = Stage::new(&plan, &world).unwrap();
    let mut all = Lived::default();
    for share in Share::of_people(stage.people().len(), most) {
        let mut crowd = Crowd::new(stage.nature(), stage.people(), stage.rules(), share);
        for day in 0..stage.rules().length() {
            for person in crowd.entering(day) {
                let place = person.number as usize;
                for event in crowd.contact(place, Action([0; 6]), day) {
                    crowd.note(place, day, event);
                }
            }
            for place in crowd.followed(day) {
                for event in crowd.live(place, day) {
                    crowd.note(place, day, event);
                }
            }
        }
        all.extend(crowd.close(|_, life| life.is_recovered()));
    }
    stage.figures_of(&all, None)
}

#[test]
fn the_figures_are_the_same_whether_one_agency_follows_the_people_or_four_share_them() {
    let (one, four) = (told_once(200), told_once(53));
    assert_eq!(one, four);
    let service = one.policy("service").unwrap();
    assert_eq!(service.contacts, 200);
    assert!(service.paid_eur_per_debtor > 0.0);
}

#[test]
fn no_agency_has_more_people_than_it_takes_on() {
    let sizes = |people, most| Share::of_people(people, most).count();
    assert_eq!([sizes(10_000, 10_000), sizes(10_001, 10_000), sizes(0, 10_000)], [1, 2, 1]);
}
