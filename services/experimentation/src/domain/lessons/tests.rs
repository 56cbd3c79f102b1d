use super::OutcomeKind::{
    Arrangement, Broken, Dispute, Ended, Kept, Missed, Payment, Promise, Reversal,
};
use super::*;
use crate::domain::known::KEPT;
use proptest::prelude::*;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(day)
}

fn told(events: &[(OutcomeKind, i64, i64)], day: i64) -> Vec<Lesson> {
    followed(events, None, day)
}

/// The next contact, before which the person was expected to pay with probability 0.4.
fn next_on(day: i64) -> Next {
    let expected = Expectation { balance: 100.0, share: 0.6, paid: 0.4, harm: 0.02, kept: KEPT };
    Next { sent_at: at(day), expected }
}

/// Of ten contacts, one draws a sign of harm.
fn usual() -> Usual {
    Usual { harm: 0.1, ..Usual::default() }
}

fn event(kind: OutcomeKind, about: &str, minor_units: i64, day: i64) -> Event {
    let (about, occurred_at) = (about.to_owned(), at(day));
    Event { kind, about, minor_units, occurred_at, toward: String::new(), dues: Vec::new() }
}

/// A plan of ten times 10 EUR that is made on day 1, due a month apart from day 20 on.
fn plan() -> Event {
    let due = |place: i64| {
        let on = (DateTime::UNIX_EPOCH + TimeDelta::days(20 + 30 * place)).date_naive();
        AgreedDue { on, minor_units: 1_000 }
    };
    Event { dues: (0..10).map(due).collect(), ..event(Arrangement, "plan", 10_000, 1) }
}

/// A payment of 10 EUR for it.
fn instalment(about: &str, day: i64) -> Event {
    Event { toward: "plan".to_owned(), ..event(Payment, about, 1_000, day) }
}

/// Probability that anything comes, share of it, and what both make of the 100 EUR that are owed.
fn valued(events: &[Event], next: Option<i64>, day: i64) -> (f64, f64, f64) {
    let lessons = story(events, next).lessons(at(day), &usual());
    let paid = of(&lessons, Objective::Paid).unwrap();
    assert!((paid.1 - 1.0).abs() < f64::EPSILON, "{paid:?}");
    let (share, weight) = of(&lessons, Objective::Share).unwrap_or_default();
    assert!(share <= 0.0 || (weight - paid.0).abs() < f64::EPSILON);
    (paid.0, share, 100.0 * paid.0 * share)
}

fn happened(events: &[(OutcomeKind, i64, i64)]) -> Vec<Event> {
    events.iter().map(|(kind, minor_units, day)| event(*kind, "", *minor_units, *day)).collect()
}

/// The same where the next contact is made on a day.
fn followed(events: &[(OutcomeKind, i64, i64)], next: Option<i64>, day: i64) -> Vec<Lesson> {
    story(&happened(events), next).lessons(at(day), &usual())
}

/// An e-mail of day 0 to somebody who owes 100 EUR.
fn story(events: &[Event], next: Option<i64>) -> Story<'_> {
    let next = next.map(next_on);
    Story { sent_at: at(0), channel: "email", balance: 10_000, events, next }
}

/// What the contact brought, in money and in harm.
fn brought(events: &[(OutcomeKind, i64, i64)], next: Option<i64>) -> (f64, f64) {
    let (events, usual) = (happened(events), usual());
    let story = story(&events, next);
    (story.brought(&usual), story.harmed(&usual))
}

fn of(lessons: &[Lesson], objective: Objective) -> Option<(f64, f64)> {
    let lesson = lessons.iter().find(|lesson| lesson.objective == objective)?;
    Some((lesson.outcome, lesson.weight))
}

#[test]
fn nothing_is_learned_before_the_first_milestone() {
    assert!(told(&[(Payment, 5_000, 0)], 0).is_empty());
}

