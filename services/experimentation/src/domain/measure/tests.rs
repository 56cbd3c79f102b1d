use proptest::prelude::*;

use super::*;

fn at(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(days)
}

fn window() -> Window {
    Window { exposed_at: at(10), horizon: TimeDelta::days(30) }
}

fn happened(kind: OutcomeKind, day: i64, about: &str, minor_units: i64) -> Happening {
    let claim_id = "claim_1".to_owned();
    Happening { kind, at: at(day), about: about.to_owned(), claim_id, minor_units, cost: 0.0 }
}

fn values(history: &[Happening]) -> Vec<f64> {
    measured(history, window()).into_values().collect()
}

#[test]
fn names_lead_to_measures_and_back_and_clicks_are_none() {
    for (measure, name) in MEASURES {
        assert_eq!((Measure::named(name), measure.name()), (Some(measure), name));
        let json = serde_json::to_string(&measure).unwrap();
        assert_eq!(json, format!("\"{name}\""));
    }
    for name in ["link_followed", "clicks", "opens", ""] {
        assert_eq!(Measure::named(name), None);
    }
}

#[test]
fn a_person_to_whom_nothing_happened_has_waited_all_days() {
    assert_eq!(values(&[]), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 30.0]);
}

#[test]
fn a_worked_history_of_one_person() {
    let mut letter = happened(OutcomeKind::Sent, 11, "", 0);
    letter.cost = 1.1;
    let history = [
        happened(OutcomeKind::Payment, 9, "before", 99_900),
        letter.clone(),
        letter,
        happened(OutcomeKind::Arrangement, 12, "plan", 0),
        happened(OutcomeKind::Payment, 16, "first", 5_050),
        happened(OutcomeKind::Payment, 39, "second", 2_000),
        happened(OutcomeKind::Settled, 39, "", 0),
        happened(OutcomeKind::Kept, 40, "plan", 0),
        happened(OutcomeKind::Dispute, 41, "", 0),
    ];
    assert_eq!(values(&history), [70.5, 1.0, 1.0, 1.0, 0.0, 0.0, 2.0, 2.2, 6.0]);
}

#[test]
fn money_that_goes_back_after_the_window_never_came_and_older_money_is_not_lost_twice() {
    let paid = [
        happened(OutcomeKind::Payment, 16, "debit", 5_000),
        happened(OutcomeKind::Settled, 16, "", 0),
    ];
    let returned = happened(OutcomeKind::Reversal, 70, "debit", -5_000);
    let history = [&paid[..], &[returned]].concat();
    assert_eq!(values(&history), values(&[]));
    let old = [
        happened(OutcomeKind::Payment, 2, "old", 5_000),
        happened(OutcomeKind::Reversal, 12, "old", -5_000),
    ];
    assert_eq!(values(&old), values(&[]));
}

#[test]
fn a_plan_whose_money_went_back_was_not_kept_however_late_it_did() {
    let kept = [
        happened(OutcomeKind::Arrangement, 12, "plan", 0),
        happened(OutcomeKind::Kept, 30, "plan", 0),
    ];
    let of = |history: &[Happening]| measured(history, window())[&Kept];
    let broken = happened(OutcomeKind::Broken, 70, "plan", 0);
    let other = happened(OutcomeKind::Broken, 35, "promise", 0);
    assert!((of(&[&kept[..], &[other]].concat()) - 1.0).abs() < f64::EPSILON);
    assert!(of(&[&kept[..], &[broken]].concat()).abs() < f64::EPSILON);
}

#[test]
fn a_signal_of_harm_of_any_kind_is_a_complaint() {
    for kind in [OutcomeKind::Complaint, OutcomeKind::Dispute, OutcomeKind::WrongPerson] {
        let of = measured(&[happened(kind, 12, "", 0)], window());
        assert!((of[&Complaint] - 1.0).abs() < f64::EPSILON);
    }
}

proptest! {
    #[test]
    fn the_order_of_news_does_not_matter(
        news in prop::collection::vec((prop::sample::select(vec![
            OutcomeKind::Payment, OutcomeKind::Reversal, OutcomeKind::Settled, OutcomeKind::Sent,
            OutcomeKind::Dispute, OutcomeKind::Kept, OutcomeKind::Arrangement,
        ]), 0i64..60, "[ab]?", -900i64..900), 0..9).prop_shuffle(),
    ) {
        let mut news: Vec<_> = news.iter()
            .map(|(kind, day, about, minor_units)| happened(*kind, *day, about, *minor_units))
            .collect();
        let given = values(&news);
        news.sort_by(|a, b| (a.at, a.kind, &a.about, a.minor_units).cmp(&(b.at, b.kind, &b.about, b.minor_units)));
        prop_assert_eq!(given, values(&news));
    }

    #[test]
    fn a_payment_taken_back_leaves_what_would_be_without_it(
        other in 1i64..9_000, amount in 1i64..9_000, day in 0i64..50, back in 0i64..90,
    ) {
        let other = happened(OutcomeKind::Payment, 20, "other", other);
        let taken_back = [
            other.clone(),
            happened(OutcomeKind::Payment, day, "debit", amount),
            happened(OutcomeKind::Reversal, day + back, "debit", -amount),
        ];
        prop_assert_eq!(values(&taken_back), values(&[other]));
    }
}
