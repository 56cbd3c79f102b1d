use super::*;

fn judged(log: &[LoggedAction]) -> Vec<Refusal> {
    let value = evaluate(log).unwrap();
    Gate::default().judge(&Case { value: &value, harm: None, contacts: None, parity: &[] })
}

/// The world's log without the model, which is meant to be wrong.
fn log(target: Target, decisions: usize) -> Vec<LoggedAction> {
    let strip = |row| LoggedAction { predicted: None, ..row };
    World::additive().log(5, decisions, target).into_iter().map(strip).collect()
}

#[test]
fn a_good_policy_passes_and_a_bad_one_is_refused_for_what_it_earns() {
    assert_eq!(judged(&log(Target::Good, 20_000)), []);
    let against = judged(&log(Target::Bad, 20_000));
    assert!(
        matches!(against[..], [Refusal::BelowIncumbent { lower, .. }] if lower < -0.05),
        "{against:?}"
    );
}

#[test]
fn a_margin_gives_room_for_doubt_and_none_to_a_policy_that_is_shown_to_earn_less() {
    let gate = Gate { value_margin: 0.5, ..Gate::default() };
    let against = |log: &[LoggedAction]| {
        let value = evaluate(log).unwrap();
        gate.judge(&Case { value: &value, harm: None, contacts: None, parity: &[] })
    };
    let shown = against(&log(Target::Bad, 20_000));
    let [Refusal::BelowIncumbent { lower, upper, least }] = shown[..] else { panic!("{shown:?}") };
    assert!(least < lower && lower < upper && upper < 0.0, "{shown:?}");
    assert_eq!(
        shown[0].to_string(),
        format!("earns less than the log did: the difference lies from {lower:.6} to {upper:.6}")
    );
    // Letters bring 0.02 less than silence at the mean, which 4,000 decisions that vary by 1 do not show.
    let doubtful = letters(|letter, place| {
        f64::from(u8::from(place % 4 < 2)) - if letter { 0.02 } else { 0.0 }
    });
    assert_eq!(against(&doubtful), []);
    assert!(
        matches!(judged(&doubtful)[..], [Refusal::BelowIncumbent { upper, .. }] if upper > 0.0)
    );
}

#[test]
fn a_good_policy_with_little_behind_it_is_refused_as_thin() {
    let against = judged(&log(Target::Good, 600));
    let thin = |refusal: &Refusal| matches!(refusal, Refusal::ThinLevel { effective, .. } if *effective < 500.0);
    assert!(against.iter().any(|refusal| matches!(refusal, Refusal::ThinEvidence { .. })));
    assert_eq!(against.iter().filter(|refusal| thin(refusal)).count(), 9, "{against:?}");
}

#[test]
fn a_log_that_never_did_otherwise_speaks_of_nothing_else() {
    let against = judged(&vec![logged(1.0, 1.0, 0.5); 5_000]);
    assert!(against.contains(&Refusal::NoExploration));
    assert!(against.contains(&Refusal::NotCovered { factor: None, share: 0.5 }), "{against:?}");
    let never = judged(&vec![logged(1.0, 0.5, 0.0); 5_000]);
    assert!(never.contains(&Refusal::ThinEvidence { effective: 0.0, least: 500.0 }), "{never:?}");
}

#[test]
fn propensities_of_other_actions_are_told_by_their_weight_and_rounded_ones_are_let_be() {
    let further = |row: LoggedAction| LoggedAction { propensity: row.propensity / 8.0, ..row };
    let log = log(Target::Good, 20_000);
    let against = judged(&log.iter().cloned().map(further).collect::<Vec<_>>());
    let weighs = |refusal: &Refusal, of: Option<usize>, about: f64| match refusal {
        Refusal::OtherPropensities { factor, weight } => {
            *factor == of && (weight / about - 1.0).abs() < 0.1
        }
        _ => false,
    };
    assert!(against.iter().any(|refusal| weighs(refusal, None, 8.0)), "{against:?}");
    let value = evaluate(&log.iter().cloned().map(further).collect::<Vec<_>>()).unwrap();
    let value = value.by_factor();
    let judge =
        |value| Gate::default().judge(&Case { value, harm: None, contacts: None, parity: &[] });
    assert_eq!(judge(&value), [], "factor by factor the log is as it should be");
    assert_eq!(value.decisive(500.0).map(|valued| valued.estimator), Some(Estimator::Slate));
    let silent = |mut row: LoggedAction| {
        row.factors[1].logged *= 0.9;
        row
    };
    let against = judged(&log.into_iter().map(silent).collect::<Vec<_>>());
    assert!(against.iter().any(|refusal| weighs(refusal, Some(1), 1.11)), "{against:?}");
    // A third, written as 0.33.
    assert_eq!(judged(&vec![logged(1.0, 0.33, 1.0 / 3.0); 5_000]), []);
}

