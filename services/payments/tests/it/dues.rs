use kulanz_proto::claims::v1::ClaimState;
use kulanz_proto::events::v1::ClaimStateChanged;
use kulanz_proto::payments::v1::{Arrangement, ArrangementState, InstalmentState};
use kulanz_testkit::on_both_backends;
use kulanz_types::CreditorReference;

use crate::setup::Bench;
use crate::statement_file::{Line, statement};

on_both_backends! {
    async fn a_missed_instalment_is_noticed_and_healed_by_paying(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let arrangement = bench.arrange(&owed, 6).await;
        // The first due is 1 December; the note goes out on 28 November.
        bench.advance(13).await;
        assert_eq!(bench.published("InstalmentDue").await, 1);
        assert_eq!(bench.published("InstalmentMissed").await, 0);
        bench.advance(8).await;
        assert_eq!(bench.published("InstalmentMissed").await, 1);
        let late = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(late.state(), ArrangementState::Overdue);
        assert_eq!(late.instalments[0].state(), InstalmentState::Missed);

        let rate = arrangement.instalments[0].amount.as_ref().unwrap().minor_units;
        let structured = CreditorReference::from_body("K7Q2M0X9TA").unwrap().to_string();
        let line = Line { structured, ..Line::credit(rate, "B-1", "2026-12-07") };
        bench.import(&statement("S-1", &[line])).await.unwrap();
        let healed = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(healed.state(), ArrangementState::Active);
        bench.advance(15).await;
        assert_eq!(bench.published("ArrangementBroken").await, 0);
    }

    async fn two_missed_instalments_break_an_arrangement_after_two_weeks(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let arrangement = bench.arrange(&owed, 6).await;
        bench.advance(45).await;
        assert_eq!(bench.published("ArrangementBroken").await, 0);
        assert_eq!(bench.published("InstalmentMissed").await, 1);
        bench.advance(20).await;
        assert_eq!(bench.published("ArrangementBroken").await, 1);
        let broken = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(broken.state(), ArrangementState::Broken);
        let missed = |plan: &Arrangement| {
            plan.instalments.iter().filter(|one| one.state() == InstalmentState::Missed).count()
        };
        assert_eq!(missed(&broken), 2);
        // Sent events are forgotten after a month: what stands in the plan is what counts.
        bench.advance(60).await;
        assert_eq!(missed(&bench.arrangement(&arrangement.arrangement_id).await), 2);
    }

    async fn nobody_is_pressed_while_a_claim_is_disputed(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        bench.arrange(&owed, 6).await;
        let event = ClaimStateChanged {
            claim_id: owed.claim_id.clone(),
            to_state: ClaimState::Disputed.into(),
            ..Default::default()
        };
        bench.house.publish("claims", &owed.debtor_id, &event).await;
        bench.advance(60).await;
        assert_eq!(bench.published("InstalmentDue").await, 0);
        assert_eq!(bench.published("InstalmentMissed").await, 0);
    }
}
