use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::RowVerdict;
use kulanz_proto::claims::v1::import_claims_request::Part as Given;
use kulanz_proto::types::v1::{Date, Money};
use kulanz_testkit::{House, on_both_backends, reason};
use tonic::Code;

use crate::support::{
    case, claim, converse, creditor, day, euros, header, house, import, import_as, numbered, row,
    row_of,
};

fn verdicts(rows: &[pb::RowResult]) -> Vec<RowVerdict> {
    rows.iter().map(pb::RowResult::verdict).collect()
}

/// One of many rows of one person, each with an amount of its own.
fn numbered_row(house: &House, index: i64) -> pb::ImportRow {
    pb::ImportRow { principal: euros(10_000 + index), ..row(house, &format!("R-{index}")) }
}

fn codes(result: &pb::RowResult) -> Vec<&str> {
    result.problems.iter().map(|problem| problem.code.as_str()).collect()
}

on_both_backends! {
    async fn a_row_becomes_a_claim_with_debtor_and_costs(backend: Backend) {
        let case = case(backend).await;
        let claim = case.claim().await;
        assert_eq!(claim.reference, "R-1");
        assert_eq!(claim.state(), pb::ClaimState::Registered);
        assert_eq!(claim.state_history[0].reason, "IMPORTED");
        assert_eq!(claim.case_reference.len(), 10);
        // 249.90 is worth 0.5 x 51.50 = 25.75 and 20 % = 5.15.
        assert_eq!(claim.balance.unwrap().costs.unwrap().minor_units, 3_090);
        case.house.stop().await;
    }

    async fn a_second_run_of_a_file_changes_nothing(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let rows = vec![
            row(&house, "R-1"),
            row(&house, "R-1"),
            pb::ImportRow { principal: euros(0), ..row(&house, "R-2") },
            row_of(&house, "R-3", "C-2", "Okonkwo"),
        ];
        let first = import(&house, &creditor, rows.clone()).await;
        let expected =
            [RowVerdict::Accepted, RowVerdict::Rejected, RowVerdict::Rejected, RowVerdict::Accepted];
        assert_eq!(verdicts(&first.rows), expected);
        house.settle().await;
        let before = claim(&house, &first.rows[0].claim_id).await;
        let second = import(&house, &creditor, rows).await;
        let expected =
            [RowVerdict::Unchanged, RowVerdict::Rejected, RowVerdict::Rejected, RowVerdict::Unchanged];
        assert_eq!(verdicts(&second.rows), expected);
        assert_eq!(codes(&second.rows[1]), ["DUPLICATE_ROW"]);
        house.settle().await;
        assert_eq!(claim(&house, &first.rows[0].claim_id).await, before);
        let summary = second.summary.unwrap();
        assert_eq!((summary.unchanged_count, summary.claim_count), (2, 0));
        house.stop().await;
    }

    async fn a_number_with_another_content_is_a_conflict(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let other = pb::ImportRow { principal: euros(100), ..row(&house, "R-1") };
        let first = import(&house, &creditor, vec![row(&house, "R-1"), other.clone()]).await;
        assert_eq!(codes(&first.rows[1]), ["DUPLICATE_REFERENCE"]);
        let second = import(&house, &creditor, vec![other]).await;
        assert_eq!(codes(&second.rows[0]), ["REFERENCE_CONFLICT"]);
        house.stop().await;
    }

    async fn a_faulty_row_is_answered_with_everything_and_a_good_one_beside_it_goes_in(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let faulty = pb::ImportRow {
            claim_reference: String::new(),
            due_date: Some(Date { year: 2026, month: 2, day: 30 }),
            principal: Some(Money { currency_code: "XXX".into(), minor_units: 5 }),
            ..row(&house, "x")
        };
        let warned = pb::ImportRow {
            email: "jette(at)example.org".into(),
            reminder_sent_on: day(&house, 70),
            ..row(&house, "R-2")
        };
        let answered = import(&house, &creditor, vec![faulty, warned]).await;
        let found = codes(&answered.rows[0]);
        for code in ["REQUIRED_FIELD_MISSING", "DATE_INVALID", "CURRENCY_UNKNOWN"] {
            assert!(found.contains(&code), "{found:?}");
        }
        assert_eq!(answered.rows[1].verdict(), RowVerdict::Warned);
        assert_eq!(codes(&answered.rows[1]), ["REMINDER_BEFORE_DUE", "EMAIL_INVALID"]);
        let claim = claim(&house, &answered.rows[1].claim_id).await;
        assert_eq!(claim.default_since, None);
        house.stop().await;
    }

    async fn a_persons_invoices_meet_in_one_debtor_and_two_people_under_one_number_do_not(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let elsewhere = pb::ImportRow { customer_number: "C-77".into(), ..row(&house, "R-3") };
        let stranger = row_of(&house, "R-4", "C-1", "Quast");
        let rows = vec![row(&house, "R-1"), row(&house, "R-2"), elsewhere, stranger];
        let answered = import(&house, &creditor, rows).await;
        let debtors: Vec<&str> =
            answered.rows.iter().map(|result| result.debtor_id.as_str()).collect();
        assert_eq!(debtors[0], debtors[1]);
        assert_eq!(debtors[0], debtors[2]);
        assert_ne!(debtors[0], debtors[3]);
        assert!(answered.rows[2].merged);
        let summary = answered.summary.unwrap();
        assert_eq!((summary.debtor_count, summary.merged_count, summary.claim_count), (2, 1, 4));
        let again = import(&house, &creditor, vec![row_of(&house, "R-5", "C-1", "Quast")]).await;
        assert_eq!(again.rows[0].debtor_id, debtors[3]);
        house.stop().await;
    }

    async fn a_broken_stream_goes_on_after_the_last_committed_row(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let header = header(&house, &creditor);
        let rows: Vec<pb::ImportRow> =
            (0..2_400).map(|index| numbered_row(&house, index)).collect();
        let mut parts = vec![Given::Header(header.clone())];
        parts.extend(numbered(rows.clone()).into_iter().take(2_050));
        let broken = converse(&house, parts).await.unwrap();
        assert_eq!(broken.acknowledged, [2_001, 2_051]);
        assert!(broken.summary.is_none());
        let resumed = import_as(&house, header.clone(), rows.clone()).await;
        assert_eq!(resumed.accepted.resume_from_row, 2_051);
        assert_eq!(resumed.rows.len(), 350);
        let summary = resumed.summary.unwrap();
        assert_eq!((summary.accepted_count, summary.claim_count), (2_400, 2_400));
        let finished = import_as(&house, header, rows).await;
        assert!(finished.rows.is_empty());
        assert_eq!(finished.summary.unwrap(), summary);
        house.stop().await;
    }

    async fn a_dry_run_checks_everything_and_keeps_nothing(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let dry = pb::ImportHeader { dry_run: true, ..header(&house, &creditor) };
        let mut rows: Vec<pb::ImportRow> =
            (0..510).map(|index| numbered_row(&house, index)).collect();
        rows.push(numbered_row(&house, 0));
        let answered = import_as(&house, dry, rows).await;
        assert_eq!(codes(&answered.rows[510]), ["DUPLICATE_ROW"]);
        assert!(answered.rows.iter().all(|result| result.claim_id.is_empty()));
        let summary = answered.summary.unwrap();
        assert_eq!((summary.accepted_count, summary.rejected_count), (510, 1));
        let asked = pb::ListClaimsRequest::default();
        let listed = house.clients().claims().list_claims(house.ask(Role::Agent, asked)).await;
        assert!(listed.unwrap().into_inner().claims.is_empty());
        house.stop().await;
    }

    async fn a_disputed_row_is_imported_as_a_challenge_with_a_clock_and_silent_until_it_is_decided(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let disputed = pb::ImportRow { disputed: true, ..row(&house, "R-1") };
        let answered = import(&house, &creditor, vec![disputed]).await;
        house.settle().await;
        let claim = claim(&house, &answered.rows[0].claim_id).await;
        assert_eq!(claim.state(), pb::ClaimState::Disputed);
        assert_eq!(claim.holds.len(), 1);
        assert_eq!(claim.balance.clone().unwrap().costs.unwrap().minor_units, 0);
        let mut claims = house.clients().claims();
        let asked = pb::ListChallengesRequest { claim_id: claim.claim_id.clone(), ..Default::default() };
        let listed = claims.list_challenges(house.ask(Role::Agent, asked.clone())).await.unwrap().into_inner();
        let [challenge] = listed.challenges.try_into().expect("one challenge");
        assert_eq!((challenge.kind(), challenge.state(), challenge.overdue),
            (pb::ChallengeKind::Dispute, pb::ChallengeState::Received, false));
        let read = pb::GetChallengeRequest { challenge_id: challenge.challenge_id.clone() };
        let read = claims.get_challenge(house.ask(Role::Agent, read)).await.unwrap().into_inner();
        assert_eq!(read.challenge.unwrap().history[0].reason, "STATED_AT_INTAKE");
        let release = pb::ReleaseClaimRequest {
            request_id: house.request_id(), claim_id: claim.claim_id.clone(),
            hold_id: claim.holds[0].hold_id.clone(), reason: "cleared".into(),
        };
        let refused = claims.release_claim(house.ask(Role::Agent, release)).await.unwrap_err();
        assert_eq!(reason(&refused), "HOLD_OF_CHALLENGE");
        house.advance_days(20).await;
        let late = pb::ListChallengesRequest { overdue: true, ..asked };
        let listed = claims.list_challenges(house.ask(Role::Agent, late)).await.unwrap().into_inner();
        assert_eq!(listed.challenges.len(), 1);
        let decision = pb::ResolveDisputeRequest {
            request_id: house.request_id(), dispute_id: challenge.challenge_id.clone(),
            outcome: pb::DisputeState::Rejected.into(), resolution: "We have looked at it.".into(),
            ..Default::default()
        };
        claims.resolve_dispute(house.ask(Role::Agent, decision)).await.unwrap();
        assert_eq!(self::claim(&house, &claim.claim_id).await.state(), pb::ClaimState::Registered);
        house.stop().await;
    }

    async fn costs_arise_once_for_a_debtors_claims_of_one_order(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let cheap = |number: &str, cents| pb::ImportRow { principal: euros(cents), ..row(&house, number) };
        let rows = vec![cheap("R-1", 3_000), cheap("R-2", 1_000), cheap("R-3", 500)];
        let answered = import(&house, &creditor, rows).await;
        house.settle().await;
        let mut costs = 0;
        for result in &answered.rows {
            let claim = claim(&house, &result.claim_id).await;
            costs += claim.balance.unwrap().costs.unwrap().minor_units;
        }
        // 45.00 together: 0.5 x 31.50 and 20 % of it, whatever the number of invoices.
        assert_eq!(costs, 1_575 + 315);
        house.stop().await;
    }

    async fn an_import_out_of_order_or_of_an_unknown_creditor_is_refused(backend: Backend) {
        let house = house(backend).await;
        let creditor_id = creditor(&house).await;
        let rows = numbered(vec![row(&house, "R-1")]);
        let refused = converse(&house, rows.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "IMPORT_PROTOCOL");
        let mut twice = vec![Given::Header(header(&house, &creditor_id))];
        twice.extend(rows.clone());
        twice.extend(rows);
        let refused = converse(&house, twice).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "IMPORT_PROTOCOL"));
        let unknown = Given::Header(header(&house, "creditor_01h455vb4pex5vsknk084sn02q"));
        assert_eq!(converse(&house, vec![unknown]).await.unwrap_err().code(), Code::NotFound);
        let nameless = pb::ImportHeader { request_id: "1".into(), ..header(&house, &creditor_id) };
        let refused = converse(&house, vec![Given::Header(nameless)]).await.unwrap_err();
        assert_eq!(reason(&refused), "REQUEST_ID_INVALID");
        house.stop().await;
    }

    async fn an_import_is_read_again(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let answered = import(&house, &creditor, vec![row(&house, "R-1")]).await;
        let asked = pb::GetImportRequest { import_id: answered.accepted.import_id.clone() };
        let read = house.clients().claims().get_import(house.ask(Role::Agent, asked.clone())).await;
        assert_eq!(read.unwrap().into_inner().import, answered.summary);
        let foreign = house.ask_as_other(Role::Agent, asked);
        assert_eq!(house.clients().claims().get_import(foreign).await.unwrap_err().code(), Code::NotFound);
        house.stop().await;
    }
}