#[test]
fn a_wrong_model_is_found_out_and_a_right_one_is_not() {
    let wrong = judged(&World::additive().log(5, 20_000, Target::Good));
    assert!(
        matches!(wrong[..], [Refusal::ModelDisagrees { errors, .. }] if errors > 2.0),
        "{wrong:?}"
    );
    let mended = |row: LoggedAction| LoggedAction {
        predicted: row.predicted.map(|known| Predicted {
            action: 2.0 * known.action - 0.1,
            target: 2.0 * known.target - 0.1,
        }),
        ..row
    };
    let right: Vec<_> =
        World::additive().log(5, 20_000, Target::Good).into_iter().map(mended).collect();
    assert_eq!(judged(&right), []);
    // What it is off by is the same whatever is done: of the gain it is right.
    let off = |row: LoggedAction| LoggedAction {
        predicted: row
            .predicted
            .map(|known| Predicted { action: known.action + 0.2, target: known.target + 0.2 }),
        ..row
    };
    assert_eq!(judged(&right.into_iter().map(off).collect::<Vec<_>>()), []);
}

/// Half of the decisions send a letter; the target always sends one, and letters complain more often.
fn letters(reward: impl Fn(bool, usize) -> f64) -> Vec<LoggedAction> {
    let row = |place: usize| {
        let letter = place.is_multiple_of(2);
        logged(reward(letter, place), 0.5, if letter { 1.0 } else { 0.0 })
    };
    (0..4_000).map(row).collect()
}

#[test]
fn more_complaints_and_more_contacts_are_refused_each_by_name() {
    let value = evaluate(&letters(|letter, _| if letter { 3.0 } else { 1.0 })).unwrap();
    let often = evaluate(&letters(|letter, place| {
        f64::from(u8::from(place % if letter { 10 } else { 50 } < 2))
    }))
    .unwrap();
    let gate = Gate::default();
    let case = Case { value: &value, harm: None, contacts: None, parity: &[] };
    assert_eq!(gate.judge(&case), []);
    let harmful = gate.judge(&Case { harm: Some(&often), ..case });
    assert!(
        matches!(harmful[..], [Refusal::MoreHarm { upper, .. }] if upper > 0.05),
        "{harmful:?}"
    );
    let busy = gate.judge(&Case { contacts: Some(&often), ..case });
    assert!(matches!(busy[..], [Refusal::MoreContacts { .. }]), "{busy:?}");
    let wide = Gate { harm_margin: 1.0, contact_margin: 1.0, ..gate };
    let both = Case { harm: Some(&often), contacts: Some(&often), ..case };
    assert_eq!(wide.judge(&both), []);
}

#[test]
fn a_group_that_gets_less_than_before_is_named_and_one_that_always_did_is_not() {
    let groups: Vec<String> = (0..4_000)
        .map(|place| if place % 4 < 2 { "older" } else { "younger" }.to_owned())
        .collect();
    let older = |place: usize| place % 4 < 2;
    let against = |log: &[LoggedAction]| {
        let value = evaluate(log).unwrap();
        let found = parity(log, &groups).unwrap();
        assert_eq!(found.len(), 2);
        Gate::default().judge(&Case { value: &value, harm: None, contacts: None, parity: &found })
    };
    // Letters are worth 1 to the older, 4 to the younger; everything else 1 to both.
    let worse = against(&letters(|letter, place| if letter && !older(place) { 4.0 } else { 1.0 }));
    let named = |name| {
        worse
            .iter()
            .any(|refusal| matches!(refusal, Refusal::LessParity { group, .. } if group == name))
    };
    assert!(named("older") && named("younger") && worse.len() == 2, "{worse:?}");
    let always = against(&letters(|letter, place| {
        let base = if older(place) { 1.0 } else { 4.0 };
        if letter { 2.0 * base } else { base }
    }));
    assert_eq!(always, []);
}

#[test]
fn a_wide_gate_tolerates_a_quarter_of_what_was_earned_and_more_chance_in_what_is_rare() {
    let (strict, wide) = (Doubt::Strict.gate(3.0), Doubt::Wide.gate(3.0));
    assert_eq!(strict, Gate::default());
    assert_eq!((wide.value_margin, wide.harm_margin, wide.least_share), (0.75, 0.01, 0.1));
    let rest = |gate: Gate| Gate { value_margin: 0.0, harm_margin: 0.0, least_share: 0.0, ..gate };
    assert_eq!(rest(wide), rest(strict));
    assert_eq!(Doubt::Wide.gate(-1.0).value_margin.to_bits(), 0.0_f64.to_bits());
}
