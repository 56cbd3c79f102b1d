use chrono::{Days, NaiveDate};
use kulanz_types::calendar::State;
use proptest::prelude::*;

use super::*;
use crate::Rule;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn ordinary(arose: &str, events: Vec<LimitationEvent>) -> LimitationFacts {
    let start = LimitationStart::Ordinary { arose: date(arose), known: date(arose) };
    LimitationFacts { start, events, state: State::Nationwide }
}

fn expires(facts: &LimitationFacts) -> String {
    limitation(facts).unwrap().expires_on.map_or("open".into(), |day| day.to_string())
}

fn acknowledged(on: &str) -> LimitationEvent {
    LimitationEvent::Acknowledgement { on: date(on), acknowledges: Acknowledges::Yes }
}

fn dunning(filed: &str, served: &str, last_step: &str) -> CourtDunning {
    CourtDunning {
        filed: date(filed),
        served: Some(date(served)),
        served_soon: true,
        last_step: Some(date(last_step)),
        enforcement_applied: Some(date(last_step)),
        opposed: false,
        rejected: None,
    }
}

fn suit(filed: &str, served: &str, ended: Option<&str>) -> Suit {
    Suit { filed: date(filed), served: date(served), served_soon: true, ended: ended.map(date) }
}

#[test]
fn the_period_begins_with_the_year_and_ten_years_are_the_most() {
    assert_eq!(expires(&ordinary("2022-03-31", vec![])), "2025-12-31");
    let late = LimitationFacts {
        start: LimitationStart::Ordinary { arose: date("2014-05-06"), known: date("2024-01-10") },
        ..ordinary("2022-01-01", vec![])
    };
    let timeline = limitation(&late).unwrap();
    assert_eq!(timeline.expires_on, Some(date("2024-05-06")));
    assert_eq!(timeline.steps[0].rule, Rule::MaximumLimitation);
}

#[test]
fn an_acknowledgement_starts_a_full_period_on_the_next_day() {
    assert_eq!(expires(&ordinary("2022-03-31", vec![acknowledged("2025-02-10")])), "2028-02-10");
    // Before the period began it shortens nothing.
    assert_eq!(expires(&ordinary("2022-03-31", vec![acknowledged("2022-06-01")])), "2025-12-31");
}

#[test]
fn an_acknowledgement_on_the_last_day_counts_and_one_after_it_does_not() {
    assert_eq!(expires(&ordinary("2022-03-31", vec![acknowledged("2025-12-31")])), "2028-12-31");
    let late = ordinary("2022-03-31", vec![acknowledged("2026-01-01")]);
    let timeline = limitation(&late).unwrap();
    assert_eq!(timeline.expires_on, Some(date("2025-12-31")));
    assert_eq!(timeline.steps[1].effect, LimitationEffect::TooLate);
}

#[test]
fn an_unclear_payment_restarts_nothing_and_says_so() {
    let on = date("2025-02-10");
    let unclear = LimitationEvent::Acknowledgement { on, acknowledges: Acknowledges::Unclear };
    let timeline = limitation(&ordinary("2022-03-31", vec![unclear])).unwrap();
    assert_eq!(timeline.expires_on, Some(date("2025-12-31")));
    assert_eq!(timeline.steps[1].mark, crate::Mark::Uncertain);
}

#[test]
fn an_enforcement_act_restarts_unless_it_is_undone() {
    let act = |undone| LimitationEvent::Enforcement { on: date("2025-02-10"), undone };
    assert_eq!(expires(&ordinary("2022-03-31", vec![act(false)])), "2028-02-10");
    assert_eq!(expires(&ordinary("2022-03-31", vec![act(true)])), "2025-12-31");
}

#[test]
fn an_acknowledgement_within_a_suspension_runs_from_its_end() {
    let deferral =
        LimitationEvent::Deferral { from: date("2024-01-01"), to: Some(date("2024-12-31")) };
    // Three years from 2024-07-01 end on 2027-06-30; 184 suspended days follow the acknowledgement.
    let facts = ordinary("2022-03-31", vec![deferral, acknowledged("2024-06-30")]);
    assert_eq!(expires(&facts), "2027-12-31");
}

