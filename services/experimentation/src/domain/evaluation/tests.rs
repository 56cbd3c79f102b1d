use kulanz_policy::{Estimator, Gate};
use proptest::prelude::*;

use super::*;

fn choice(level: &str, logged: f64, target: f64) -> Choice {
    Choice { factor: "tone".to_owned(), level: level.to_owned(), logged, target }
}

/// A contact with one of two tones: what the log and the candidate make of it.
fn contact(tone: &str, logged: f64, target: f64, reached: Reached) -> Known {
    Known {
        choices: vec![choice(tone, logged, target)],
        joint: [logged, target],
        silence: [0.1, 0.1],
        reached,
        expected: None,
        group: "persona=busy".to_owned(),
    }
}

fn euros(value: f64) -> Reached {
    Reached { value, harm: 0.0, contacted: true }
}

fn silence(silence: [f64; 2]) -> Known {
    let reached = Reached { value: 0.0, harm: 0.0, contacted: false };
    let (choices, group) = (Vec::new(), "persona=busy".to_owned());
    Known { choices, joint: silence, silence, reached, expected: None, group }
}

/// 1,000 decisions of a log that says nothing in a tenth, else a plain or a warm word; warm ones earn 3 euros,
/// plain ones 1, a few of each more.
fn log(target: impl Fn(&str) -> f64, target_silence: f64) -> Log {
    let mut log = Log::default();
    for number in 0..1_000 {
        let more = f64::from(u8::from(number % 7 == 0));
        match number % 10 {
            0 => log.push(silence([0.1, target_silence])),
            place => {
                let (tone, earned) = if place < 6 { ("plain", 1.0) } else { ("warm", 3.0) };
                let logged = if tone == "plain" { 0.5 } else { 0.4 };
                let known = contact(tone, logged, target(tone), euros(earned + more));
                log.push(Known { silence: [0.1, target_silence], ..known });
            }
        }
    }
    log
}

fn value(log: &Log, estimator: Estimator) -> f64 {
    log.evaluated().unwrap().value.by(estimator).unwrap().value.value
}

#[test]
fn a_candidate_that_only_says_the_warm_word_earns_what_warm_words_earned() {
    let log = log(|tone| if tone == "warm" { 0.9 } else { 0.0 }, 0.1);
    let mean = log.evaluated().unwrap().value.incumbent.value;
    assert!((mean - (0.5 + 4.0 * 0.3 + 0.128)).abs() < 0.01, "{mean}");
    for estimator in [Estimator::Ips, Estimator::Slate] {
        let found = value(&log, estimator);
        assert!((found - 0.9 * (3.0 + 1.0 / 7.0)).abs() < 0.02, "{estimator:?}: {found}");
    }
}

#[test]
fn what_a_candidate_earns_more_is_told_as_a_share_of_what_the_log_earned() {
    let same = log(|tone| if tone == "warm" { 0.4 } else { 0.5 }, 0.1).evaluated().unwrap();
    let gain = same.value.gain(2.0).unwrap();
    assert!(gain.lower <= 0.0 && gain.middle().abs() < 1e-9, "{gain:?}");
    let silent = log(|tone| if tone == "warm" { 0.2 } else { 0.25 }, 0.55).evaluated().unwrap();
    let gain = silent.value.gain(2.0).unwrap();
    assert!((gain.middle() + 0.5).abs() < 1e-9, "half of the contacts earn half: {gain:?}");
    let mut poor = Log::default();
    for _ in 0..50 {
        poor.push(contact("warm", 0.5, 0.5, euros(-0.1)));
    }
    assert_eq!(poor.evaluated().unwrap().value.gain(2.0), None, "nothing was earned");
}

#[test]
fn a_candidate_that_falls_silent_earns_only_with_the_contacts_it_makes() {
    // Half of the contacts, each as the log makes them.
    let log = log(|tone| if tone == "warm" { 0.2 } else { 0.25 }, 0.55);
    let evaluated = log.evaluated().unwrap();
    for estimator in [Estimator::Ips, Estimator::Slate] {
        let found = evaluated.value.by(estimator).unwrap().value.value;
        assert!((found - evaluated.value.incumbent.value / 2.0).abs() < 1e-9, "{estimator:?}");
    }
    let contacts = evaluated.contacts.by(Estimator::Ips).unwrap();
    assert!((contacts.value.value - 0.45).abs() < 1e-9);
    let failures = judge(&log, &evaluated, &Gate { least_effective: 2.0, ..Gate::default() });
    let reasons: Vec<_> = failures.unwrap().iter().map(|failure| failure.reason).collect();
    assert_eq!(reasons, ["below_incumbent"]);
}

