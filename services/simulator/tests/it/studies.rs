use kulanz_simulator::population::Source;
use kulanz_simulator::report;
use kulanz_simulator::study::{Plan, PolicyName, Study, StudyError, study};
use kulanz_simulator::world::{World, WorldId};

fn plan<'a>(ids: &[WorldId], debtors: u32, policies: &[PolicyName]) -> Plan<'a> {
    Plan {
        worlds: ids.iter().map(|id| World::named(*id).unwrap()).collect(),
        debtors,
        days: 180,
        policies: policies.to_vec(),
        portfolio: None,
        seed: 0,
        threads: 2,
    }
}

fn played(plan: &Plan<'_>) -> Study {
    study(plan, &|| ()).unwrap()
}

#[test]
fn two_runs_give_the_same_bytes_whatever_the_number_of_threads() {
    let mut twice = plan(
        &[WorldId::Numbered(1), WorldId::Adversarial(2)],
        150,
        &[PolicyName::Expert, PolicyName::LearnedRamp],
    );
    let first = played(&twice);
    twice.threads = 1;
    let second = played(&twice);
    assert_eq!(report::json(&first).unwrap(), report::json(&second).unwrap());
    assert_eq!(report::html(&first).unwrap(), report::html(&second).unwrap());
}

/// Who speaks on the same days collects the same to the cent; who waits for a slot, nearly.
#[test]
fn where_nothing_makes_a_difference_all_policies_collect_the_same() {
    let policies = [PolicyName::Expert, PolicyName::Random];
    let ids = [1, 2, 3].map(WorldId::Null);
    for world in played(&plan(&ids, 20_000, &policies)).worlds {
        let paid = |name| world.policy(name).unwrap().paid_eur_per_debtor;
        assert!((paid("expert") - paid("static")).abs() < 1e-9, "{}", world.world);
        let waiting = world.policy("random").unwrap().uplift;
        assert!(waiting.abs() <= 0.01, "{}: {waiting}", world.world);
    }
}

#[test]
fn whoever_knows_the_truth_collects_more_than_static_dunning_and_chance_no_more_than_she() {
    let policies = [PolicyName::Oracle, PolicyName::Random];
    let ids = [1, 2, 3].map(WorldId::Numbered);
    for world in played(&plan(&ids, 3_000, &policies)).worlds {
        let uplift = |name| world.policy(name).unwrap().uplift;
        assert!(uplift("oracle") > 0.01 && uplift("oracle") > uplift("random"));
    }
}

#[test]
fn no_policy_has_more_contacts_than_its_budget() {
    let all: Vec<PolicyName> = PolicyName::ALL.to_vec();
    let study = played(&plan(&[WorldId::Numbered(4)], 200, &all));
    for figures in &study.worlds[0].policies {
        assert!(figures.contacts <= 5 * 200, "{}", figures.policy);
        assert!(figures.contacts > 200, "{} hardly ever speaks", figures.policy);
    }
}

#[test]
fn a_portfolio_is_owed_by_the_people_of_the_world() {
    let claim =
        |amount_cents, age_months| Source { amount_cents, age_months, email: true, mobile: false };
    let portfolio: Vec<Source> =
        (0..500).map(|n| claim(10_000 + 1_000 * n, u32::try_from(n % 60).unwrap())).collect();
    let mut rehearsal = plan(&[WorldId::Numbered(1)], 500, &[PolicyName::Expert]);
    rehearsal.portfolio = Some(&portfolio);
    let study = played(&rehearsal);
    assert!(study.portfolio);
    let owed: i64 = portfolio.iter().map(|claim| claim.amount_cents).sum();
    let figures = &study.worlds[0].policies[0];
    let paid = figures.paid_eur_per_debtor * 500.0 / (owed as f64 / 100.0);
    assert!((figures.amount - paid).abs() < 1e-4);
}

#[test]
fn a_study_of_next_to_nobody_is_refused() {
    let small = plan(&[WorldId::Numbered(1)], 10, &[]);
    assert_eq!(study(&small, &|| ()), Err(StudyError::TooSmall { least: 100, days: 28 }));
}

#[test]
fn a_scaled_world_is_the_numbered_one_with_other_effects() {
    let id: WorldId = "25%:7".parse().unwrap();
    assert_eq!(id.to_string(), "25%:7");
    let (scaled, whole) = (World::named(id).unwrap(), World::numbered(7).unwrap());
    assert!((scaled.parameters.effects.scale - 0.25).abs() < 1e-12);
    let unscaled = scaled.parameters.effects.channel;
    assert_eq!(unscaled, whole.parameters.effects.channel);
    for wrong in ["%:7", "-5%:7", "2000%:7", "25:7", "25%:x"] {
        assert!(wrong.parse::<WorldId>().is_err(), "{wrong}");
    }
}

#[test]
fn the_groups_that_fare_worst_are_named_and_static_dunning_does_no_group_more_harm_than_itself() {
    let study = played(&plan(&[WorldId::Numbered(2)], 400, &[PolicyName::Random]));
    let figures = |name| study.worlds[0].policy(name).unwrap();
    let own = figures("static").most_harmed.clone().unwrap();
    assert!(own.more_harm_per_1_000.abs() < 1e-9 && own.uplift.abs() < 1e-9);
    let random = figures("random");
    let (harmed, poor) =
        (random.most_harmed.clone().unwrap(), random.least_gained.clone().unwrap());
    assert!(harmed.more_harm_per_1_000 >= poor.more_harm_per_1_000);
    assert!(poor.uplift <= random.uplift && poor.uplift <= harmed.uplift);
    let contacts: u64 = random.curves.iter().map(|curve| curve.contacts).sum();
    assert_eq!(contacts, random.contacts);
}

#[test]
fn the_page_says_what_the_gate_made_of_the_candidate_and_of_the_planted_policies() {
    let study = played(&plan(&[WorldId::Numbered(3)], 200, &[PolicyName::LearnedRamp]));
    let page = report::html(&study).unwrap();
    // A log of 200 people in 20 weeks cannot carry a verdict: everything is refused as thin.
    assert!(page.contains("Gate: learned-ramp is refused"), "{page}");
    assert!(page.contains("thin evidence") && page.contains("the planted bad one is refused"));
    let figures = study.worlds[0].policy("learned-ramp").unwrap();
    let ramp = figures.ramp.as_ref().unwrap();
    assert_eq!(ramp.steps, [(0, 0.0)]);
    assert!(
        (figures.net_eur_per_debtor - study.worlds[0].policies[0].net_eur_per_debtor).abs() < 1e-9
    );
}