#[test]
fn negotiations_leave_three_months_at_least() {
    let talks = |from: &str, to: &str| LimitationEvent::Negotiation {
        from: date(from),
        to: Some(date(to)),
    };
    // 2 days are added to 2025-12-31; the floor is three months after 2025-12-31.
    let facts = ordinary("2022-03-31", vec![talks("2025-12-30", "2025-12-31")]);
    assert_eq!(expires(&facts), "2026-03-31");
    // A suit within these months is in time and goes on for six months after its end.
    let pending = LimitationEvent::Suit(suit("2026-03-20", "2026-03-27", None));
    let facts = ordinary("2022-03-31", vec![talks("2025-12-30", "2025-12-31"), pending]);
    assert_eq!(expires(&facts), "open");
}

#[test]
fn overlapping_suspensions_count_their_days_once() {
    let deferral =
        |from: &str, to: &str| LimitationEvent::Deferral { from: date(from), to: Some(date(to)) };
    let events = vec![deferral("2024-03-01", "2024-03-20"), deferral("2024-03-11", "2024-03-31")];
    assert_eq!(expires(&ordinary("2022-03-31", events)), "2026-01-31");
}

#[test]
fn days_before_the_period_began_do_not_lengthen_it() {
    let deferral =
        LimitationEvent::Deferral { from: date("2022-11-01"), to: Some(date("2023-01-10")) };
    assert_eq!(expires(&ordinary("2022-03-31", vec![deferral])), "2026-01-10");
}

#[test]
fn a_payment_order_counts_from_filing_if_it_is_served_soon() {
    let order = dunning("2025-12-30", "2026-01-12", "2026-01-20");
    let facts = |order| ordinary("2022-03-31", vec![LimitationEvent::CourtDunning(order)]);
    // Suspended to 2026-07-20; two days of the period are left.
    assert_eq!(expires(&facts(order)), "2026-07-22");
    let late = CourtDunning { served_soon: false, ..order };
    assert_eq!(expires(&facts(late)), "2025-12-31");
    let unserved = CourtDunning { served: None, ..order };
    assert_eq!(expires(&facts(unserved)), "2025-12-31");
}

#[test]
fn a_payment_order_without_enforcement_order_lapses() {
    let order = dunning("2025-03-03", "2025-03-10", "2025-03-10");
    let order = CourtDunning { enforcement_applied: None, last_step: None, ..order };
    let facts = |order| ordinary("2022-03-31", vec![LimitationEvent::CourtDunning(order)]);
    let lapsed = limitation(&facts(order)).unwrap();
    assert_eq!(lapsed.steps.last().unwrap().rule, Rule::CourtDunningLapse);
    assert_eq!(lapsed.steps.last().unwrap().on, date("2025-09-10"));
    let opposed = CourtDunning { opposed: true, ..order };
    assert_eq!(limitation(&facts(opposed)).unwrap().steps.len(), 2);
}

#[test]
fn a_suit_within_a_month_of_the_rejection_keeps_the_day_of_the_application() {
    let rejected = |filed: &str| {
        let order = dunning("2025-12-29", "2025-12-29", "2025-12-29");
        let on = date("2026-01-09");
        let suit = Some(suit(filed, filed, Some("2026-08-03")));
        let order = CourtDunning { rejected: Some(Rejection { on, suit }), served: None, ..order };
        expires(&ordinary("2022-03-31", vec![LimitationEvent::CourtDunning(order)]))
    };
    // Suspended from 2025-12-29 to 2027-02-03, three days left.
    assert_eq!(rejected("2026-02-09"), "2027-02-06");
    assert_eq!(rejected("2026-02-10"), "2025-12-31");
}

#[test]
fn a_suit_that_is_served_late_keeps_no_day_of_an_application() {
    let order = dunning("2025-12-29", "2025-12-29", "2025-12-29");
    let late = Suit { served_soon: false, ..suit("2026-02-09", "2026-06-01", Some("2026-08-03")) };
    let rejected = Some(Rejection { on: date("2026-01-09"), suit: Some(late) });
    let order = CourtDunning { rejected, served: None, ..order };
    let facts = ordinary("2022-03-31", vec![LimitationEvent::CourtDunning(order)]);
    assert_eq!(expires(&facts), "2025-12-31");
}

#[test]
fn a_suspension_that_reaches_the_first_day_of_the_period_adds_that_day() {
    // The period runs from 1 January 2023 to the end of 2025.
    let until = |to: &str| {
        let deferral = LimitationEvent::Deferral { from: date("2022-06-01"), to: Some(date(to)) };
        expires(&ordinary("2022-03-31", vec![deferral]))
    };
    assert_eq!(until("2022-12-31"), "2025-12-31");
    assert_eq!(until("2023-01-01"), "2026-01-01");
}