#[test]
fn every_rule_of_the_gate_has_its_name_and_names_the_level_it_speaks_of() {
    let log = log(|tone| if tone == "warm" { 0.9 } else { 0.0 }, 0.1);
    let failures = judge(&log, &log.evaluated().unwrap(), &Gate::default()).unwrap();
    let told: Vec<_> = failures.iter().map(|failure| failure.found.as_str()).collect();
    assert!(failures.iter().all(|failure| failure.reason == "thin_evidence"), "{failures:?}");
    assert!(told.iter().any(|told| told.contains("tone=warm is 400.0")), "{told:?}");
}

#[test]
fn who_complains_more_is_refused_for_harm_and_who_writes_more_for_contacts() {
    let mut log = Log::default();
    for number in 0..4_000 {
        let warm = number % 2 == 0;
        let harm = f64::from(u8::from(warm && number % 20 == 0));
        let reached = Reached { harm, ..euros(1.0) };
        let (tone, target) = if warm { ("warm", 0.9) } else { ("plain", 0.05) };
        log.push(Known { silence: [0.1, 0.05], ..contact(tone, 0.45, target, reached) });
        if number % 10 == 0 {
            log.push(silence([0.1, 0.05]));
        }
    }
    let failures = judge(&log, &log.evaluated().unwrap(), &Gate::default()).unwrap();
    let reasons: Vec<_> = failures.iter().map(|failure| failure.reason).collect();
    assert!(reasons.contains(&"more_harm") && reasons.contains(&"more_contacts"), "{failures:?}");
}

#[test]
fn who_favours_one_group_beyond_what_the_log_does_is_refused() {
    let mut log = Log::default();
    for number in 0..8_000 {
        let (warm, busy) = (number % 2 == 0, number % 4 < 2);
        let target = if warm == busy { 0.88 } else { 0.02 };
        let known = contact(if warm { "warm" } else { "plain" }, 0.45, target, euros(1.0));
        let earned = euros(if warm { 3.0 } else { 1.0 } + f64::from(number % 3));
        let group = if busy { "persona=busy" } else { "persona=waiter" };
        log.push(Known { reached: earned, group: group.to_owned(), ..known });
    }
    let failures = judge(&log, &log.evaluated().unwrap(), &Gate::default()).unwrap();
    assert!(failures.iter().any(|failure| failure.reason == "less_parity"), "{failures:?}");
}

#[test]
fn decisions_over_other_factors_count_beside_each_other() {
    let mut log = log(|tone| if tone == "warm" { 0.4 } else { 0.5 }, 0.1);
    let channel = Choice { factor: "channel".to_owned(), ..choice("sms", 0.3, 0.3) };
    log.push(Known { choices: vec![channel], ..contact("plain", 0.3, 0.3, euros(1.0)) });
    let evaluated = log.evaluated().unwrap();
    assert_eq!(evaluated.value.decisions, 1_001);
    let slate = evaluated.value.by(Estimator::Slate).unwrap();
    assert!(slate.difference.value.abs() < 1e-9, "the log's own policy differs by nothing");
}

proptest! {
    #[test]
    fn a_contacts_slate_weight_is_that_of_the_contact_times_that_of_its_levels(
        logged in 0.05..0.9_f64, target in 0.0..0.9_f64, silent in 0.0..0.5_f64, more in 0.0..0.5_f64,
    ) {
        let silence = [silent, (silent + more).min(1.0)];
        let contact = silence.map(|silence| 1.0 - silence);
        let chosen = choice("warm", logged * contact[0], target * contact[1]);
        let found = given_contact(0, &chosen, contact);
        let weight = contact[1] / contact[0] + found.target / found.logged - 1.0;
        let wanted = contact[1] / contact[0] * target / logged;
        prop_assert!((weight - wanted).abs() < 1e-9, "{weight} {wanted}");
    }
}
