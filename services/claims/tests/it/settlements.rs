//! A settlement as payments tells of it: the rest is waived while what was agreed for is there, and not a
//! day longer.

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ClaimState, OutreachPurpose};
use kulanz_proto::events::v1 as event;
use kulanz_proto::payments::v1::ArrangementKind;
use kulanz_testkit::on_both_backends;

use crate::money::{payment_id, publish, received, returned};
use crate::outreach::rules;
use crate::support::{Case, case, cents, euros, total};

const AGREED: i64 = 20_000;
const SETTLEMENT: &str = "arrangement_01h455vb4pex5vsknk084sn02q";

fn kept(case: &Case) -> event::ArrangementCompleted {
    event::ArrangementCompleted {
        arrangement_id: SETTLEMENT.into(),
        claim_id: case.claim_id.clone(),
        debtor_id: case.debtor_id.clone(),
        creditor_id: case.creditor_id.clone(),
        kind: ArrangementKind::Settlement.into(),
        settled_for: euros(AGREED),
    }
}

fn broken(case: &Case) -> event::ArrangementBroken {
    event::ArrangementBroken {
        arrangement_id: SETTLEMENT.into(),
        claim_id: case.claim_id.clone(),
        debtor_id: case.debtor_id.clone(),
        creditor_id: case.creditor_id.clone(),
        reason: "PAYMENT_RETURNED".into(),
    }
}

async fn told<M: prost::Message + prost::Name>(case: &Case, event: &M) {
    publish(case, event).await;
    case.house.settle().await;
}

/// Entries that waive, and entries that take a waiver back, with their amounts.
async fn waivers(case: &Case) -> (Vec<i64>, Vec<i64>) {
    let asked = pb::ListEntriesRequest { claim_id: case.claim_id.clone(), ..Default::default() };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().list_entries(asked).await.expect("entries");
    let entries = answer.into_inner().entries;
    let of = |kind: pb::EntryKind| {
        let found = entries.iter().filter(|one| one.kind() == kind && one.subject == "settlement");
        found.map(|one| cents(&one.amount)).collect()
    };
    (of(pb::EntryKind::Credit), of(pb::EntryKind::Correction))
}

