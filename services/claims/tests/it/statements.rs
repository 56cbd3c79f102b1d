use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::StatementLineKind;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::access::session;
use crate::support::{Case, case, cents, day, total};

async fn statement(
    case: &Case,
    as_of: Option<Date>,
    language: &str,
) -> Result<pb::Statement, Status> {
    let asked = pb::GetStatementRequest {
        claim_id: case.claim_id.clone(),
        as_of,
        language: language.into(),
        known_at: None,
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().get_statement(asked).await?;
    Ok(answer.into_inner().statement.expect("it"))
}

on_both_backends! {
    async fn a_statement_cites_every_line_and_adds_up(backend: Backend) {
        let case = case(backend).await;
        let found = case.statement().await;
        assert!(found.lines.iter().all(|line| line.norm.contains('§') || line.norm.contains("RVG")));
        assert!(found.lines.iter().all(|line| !line.text.is_empty()));
        let sum: i64 = found.lines.iter().map(|line| cents(&line.amount)).sum();
        assert_eq!(sum, cents(&found.totals.clone().unwrap().total));
        assert_eq!(sum, total(&case.claim().await));
        let interest = found.lines.iter().find(|line| line.kind() == StatementLineKind::Interest).unwrap();
        // Reminded forty days ago: the first of these days bears none.
        assert_eq!((interest.rate.as_str(), interest.days), ("6.52", 40));
        // 249.90 x 6.52 x 40 / 36,500
        assert_eq!(cents(&interest.amount), 179);
        assert_eq!(cents(&found.interest_per_day), 4);
        assert!(!found.provisional);
        case.house.stop().await;
    }

    async fn a_statement_speaks_german_unless_asked_for_english(backend: Backend) {
        let case = case(backend).await;
        let german = statement(&case, None, "").await.unwrap();
        assert_eq!(german.lines[0].text, "Hauptforderung, Rechnung R-1");
        let english = statement(&case, None, "en").await.unwrap();
        assert_eq!(english.lines[0].text, "Main claim, invoice R-1");
        assert_eq!(reason(&statement(&case, None, "fr").await.unwrap_err()), "INVALID_FIELDS");
        case.house.stop().await;
    }

    async fn a_projection_is_provisional_and_an_earlier_day_shows_less(backend: Backend) {
        let case = case(backend).await;
        let later = statement(&case, Some(Date { year: 2027, month: 3, day: 1 }), "").await.unwrap();
        assert!(later.provisional);
        assert_eq!(later.provisional_from, Some(Date { year: 2027, month: 1, day: 1 }));
        let earlier = statement(&case, day(&case.house, 30), "").await.unwrap();
        assert_eq!(cents(&earlier.totals.unwrap().costs), 0);
        let refused = statement(&case, day(&case.house, 91), "").await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "AS_OF_BEFORE_CLAIM"));
        assert_eq!(fields(&refused), ["as_of"]);
        let nonsense = Some(Date { year: 2026, month: 13, day: 1 });
        assert_eq!(reason(&statement(&case, nonsense, "").await.unwrap_err()), "INVALID_FIELDS");
        case.house.stop().await;
    }

    async fn a_debtors_look_is_noted_and_another_debtors_statement_is_not_there(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let version = case.claim().await.version;
        let asked = pb::GetStatementRequest { claim_id: case.claim_id.clone(), ..Default::default() };
        let mut claims = case.house.clients().claims();
        claims.get_statement(outgoing_as(&token, asked.clone())).await.unwrap();
        assert_eq!(case.claim().await.version, version + 1);
        let foreign = case.house.ask_as_other(Role::Agent, asked);
        assert_eq!(claims.get_statement(foreign).await.unwrap_err().code(), Code::NotFound);
        case.house.stop().await;
    }
}