#[test]
fn a_title_ends_what_suspended_the_claim_before_it() {
    let deferral =
        LimitationEvent::Deferral { from: date("2025-01-01"), to: Some(date("2026-06-30")) };
    let title = LimitationEvent::Title { final_on: date("2025-06-30") };
    assert_eq!(expires(&ordinary("2022-03-31", vec![deferral, title])), "2055-06-30");
}

#[test]
fn floors_leave_six_months_after_capacity_or_the_estate() {
    let (since, until) = (date("2025-06-01"), date("2025-11-15"));
    let incapacity = LimitationEvent::Incapacity { since, until: Some(until) };
    assert_eq!(expires(&ordinary("2022-03-31", vec![incapacity])), "2026-05-15");
    let estate = LimitationEvent::Estate { since, until: Some(date("2025-06-10")) };
    assert_eq!(expires(&ordinary("2022-03-31", vec![estate])), "2025-12-31");
}

#[test]
fn a_floor_without_an_end_keeps_the_period_open_whatever_else_happened() {
    let since = date("2025-06-01");
    for open in [
        LimitationEvent::Incapacity { since, until: None },
        LimitationEvent::Estate { since, until: None },
    ] {
        let deferral =
            LimitationEvent::Deferral { from: date("2025-07-01"), to: Some(date("2025-07-31")) };
        let timeline = limitation(&ordinary("2022-03-31", vec![open, deferral])).unwrap();
        assert_eq!((timeline.expires_on, timeline.last_timely_filing), (None, None));
        let floor = timeline.steps.iter().find(|step| step.on == since).unwrap();
        assert_eq!(floor.effect, LimitationEffect::NotBefore { until: None });
        // What begins after the period is over keeps nothing open.
        let late = LimitationEvent::Estate { since: date("2026-01-01"), until: None };
        assert_eq!(expires(&ordinary("2022-03-31", vec![late])), "2025-12-31");
    }
}

#[test]
fn a_collective_action_suspends_until_six_months_after_its_end() {
    let from = date("2025-12-31");
    let action = LimitationEvent::CollectiveAction { from, ended: Some(date("2026-02-28")) };
    // To 2026-08-28, one day left.
    assert_eq!(expires(&ordinary("2022-03-31", vec![action])), "2026-08-29");
}

#[test]
fn a_consumer_loan_rests_from_default_to_the_title_but_ten_years_at_most() {
    let loan = |titled: Option<&str>| LimitationEvent::ConsumerLoanDefault {
        since: date("2016-02-01"),
        arose: date("2015-07-15"),
        titled: titled.map(date),
    };
    // From 2016-02-01 to 2025-07-15 nothing runs; of 2016-2018 there are 1,065 days left (1,096 - 31).
    let whole = limitation(&ordinary("2015-07-15", vec![loan(None)])).unwrap();
    let expected = date("2025-07-15") + Days::new(1_065);
    // The ten years from arising rest as well.
    assert_eq!(whole.expires_on, Some(expected));
    let title = LimitationEvent::Title { final_on: date("2018-05-04") };
    let titled = ordinary("2015-07-15", vec![loan(Some("2018-05-04")), title]);
    assert_eq!(expires(&titled), "2048-05-04");
}

#[test]
fn a_title_lasts_thirty_years_and_restarts_in_full() {
    let start = LimitationStart::Title { final_on: date("2010-05-20") };
    let facts = LimitationFacts { start, ..ordinary("2008-01-01", vec![]) };
    assert_eq!(expires(&facts), "2040-05-20");
    let enforced = LimitationEvent::Enforcement { on: date("2026-03-02"), undone: false };
    assert_eq!(expires(&LimitationFacts { events: vec![enforced], ..facts }), "2056-03-02");
}

#[test]
fn each_years_interest_is_barred_by_itself_and_with_the_main_claim() {
    let facts = ordinary("2022-03-31", vec![acknowledged("2023-05-05")]);
    // The main claim is barred after 2026-05-05: interest of 2024 would be after 2027-12-31.
    let years = limitation_of_interest(&facts, 2022..=2024, false).unwrap();
    let ends: Vec<_> =
        years.iter().map(|year| year.timeline.expires_on.unwrap().to_string()).collect();
    assert_eq!(ends, ["2026-05-05", "2026-05-05", "2026-05-05"]);
    assert_eq!(years[2].timeline.steps.last().unwrap().rule, Rule::SideClaimLimitation);
}