on_both_backends! {
    async fn a_kept_settlement_waives_the_rest_once(backend: Backend) {
        let case = case(backend).await;
        told(&case, &received(&case, &payment_id(&case), AGREED)).await;
        let left = total(&case.claim().await);
        told(&case, &kept(&case)).await;
        told(&case, &kept(&case)).await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Settled, 0));
        let (waived, taken_back) = waivers(&case).await;
        assert_eq!((waived.len(), taken_back.len()), (1, 0));
        // On what is waived the day bears no interest: 249.90 at 6.52 per cent is 4 cents a day.
        assert!((0..=4).contains(&(left - waived[0])), "{waived:?} of {left}");
        case.house.stop().await;
    }

    async fn a_waiver_falls_with_the_payment_that_was_its_condition(backend: Backend) {
        let case = case(backend).await;
        let (before, payment) = (total(&case.claim().await), payment_id(&case));
        told(&case, &received(&case, &payment, AGREED)).await;
        told(&case, &kept(&case)).await;
        assert_eq!(case.claim().await.state(), ClaimState::Settled);
        for _ in 0..2 {
            told(&case, &returned(&case, &payment, AGREED)).await;
            let claim = case.claim().await;
            assert_eq!((claim.state(), total(&claim)), (ClaimState::Registered, before));
            let (waived, taken_back) = waivers(&case).await;
            assert_eq!((waived.len(), &taken_back), (1, &waived));
        }
        told(&case, &broken(&case)).await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Recovering, before));
        case.house.stop().await;
    }

    async fn the_news_of_a_return_may_come_in_any_order(backend: Backend) {
        for broken_first in [true, false] {
            let case = case(backend).await;
            let (before, payment) = (total(&case.claim().await), payment_id(&case));
            told(&case, &received(&case, &payment, AGREED)).await;
            let left = total(&case.claim().await);
            if broken_first {
                told(&case, &broken(&case)).await;
                told(&case, &kept(&case)).await;
                assert_eq!(waivers(&case).await, (vec![], vec![]));
            } else {
                told(&case, &kept(&case)).await;
                told(&case, &broken(&case)).await;
                let claim = case.claim().await;
                assert_eq!((claim.state(), total(&claim)), (ClaimState::Recovering, left));
            }
            told(&case, &returned(&case, &payment, AGREED)).await;
            let claim = case.claim().await;
            assert_eq!((claim.state(), total(&claim)), (ClaimState::Recovering, before));
            case.house.stop().await;
        }
    }

    async fn what_was_agreed_and_went_back_is_not_waived_again(backend: Backend) {
        let case = case(backend).await;
        let payment = payment_id(&case);
        told(&case, &received(&case, &payment, AGREED)).await;
        let left = total(&case.claim().await);
        told(&case, &kept(&case)).await;
        told(&case, &returned(&case, &payment, AGREED)).await;
        told(&case, &broken(&case)).await;
        told(&case, &received(&case, &payment_id(&case), AGREED)).await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Recovering, left));
        told(&case, &received(&case, &payment_id(&case), left)).await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), waivers(&case).await.0.len()), (ClaimState::Paid, 1));
        case.house.stop().await;
    }

    async fn a_rest_that_rests_on_an_unknown_base_rate_is_neither_waived_nor_asked_for(backend: Backend) {
        let case = case(backend).await;
        // 5 January 2027: base rates are announced to the end of 2026.
        case.house.advance_days(50).await;
        let (before, payment) = (total(&case.claim().await), payment_id(&case));
        told(&case, &received(&case, &payment, AGREED)).await;
        told(&case, &kept(&case)).await;
        for _ in 0..2 {
            let claim = case.claim().await;
            assert_eq!(claim.state(), ClaimState::Settled);
            assert!(total(&claim) > 0 && waivers(&case).await == (vec![], vec![]));
            assert_eq!(rules(&case, OutreachPurpose::Collect).await, ["claims.state.settled"]);
            let statement = case.statement().await;
            assert!(statement.provisional);
            let said = "We waive the rest as soon as the base rate is known.";
            assert!(statement.plain_text.contains(said), "{}", statement.plain_text);
            case.house.advance_days(2).await;
        }
        assert_eq!(case.house.published("claims", "ClaimSettled").await, 1);
        told(&case, &returned(&case, &payment, AGREED)).await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), waivers(&case).await), (ClaimState::Registered, (vec![], vec![])));
        assert!((0..=20).contains(&(total(&claim) - before)), "{} after {before}", total(&claim));
        case.house.stop().await;
    }

    async fn what_was_paid_beside_a_settlement_that_broke_is_paid(backend: Backend) {
        let case = case(backend).await;
        let (all, first) = (total(&case.claim().await), payment_id(&case));
        told(&case, &received(&case, &first, AGREED)).await;
        told(&case, &kept(&case)).await;
        told(&case, &received(&case, &payment_id(&case), all)).await;
        told(&case, &returned(&case, &first, AGREED)).await;
        assert_eq!(case.claim().await.state(), ClaimState::Settled);
        told(&case, &broken(&case)).await;
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::Paid);
        // The day's own interest was asked for and is not owed any more: 249.90 at 6.52 per cent is 4 cents.
        assert!((-9..=0).contains(&total(&claim)), "{}", total(&claim));
        case.house.stop().await;
    }

    async fn a_waiver_that_staff_take_back_opens_the_claim(backend: Backend) {
        let case = case(backend).await;
        told(&case, &received(&case, &payment_id(&case), AGREED)).await;
        let left = total(&case.claim().await);
        told(&case, &kept(&case)).await;
        let asked = pb::ListEntriesRequest { claim_id: case.claim_id.clone(), ..Default::default() };
        let mut claims = case.house.clients().claims();
        let listed = claims.list_entries(case.house.ask(Role::Agent, asked)).await.unwrap().into_inner();
        let waiver = listed.entries.into_iter().find(|one| one.subject == "settlement").unwrap();
        let back = pb::ReverseEntryRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            entry_id: waiver.entry_id,
            reason: "agreed with another person".into(),
        };
        let opened = claims.reverse_entry(case.house.ask(Role::Admin, back)).await.unwrap().into_inner();
        let claim = opened.claim.unwrap();
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Registered, left));
        case.house.stop().await;
    }

    async fn news_of_a_settlement_of_another_tenants_claim_change_nothing(backend: Backend) {
        let case = case(backend).await;
        told(&case, &received(&case, &payment_id(&case), AGREED)).await;
        let before = case.claim().await;
        let other = case.house.other_tenant();
        case.house.publish_as("payments", other, &case.debtor_id, &kept(&case)).await;
        case.house.settle().await;
        assert_eq!(case.claim().await, before);
        case.house.stop().await;
    }
}