#[test]
fn what_is_unpaid_counts_the_more_the_longer_it_is() {
    let weight = |day| of(&told(&[], day), Objective::Paid).unwrap().1;
    assert!(weight(1) < weight(3) && weight(3) < weight(7));
    assert!((weight(28) - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_payment_counts_in_full_at_the_milestone_after_it() {
    let paid_on_day_2 = [(Payment, 5_000, 2)];
    assert!(of(&told(&paid_on_day_2, 2), Objective::Paid).unwrap().0 < 0.5);
    let lessons = told(&paid_on_day_2, 3);
    assert_eq!(of(&lessons, Objective::Paid), Some((1.0, 1.0)));
    assert_eq!(of(&lessons, Objective::Share), Some((0.5, 1.0)));
    assert_eq!(of(&lessons, Objective::Speed), Some((1.0, 1.0)));
}

#[test]
fn a_reversal_leaves_what_would_have_been_learned_without_the_payment() {
    let reversed = [(Payment, 5_000, 2), (Reversal, -5_000, 40)];
    assert_eq!(told(&reversed, 60), told(&[], 60));
}

#[test]
fn money_that_never_counted_takes_nothing_along_when_it_goes_back() {
    let events = [
        event(Payment, "counts", 5_000, 10),
        event(Payment, "too late", 5_000, 40),
        event(Reversal, "too late", -5_000, 45),
    ];
    let usual = usual();
    let (with, without) = (story(&events, None), story(&events[..1], None));
    assert_eq!(with.lessons(at(60), &usual), without.lessons(at(60), &usual));
    assert_eq!(of(&with.lessons(at(60), &usual), Objective::Paid), Some((1.0, 1.0)));
    assert!((with.brought(&usual) - 50.0).abs() < f64::EPSILON);
    let mut shaped = [DelayCurve::default(), DelayCurve::default()];
    with.shape(at(60), &mut shaped[0]);
    without.shape(at(60), &mut shaped[1]);
    assert_eq!(shaped[0], shaped[1]);
}

#[test]
fn a_plan_is_worth_what_plans_are_kept_until_it_is_kept_or_broken() {
    let agreed = (Arrangement, 0, 1);
    assert_eq!(of(&told(&[agreed], 30), Objective::Paid), Some((KEPT, 1.0)));
    let broken = told(&[agreed, (Broken, 0, 20)], 30);
    assert_eq!(of(&broken, Objective::Paid), Some((0.0, 1.0)));
    assert_eq!(of(&broken, Objective::Kept), Some((0.0, 1.0)));
    assert_eq!(of(&told(&[agreed, (Kept, 0, 20)], 30), Objective::Paid), Some((1.0, 1.0)));
}

#[test]
fn a_plan_is_worth_what_is_expected_of_it_however_soon_the_next_contact_comes() {
    let (chance, share, euros) = valued(&[plan()], None, 28);
    assert!((chance - 0.95).abs() < 1e-12 && share < 0.9, "{chance} {share}");
    assert!(euros > 65.0 && euros < 76.0, "{euros}");
    for (next, day) in [(Some(6), 7), (Some(6), 28), (None, 3)] {
        assert_eq!(valued(&[plan()], next, day), (chance, share, euros), "{next:?} {day}");
    }
    let brought = |next| story(&[plan()], next).brought(&usual());
    assert!((brought(None) - euros).abs() < 1e-9);
    assert!((brought(Some(6)) - euros).abs() < 1e-9, "what is expected of the person is the plan");
}

#[test]
fn a_plan_is_set_right_with_each_instalment_that_comes_is_missed_or_goes_back() {
    let agreed = valued(&[plan()], None, 60).2;
    let first = [plan(), instalment("a", 20)];
    let after_first = valued(&first, None, 60);
    assert!(after_first.2 > agreed && after_first.2 < 90.0, "{after_first:?}");
    assert!((after_first.0 - 1.0).abs() < f64::EPSILON);
    let second = [&first[..], &[instalment("b", 50)]].concat();
    assert!(valued(&second, Some(25), 60).2 > after_first.2, "whoever was written to meanwhile");
    let missed = [&first[..], &[event(Missed, "plan", 0, 56)]].concat();
    let doubtful = valued(&missed, None, 60).2;
    assert!(doubtful < after_first.2 && doubtful > 10.0, "{doubtful}");
    let broken = [&missed[..], &[event(Broken, "plan", 0, 65)]].concat();
    assert!((valued(&broken, None, 70).2 - 10.0).abs() < 1e-9);
    let usual = usual();
    assert!((story(&broken, None).brought(&usual) - 10.0).abs() < 1e-9);
    let back = [&broken[..], &[event(Reversal, "a", -1_000, 70)]].concat();
    let nothing = [plan(), event(Broken, "plan", 0, 65)];
    let lessons = |events: &[Event]| story(events, None).lessons(at(80), &usual);
    assert_eq!(lessons(&back), lessons(&nothing));
}

#[test]
fn an_instalment_counts_whenever_it_comes_and_other_money_only_in_its_days() {
    let late = [plan(), instalment("a", 50)];
    let other = [plan(), event(Payment, "a", 1_000, 50)];
    assert_eq!(valued(&other, None, 60), valued(&[plan()], None, 60));
    assert!(valued(&late, None, 60).2 > valued(&other, None, 60).2);
    let paid = |place: i64| instalment(&place.to_string(), 20 + 30 * place);
    let mut kept: Vec<_> = (0..10).map(paid).collect();
    kept.extend([plan(), event(Kept, "plan", 0, 290)]);
    assert_eq!(valued(&kept, None, 300), (1.0, 1.0, 100.0));
    let [mut shaped, mut unpaid] = [DelayCurve::default(), DelayCurve::default()];
    story(&late, None).shape(at(60), &mut shaped);
    unpaid.count_unpaid("email", 28);
    assert_eq!(shaped, unpaid, "the curve is of payments within the days");
}

#[test]
fn a_plan_or_promise_whose_money_went_back_is_broken_and_no_success() {
    for made in [Arrangement, Promise] {
        let kept = [event(made, "a", 0, 1), event(Kept, "a", 0, 20)];
        let back = [&kept[..], &[event(Broken, "a", 0, 50)]].concat();
        let lessons = |events: &[Event]| story(events, None).lessons(at(60), &usual());
        assert_eq!(of(&lessons(&kept), Objective::Kept), Some((1.0, 1.0)));
        assert_eq!(of(&lessons(&back), Objective::Kept), Some((0.0, 1.0)));
        assert_eq!(of(&lessons(&back), Objective::Paid), Some((0.0, 1.0)));
    }
}

#[test]
fn a_promise_that_gave_way_hides_nothing_and_one_that_ended_is_worth_nothing() {
    let gave_way = [event(Promise, "a", 0, 1), event(Ended, "a", 0, 5), event(Promise, "b", 0, 5)];
    let lessons = |events: &[Event]| story(events, None).lessons(at(30), &usual());
    assert_eq!(of(&lessons(&gave_way), Objective::Paid), Some((KEPT, 1.0)));
    let broken = [&gave_way[..], &[event(Broken, "b", 0, 20)]].concat();
    assert_eq!(of(&lessons(&broken), Objective::Paid), Some((0.0, 1.0)));
    assert_eq!(of(&lessons(&broken), Objective::Kept), Some((0.0, 1.0)));
    assert_eq!(lessons(&gave_way[..2]), lessons(&[]));
}

#[test]
fn an_objection_is_harm_and_no_failure_to_pay_by_itself() {
    let lessons = told(&[(Dispute, 0, 1)], 3);
    assert_eq!(of(&lessons, Objective::Harm), Some((1.0, 1.0)));
    assert_eq!(of(&lessons, Objective::Paid), of(&told(&[], 3), Objective::Paid));
}

#[test]
fn what_the_next_contact_cuts_short_is_worth_what_is_expected_from_there_on() {
    let so_far = DelayCurve::default().paid_by("email", 7);
    let expected = Some((0.4 * (1.0 - so_far), 1.0));
    for day in [7, 8, 28, 100] {
        assert_eq!(of(&followed(&[], Some(7), day), Objective::Paid), expected, "{day}");
    }
    let harm = of(&followed(&[], Some(7), 9), Objective::Harm);
    assert_eq!(harm, Some((0.1 * (1.0 - so_far), 1.0)));
    assert_eq!(followed(&[], Some(28), 30), told(&[], 30), "whoever waited till the end");
}

#[test]
fn what_came_before_the_next_contact_counts_as_soon_as_that_is_made() {
    let paid_on_day_5 = [(Payment, 5_000, 5)];
    assert_eq!(of(&followed(&paid_on_day_5, Some(6), 6), Objective::Paid), Some((1.0, 1.0)));
    let harmed = followed(&[(Dispute, 0, 5)], Some(6), 6);
    assert_eq!(of(&harmed, Objective::Harm), Some((1.0, 1.0)));
    let agreed = of(&followed(&[(Arrangement, 0, 5)], Some(6), 30), Objective::Paid);
    assert_eq!(agreed.map(|(outcome, _)| outcome), Some(KEPT));
}

#[test]
fn only_what_is_over_shapes_the_curve_and_the_next_contact_hides_no_late_payer() {
    let shaped = |events: &[Event], next: Option<i64>, day| {
        let next = next.map(next_on);
        let mut curve = DelayCurve::default();
        let story = Story { sent_at: at(0), channel: "email", balance: 1, events, next };
        story.shape(at(day), &mut curve);
        curve
    };
    let mut expected = DelayCurve::default();
    assert_eq!(shaped(&[], None, 27), expected);
    expected.count_unpaid("email", 28);
    assert_eq!(shaped(&[], None, 28), expected);
    let mut expected = DelayCurve::default();
    expected.count_unpaid("email", 7);
    assert_eq!(shaped(&[], Some(7), 28), expected);
    let paid = event(Payment, "", 1, 3);
    let mut expected = DelayCurve::default();
    expected.count("email", 3);
    assert_eq!(shaped(&[paid], Some(7), 28), expected);
}

proptest! {
    #[test]
    fn an_outcome_that_does_not_tell_changes_nothing_that_is_learned(
        events in prop::collection::vec(
            (prop::sample::select(OutcomeKind::ALL.to_vec()), 0i64..1_000, 0i64..40), 0..12),
        next in prop::option::of(1i64..40),
        day in 0i64..60,
    ) {
        let telling: Vec<_> =
            events.iter().copied().filter(|(kind, ..)| TELLING.contains(kind)).collect();
        prop_assert_eq!(followed(&events, next, day), followed(&telling, next, day));
        prop_assert_eq!(brought(&events, next), brought(&telling, next));
    }

    #[test]
    fn the_order_of_outcomes_does_not_matter(
        events in prop::collection::vec((prop::sample::select(vec![
            Payment, Reversal, Arrangement, Broken, Kept, Dispute]), 0i64..1_000, 0i64..40), 0..8)
            .prop_shuffle(),
        day in 0i64..60,
    ) {
        let mut sorted = events.clone();
        sorted.sort();
        prop_assert_eq!(told(&events, day), told(&sorted, day));
    }
}
