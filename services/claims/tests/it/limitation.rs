use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ClaimState, LimitationFactKind as Kind, OutreachPurpose};
use kulanz_proto::events::v1 as event;
use kulanz_proto::payments::v1::ArrangementKind;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{fields, on_both_backends, reason};
use kulanz_types::{ArrangementId, PaymentId};
use tonic::{Code, Status};

use crate::outreach::rules;
use crate::support::{Case, case, case_of, creditor, day, euros, house, import, row, row_of};

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

async fn limitation(case: &Case) -> pb::Limitation {
    let asked = pb::GetLimitationRequest { claim_id: case.claim_id.clone() };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().get_limitation(asked).await;
    answer.unwrap().into_inner().limitation.unwrap()
}

fn fact(case: &Case, kind: Kind, days_ago: u64) -> pb::LimitationFact {
    pb::LimitationFact {
        kind: kind.into(),
        from: day(&case.house, days_ago),
        evidence: "letter of the debtor".into(),
        ..Default::default()
    }
}

async fn record(case: &Case, fact: pb::LimitationFact) -> Result<pb::Limitation, Status> {
    let asked = pb::RecordLimitationFactRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        fact: Some(fact),
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().record_limitation_fact(asked).await?;
    Ok(answer.into_inner().limitation.unwrap())
}

async fn pay(case: &Case, payment_id: &str, amount: i64) {
    let received = event::PaymentReceived {
        payment_id: payment_id.into(),
        claim_id: case.claim_id.clone(),
        creditor_id: case.creditor_id.clone(),
        debtor_id: case.debtor_id.clone(),
        amount: euros(amount),
        value_date: day(&case.house, 0),
        method: "bank_transfer".into(),
        ..Default::default()
    };
    case.house.publish("payments", &case.debtor_id, &received).await;
    case.house.settle().await;
}