#[test]
fn interest_after_the_title_has_three_years_again() {
    let title = LimitationEvent::Title { final_on: date("2024-03-01") };
    let facts = ordinary("2022-03-31", vec![title]);
    let ends = |loan| -> Vec<_> {
        let years = limitation_of_interest(&facts, 2023..=2025, loan).unwrap();
        years
            .iter()
            .map(|year| {
                (year.year, year.after_title, year.timeline.expires_on.unwrap().to_string())
            })
            .collect()
    };
    let title_end = "2054-03-01".to_owned();
    assert_eq!(
        ends(false),
        [
            (2023, false, title_end.clone()),
            (2024, false, title_end.clone()),
            (2024, true, "2027-12-31".into()),
            (2025, true, "2028-12-31".into()),
        ]
    );
    // The main claim's end caps the thirty years of a loan's interest (§ 217 BGB).
    assert_eq!(ends(true)[3], (2025, true, title_end));
}

fn any_event() -> impl Strategy<Value = LimitationEvent> {
    let day = |offset: u64| date("2022-01-01") + Days::new(offset);
    (0u8..8, 0u64..2_500, 0u64..400, any::<bool>()).prop_map(move |(kind, at, length, flag)| {
        let (from, to) = (day(at), day(at + length));
        match kind {
            0 => LimitationEvent::Acknowledgement { on: from, acknowledges: Acknowledges::Yes },
            1 => LimitationEvent::Enforcement { on: from, undone: flag },
            2 => LimitationEvent::Negotiation { from, to: Some(to) },
            3 => LimitationEvent::Deferral { from, to: Some(to) },
            4 => LimitationEvent::Suit(Suit {
                filed: from,
                served: from + Days::new(10),
                served_soon: flag,
                ended: Some(to.max(from + Days::new(10))),
            }),
            5 => LimitationEvent::Incapacity { since: from, until: Some(to) },
            6 => LimitationEvent::CourtDunning(CourtDunning {
                filed: from,
                served: Some(from + Days::new(7)),
                served_soon: flag,
                last_step: Some(to),
                enforcement_applied: None,
                opposed: flag,
                rejected: None,
            }),
            _ => LimitationEvent::CollectiveAction { from, ended: Some(to) },
        }
    })
}

proptest! {
    #[test]
    fn no_fact_brings_the_end_forward(
        events in prop::collection::vec(any_event(), 0..7), more in any_event(),
    ) {
        let end = |events: Vec<_>| limitation(&ordinary("2021-06-01", events)).unwrap().expires_on;
        let before = end(events.clone()).unwrap();
        prop_assert!(before >= date("2024-12-31"));
        let mut longer = events;
        longer.push(more);
        prop_assert!(end(longer).unwrap() >= before);
    }

    #[test]
    fn the_order_in_which_facts_are_given_does_not_matter(
        events in prop::collection::vec(any_event(), 0..7),
    ) {
        let mut turned = events.clone();
        turned.reverse();
        let end = |events| limitation(&ordinary("2021-06-01", events)).unwrap().expires_on;
        prop_assert_eq!(end(events), end(turned));
    }

    #[test]
    fn suspended_days_are_added_once(
        spans in prop::collection::vec((0u64..1_000, 0u64..200), 0..6),
    ) {
        let first = date("2024-01-01");
        let spans: Vec<Span> = spans
            .into_iter()
            .map(|(at, length)| Span {
                from: first + Days::new(at),
                to: first + Days::new(at + length),
            })
            .collect();
        let end = date("2026-12-31");
        let found = extend(end, &spans).unwrap();
        let suspended = |day: NaiveDate| spans.iter().any(|span| span.from <= day && day <= span.to);
        // Counted day by day: as many days run as would without any suspension.
        let runs = first.iter_days().take_while(|day| *day <= found.expires_on);
        let running = runs.filter(|day| !suspended(*day)).count();
        prop_assert_eq!(running, first.iter_days().take_while(|day| *day <= end).count());
        prop_assert!(!suspended(found.expires_on));
    }
}