on_both_backends! {
    async fn a_claim_carries_the_end_of_its_period_from_the_first_day(backend: Backend) {
        let case = case(backend).await;
        // Due on 17 September 2026.
        assert_eq!(case.claim().await.limitation_expires_on, date(2029, 12, 31));
        let limitation = limitation(&case).await;
        assert_eq!(limitation.expires_on, date(2029, 12, 31));
        // New Year is a holiday.
        assert_eq!(limitation.last_timely_filing, date(2029, 12, 31));
        assert!(limitation.steps[0].norm.contains("§ 195"));
        let years: Vec<_> = limitation.interest.iter().map(|one| (one.year, one.expires_on)).collect();
        assert_eq!(years, [(2026, date(2029, 12, 31))]);
        case.house.stop().await;
    }

    async fn a_payment_begins_the_period_anew_and_a_return_takes_that_back(backend: Backend) {
        let case = case(backend).await;
        let payment = PaymentId::generate(case.house.seeds(), case.house.now()).to_string();
        pay(&case, &payment, 1_000).await;
        assert_eq!(case.claim().await.limitation_expires_on, date(2029, 12, 31));
        case.house.advance_days(60).await;
        let second = PaymentId::generate(case.house.seeds(), case.house.now()).to_string();
        pay(&case, &second, 1_000).await;
        assert_eq!(case.claim().await.limitation_expires_on, date(2030, 1, 15));
        assert!(limitation(&case).await.steps.iter().any(|step| step.norm.contains("§ 212")));
        let reversed = event::PaymentReversed {
            payment_id: second.clone(),
            claim_id: case.claim_id.clone(),
            creditor_id: case.creditor_id.clone(),
            debtor_id: case.debtor_id.clone(),
            amount: euros(1_000),
            value_date: day(&case.house, 0),
            reason: "MD06".into(),
        };
        case.house.publish("payments", &case.debtor_id, &reversed).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.limitation_expires_on, date(2029, 12, 31));
        let third = PaymentId::generate(case.house.seeds(), case.house.now()).to_string();
        pay(&case, &third, 1_000).await;
        let reserved = record(&case, fact(&case, Kind::PaymentUnderReserve, 0)).await.unwrap();
        assert_eq!(reserved.expires_on, date(2029, 12, 31));
        assert_eq!(case.claim().await.limitation_expires_on, date(2029, 12, 31));
        case.house.stop().await;
    }

    async fn facts_move_the_end_each_by_its_norm(backend: Backend) {
        let case = case(backend).await;
        let negotiated = pb::LimitationFact { to: day(&case.house, 11), ..fact(&case, Kind::Negotiation, 20) };
        // Days before the period began do not count.
        assert_eq!(record(&case, negotiated).await.unwrap().expires_on, date(2029, 12, 31));
        case.house.advance_days(60).await;
        let deferral = pb::LimitationFact { to: day(&case.house, 1), ..fact(&case, Kind::Deferral, 10) };
        let deferred = record(&case, deferral).await.unwrap();
        assert_eq!(deferred.expires_on, date(2030, 1, 10));
        let step = deferred.steps.iter().find(|step| step.norm.contains("§ 205")).unwrap();
        assert!(step.effect.contains("10 days"), "{}", step.effect);
        let title = record(&case, fact(&case, Kind::Title, 5)).await.unwrap();
        assert_eq!(title.expires_on, date(2057, 1, 10));
        assert_eq!(case.claim().await.limitation_expires_on, date(2057, 1, 10));
        case.house.stop().await;
    }

    async fn every_kind_of_fact_moves_the_end_as_its_norm_says(backend: Backend) {
        let house = house(backend).await;
        let creditor_id = creditor(&house).await;
        // 15 January 2027; the period began with the year and ends with 2029.
        let kinds = [
            (Kind::Acknowledgement, "§ 212 Abs. 1 BGB", date(2030, 1, 5)),
            (Kind::Enforcement, "§ 212 Abs. 1 BGB", date(2030, 1, 5)),
            // Ten days that do not count, 5 to 14 January.
            (Kind::Negotiation, "§ 203", date(2030, 1, 10)),
            (Kind::Deferral, "§ 205", date(2030, 1, 10)),
            // From the filing to six months after the end, 14 July: 191 days.
            (Kind::Suit, "§ 204 BGB", date(2030, 7, 10)),
            (Kind::CourtDunning, "§ 204 Abs. 1 Nr. 3", date(2030, 7, 10)),
            (Kind::Title, "§ 197 Abs. 1 Nr. 3", date(2057, 1, 5)),
        ];
        let rows = (0..kinds.len()).map(|number| {
            row_of(&house, &format!("R-{number}"), &format!("C-{number}"), &format!("Quast{number}"))
        });
        let answered = import(&house, &creditor_id, rows.collect()).await;
        house.advance_days(60).await;
        let lasting = [Kind::Negotiation, Kind::Deferral, Kind::Suit, Kind::CourtDunning];
        let filed = [Kind::Suit, Kind::CourtDunning];
        for (result, (kind, norm, expires_on)) in answered.rows.into_iter().zip(kinds) {
            let fact = pb::LimitationFact {
                kind: kind.into(),
                from: day(&house, 10),
                to: day(&house, 1).filter(|_| lasting.contains(&kind)),
                served: day(&house, 7).filter(|_| filed.contains(&kind)),
                evidence: "file 12".into(),
            };
            let asked = pb::RecordLimitationFactRequest {
                request_id: house.request_id(), claim_id: result.claim_id, fact: Some(fact),
            };
            let answer = house.clients().claims().record_limitation_fact(house.ask(Role::Agent, asked)).await;
            let told = answer.unwrap().into_inner().limitation.unwrap();
            assert_eq!(told.expires_on, expires_on, "{kind:?}");
            let step = told.steps.iter().find(|step| step.norm.contains(norm));
            let step = step.unwrap_or_else(|| panic!("{kind:?}: {:?}", told.steps));
            assert_eq!((step.date, step.expires_on), (day(&house, 10), expires_on), "{kind:?}");
        }
        house.stop().await;
    }

    async fn who_could_not_act_and_an_estate_that_nobody_took_have_six_months_after_it(backend: Backend) {
        let case = case(backend).await;
        // To the end of 2029 the period runs anyway.
        case.house.advance_days(60).await;
        // Long before there was a claim.
        let since = pb::LimitationFact { from: date(2019, 5, 2), ..fact(&case, Kind::Incapacity, 0) };
        let lasting = record(&case, since.clone()).await.unwrap();
        assert_eq!((lasting.expires_on, lasting.last_timely_filing), (None, None));
        let step = lasting.steps.iter().find(|step| step.norm.contains("§ 210")).unwrap();
        assert_eq!((step.effect.as_str(), step.date), ("does not end while this lasts", date(2019, 5, 2)));
        assert_eq!(case.claim().await.limitation_expires_on, None);
        case.house.stop().await;
    }

    async fn a_floor_counts_where_the_period_would_end_within_it(backend: Backend) {
        let old = |house: &kulanz_testkit::House| pb::ImportRow {
            due_date: date(2023, 3, 1),
            invoice_date: date(2023, 2, 1),
            contract_date: date(2023, 1, 30),
            reminder_sent_on: date(2023, 4, 1),
            ..row(house, "R-1")
        };
        let case = case_of(backend, old).await;
        // The period ends with 2026. A representative came on 9 November: six months to 9 May 2027.
        let incapable = pb::LimitationFact {
            from: date(2026, 9, 1), to: day(&case.house, 7), ..fact(&case, Kind::Incapacity, 0)
        };
        let floor = record(&case, incapable).await.unwrap();
        assert_eq!(floor.expires_on, date(2027, 5, 9));
        // The estate was accepted on 15 November: to 15 May 2027, a Saturday.
        let estate = pb::LimitationFact {
            from: date(2026, 10, 1), to: day(&case.house, 1), ..fact(&case, Kind::Estate, 0)
        };
        let floor = record(&case, estate).await.unwrap();
        assert_eq!((floor.expires_on, floor.last_timely_filing), (date(2027, 5, 15), date(2027, 5, 18)));
        assert!(floor.steps.iter().any(|step| step.norm.contains("§ 211") && step.effect == "does not end before 2027-05-15"));
        assert_eq!(case.claim().await.limitation_expires_on, date(2027, 5, 15));
        case.house.stop().await;
    }

    async fn what_was_enforced_and_undone_restarts_nothing(backend: Backend) {
        let case = case(backend).await;
        case.house.advance_days(60).await;
        let enforced = record(&case, fact(&case, Kind::Enforcement, 5)).await.unwrap();
        assert_eq!(enforced.expires_on, date(2030, 1, 10));
        let other = record(&case, fact(&case, Kind::EnforcementUndone, 4)).await.unwrap();
        assert_eq!(other.expires_on, date(2030, 1, 10));
        let undone = record(&case, fact(&case, Kind::EnforcementUndone, 5)).await.unwrap();
        assert_eq!(undone.expires_on, date(2029, 12, 31));
        let steps: Vec<_> = undone.steps.iter().filter(|step| step.norm.contains("§ 212 Abs. 2, 3")).collect();
        assert_eq!(steps.len(), 2);
        assert!(steps.iter().all(|step| step.effect == "without effect on the period"));
        case.house.stop().await;
    }

    async fn an_opposed_order_for_payment_does_not_lapse(backend: Backend) {
        let case = case(backend).await;
        case.house.advance_days(240).await;
        let lapses = |told: &pb::Limitation| told.steps.iter().any(|step| step.norm.contains("§ 701"));
        let served = day(&case.house, 200);
        let order = pb::LimitationFact { served, ..fact(&case, Kind::CourtDunning, 205) };
        let alone = record(&case, order).await.unwrap();
        assert!(lapses(&alone));
        // Six months after service it was too late to apply for the enforcement order.
        assert!(lapses(&record(&case, fact(&case, Kind::EnforcementOrderApplied, 10)).await.unwrap()));
        let over = pb::LimitationFact { to: day(&case.house, 1), ..fact(&case, Kind::CourtDunningOpposed, 190) };
        assert_eq!(fields(&record(&case, over).await.unwrap_err()), ["fact.to"]);
        let opposed = record(&case, fact(&case, Kind::CourtDunningOpposed, 190)).await.unwrap();
        assert!(!lapses(&opposed));
        let later = |told: &pb::Limitation| told.expires_on.map(|day| (day.year, day.month, day.day));
        assert!(later(&opposed) > later(&alone), "opposition and application are steps of the proceedings");
        case.house.stop().await;
    }

    async fn a_suit_within_a_month_keeps_the_day_of_a_rejected_application(backend: Backend) {
        let house = house(backend).await;
        let creditor_id = creditor(&house).await;
        let rows = (0..2).map(|number| {
            row_of(&house, &format!("R-{number}"), &format!("C-{number}"), &format!("Quast{number}"))
        });
        let answered = import(&house, &creditor_id, rows.collect()).await;
        house.advance_days(120).await;
        // 16 March 2027. Applied for on 4 January, rejected on 25 January, sued on 25 February or the day after.
        for (result, (filed, expected)) in answered.rows.into_iter().zip([(25, date(2030, 9, 12)), (26, date(2030, 7, 21))]) {
            let kept = async |fact: pb::LimitationFact| {
                let asked = pb::RecordLimitationFactRequest {
                    request_id: house.request_id(), claim_id: result.claim_id.clone(), fact: Some(fact),
                };
                let answer = house.clients().claims().record_limitation_fact(house.ask(Role::Agent, asked)).await?;
                Ok::<_, Status>(answer.into_inner().limitation.unwrap())
            };
            let rejected = pb::LimitationFact {
                kind: Kind::CourtDunningRejected.into(),
                from: date(2027, 1, 4),
                to: date(2027, 1, 25),
                evidence: "26-0012345".into(),
                ..Default::default()
            };
            let open = pb::LimitationFact { to: None, ..rejected.clone() };
            assert_eq!(fields(&kept(open).await.unwrap_err()), ["fact.to"]);
            let alone = kept(rejected).await.unwrap();
            assert_eq!(alone.expires_on, date(2029, 12, 31));
            let suit = pb::LimitationFact {
                kind: Kind::Suit.into(),
                from: date(2027, 2, filed),
                served: date(2027, 3, 1),
                to: date(2027, 3, 15),
                evidence: "3 C 12/27".into(),
            };
            let told = kept(suit).await.unwrap();
            assert_eq!(told.expires_on, expected);
            let suits = told.steps.iter().filter(|step| step.effect.starts_with("suspended"));
            assert_eq!(suits.count(), 1);
        }
        house.stop().await;
    }

    async fn an_agreed_deferral_suspends_and_a_plan_does_not(backend: Backend) {
        let case = case(backend).await;
        case.house.advance_days(60).await;
        let accepted = |kind: ArrangementKind| event::ArrangementAccepted {
            arrangement_id: ArrangementId::generate(case.house.seeds(), case.house.now()).to_string(),
            claim_id: case.claim_id.clone(),
            debtor_id: case.debtor_id.clone(),
            creditor_id: case.creditor_id.clone(),
            kind: kind.into(),
            last_due_date: Some((crate::support::ago(&case.house, 0) + chrono::Days::new(29)).into()),
            ..Default::default()
        };
        let plan = accepted(ArrangementKind::Instalments);
        case.house.publish("payments", &case.debtor_id, &plan).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.limitation_expires_on, date(2029, 12, 31));
        let deferral = accepted(ArrangementKind::Deferral);
        case.house.publish("payments", &case.debtor_id, &deferral).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.limitation_expires_on, date(2030, 1, 30));
        case.house.advance_days(9).await;
        let broken = event::ArrangementBroken {
            arrangement_id: deferral.arrangement_id.clone(),
            claim_id: case.claim_id.clone(),
            ..Default::default()
        };
        case.house.publish("payments", &case.debtor_id, &broken).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.limitation_expires_on, date(2030, 1, 10));
        case.house.stop().await;
    }

    async fn a_claim_is_barred_the_day_after_the_end_and_no_longer_pursued(backend: Backend) {
        let case = case_of(backend, |house| pb::ImportRow {
            due_date: date(2023, 3, 1),
            invoice_date: date(2023, 2, 1),
            contract_date: date(2023, 1, 30),
            reminder_sent_on: date(2023, 4, 1),
            ..row(house, "R-1")
        }).await;
        let claim = case.claim().await;
        assert_eq!(claim.limitation_expires_on, date(2026, 12, 31));
        assert_ne!(claim.state(), ClaimState::TimeBarred);
        // 31 December, 10:00.
        case.house.advance_days(45).await;
        assert_ne!(case.claim().await.state(), ClaimState::TimeBarred);
        case.house.advance_days(1).await;
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::TimeBarred);
        let step = claim.state_history.last().unwrap();
        assert_eq!((step.reason.as_str(), step.note.as_str()), ("TIME_BARRED", "§ 214 Abs. 1 BGB"));
        assert!(!rules(&case, OutreachPurpose::Collect).await.is_empty());
        let late = record(&case, fact(&case, Kind::Acknowledgement, 0)).await.unwrap_err();
        assert_eq!((late.code(), reason(&late).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
        case.house.stop().await;
    }

    async fn facts_that_cannot_be_are_refused_by_field(backend: Backend) {
        let case = case(backend).await;
        let tomorrow = Some((crate::support::ago(&case.house, 0) + chrono::Days::new(1)).into());
        let good = fact(&case, Kind::CourtDunning, 10);
        for (wrong, expected) in [
            (pb::LimitationFact { from: tomorrow, ..good.clone() }, "fact.from"),
            (pb::LimitationFact { from: None, ..good.clone() }, "fact.from"),
            (pb::LimitationFact { to: day(&case.house, 11), ..good.clone() }, "fact.to"),
            (pb::LimitationFact { to: tomorrow, ..good.clone() }, "fact.to"),
            (pb::LimitationFact { served: day(&case.house, 11), ..good.clone() }, "fact.served"),
            (pb::LimitationFact { served: tomorrow, ..good.clone() }, "fact.served"),
            (pb::LimitationFact { kind: 0, ..good.clone() }, "fact.kind"),
            (pb::LimitationFact { evidence: String::new(), ..good.clone() }, "fact.evidence"),
            (pb::LimitationFact { from: day(&case.house, 93), ..good.clone() }, "fact.from"),
            (pb::LimitationFact { served: day(&case.house, 1), ..fact(&case, Kind::Title, 1) }, "fact.served"),
            (pb::LimitationFact { to: day(&case.house, 1), ..fact(&case, Kind::Title, 1) }, "fact.to"),
        ] {
            let refused = record(&case, wrong).await.unwrap_err();
            assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", vec![expected.to_owned()]));
        }
        let agreed = pb::LimitationFact { to: tomorrow, ..fact(&case, Kind::Deferral, 1) };
        assert!(record(&case, agreed).await.is_ok());
        case.house.stop().await;
    }

    async fn strangers_see_and_record_nothing(backend: Backend) {
        let case = case(backend).await;
        let mut claims = case.house.clients().claims();
        let asked = pb::GetLimitationRequest { claim_id: case.claim_id.clone() };
        let refused = claims.get_limitation(case.house.ask_as_other(Role::Agent, asked)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let asked = pb::RecordLimitationFactRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            fact: Some(fact(&case, Kind::Title, 1)),
        };
        let refused = claims.record_limitation_fact(case.house.ask_as_other(Role::Agent, asked.clone())).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let refused = claims.record_limitation_fact(case.house.ask(Role::Analyst, asked)).await;
        assert_eq!(reason(&refused.unwrap_err()), "CALL_NOT_ALLOWED");
        case.house.stop().await;
    }
}
