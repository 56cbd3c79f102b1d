//! One claim through three changes of the base rate, four payments and an instalment fee, its figures
//! worked out by hand.

use chrono::NaiveDate;
use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::StatementLineKind as Kind;
use kulanz_proto::events::v1 as event;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{Backend, fields, on_both_backends};
use kulanz_types::berlin_date;
use tonic::{Code, Status};

use crate::money::{payment_id, publish, received};
use crate::parties::{agency, make, operator};
use crate::support::{Case, cents, creditor, euros, house, import, row};

fn on(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
fn date(text: &str) -> Option<Date> {
    Some(on(text).into())
}

/// 1,200.00 EUR for a kitchen, due 4 November 2024, reminded on 29 November, in default from the 30th.
pub async fn kitchen(backend: Backend) -> Case {
    let house = house(backend).await;
    assert_eq!(berlin_date(house.now()), on("2026-11-16"));
    let creditor_id = creditor(&house).await;
    let kitchen = pb::ImportRow {
        contract_subject: "Einbauküche".into(),
        contract_date: date("2024-09-20"),
        invoice_date: date("2024-10-21"),
        due_date: date("2024-11-04"),
        reminder_sent_on: date("2024-11-29"),
        principal: euros(120_000),
        ..row(&house, "K-1")
    };
    let answered = import(&house, &creditor_id, vec![kitchen]).await;
    house.settle().await;
    let result = answered.rows.into_iter().next().expect("a row");
    let case = Case { house, creditor_id, claim_id: result.claim_id, debtor_id: result.debtor_id };
    let payments = [
        ("2025-02-10", 10_000),
        ("2025-09-01", 15_000),
        ("2026-03-02", 8_000),
        ("2026-08-03", 20_000),
    ];
    for (day, amount) in payments {
        let paid = received(&case, &payment_id(&case), amount);
        publish(&case, &event::PaymentReceived { value_date: date(day), ..paid }).await;
    }
    let accepted = event::ArrangementAccepted {
        arrangement_id: "arrangement_1".into(),
        claim_id: case.claim_id.clone(),
        debtor_id: case.debtor_id.clone(),
        // 0.7 x 51.50, the fee for half of the open 789.02 (§ 31b RVG), and 6.55 that are left of the flat sum.
        arrangement_cost: euros(3_605 + 655),
        arrangement_cost_norm: "Nr. 1000 Nr. 2 VV RVG, § 31b RVG".into(),
        ..Default::default()
    };
    publish(&case, &accepted).await;
    case.house.settle().await;
    case
}

async fn statement(case: &Case, language: &str) -> pb::Statement {
    let asked = pb::GetStatementRequest {
        claim_id: case.claim_id.clone(),
        language: language.into(),
        ..Default::default()
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().get_statement(asked).await;
    answer.expect("a statement").into_inner().statement.expect("it")
}

async fn document(case: &Case, language: &str) -> Result<pb::GetStatementDocumentResponse, Status> {
    let asked = pb::GetStatementDocumentRequest {
        claim_id: case.claim_id.clone(),
        language: language.into(),
        ..Default::default()
    };
    let asked = case.house.ask(Role::Agent, asked);
    Ok(case.house.clients().claims().get_statement_document(asked).await?.into_inner())
}

/// Period, days, rate, principal and cents of each line of interest.
fn interest(statement: &pb::Statement) -> Vec<(String, String, i32, &str, &str, i64)> {
    let day = |date: &Option<Date>| {
        NaiveDate::try_from(date.as_ref().expect("a date")).expect("a day").to_string()
    };
    let of = |line: &'_ pb::StatementLine| (day(&line.from), day(&line.to));
    statement
        .lines
        .iter()
        .filter(|line| line.kind() == Kind::Interest)
        .map(|line| {
            let (from, to) = of(line);
            let principal = line.inputs["principal"].as_str();
            (from, to, line.days, line.rate.as_str(), principal, cents(&line.amount))
        })
        .collect()
}

on_both_backends! {
    async fn a_claim_through_three_rates_and_four_payments_comes_to_what_a_hand_works_out(backend: Backend) {
        let case = kitchen(backend).await;
        let told = statement(&case, "de").await;
        let line = |from: &str, to: &str, days, rate, principal, amount| {
            (from.to_owned(), to.to_owned(), days, rate, principal, amount)
        };
        // Each: principal x rate x days / 36,500, together 133.9569 and so 133.96, shared by largest
        // remainder. Base rates: 3.37, 2.27 from 2025-01-01, 1.27 from 2025-07-01, 1.52 from 2026-07-01.
        let expected = [
            line("2024-11-30", "2024-12-31", 32, "8.37", "1200.00", 881),
            line("2025-01-01", "2025-02-09", 40, "7.27", "1200.00", 956),
            line("2025-02-10", "2025-06-30", 141, "7.27", "1118.37", 3_141),
            line("2025-07-01", "2025-08-31", 62, "6.27", "1118.37", 1_191),
            line("2025-09-01", "2025-12-31", 122, "6.27", "1011.69", 2_120),
            line("2026-01-01", "2026-03-01", 60, "6.27", "1011.69", 1_043),
            line("2026-03-02", "2026-06-30", 121, "6.27", "963.32", 2_002),
            line("2026-07-01", "2026-08-02", 33, "6.52", "963.32", 568),
            line("2026-08-03", "2026-11-16", 106, "6.52", "789.02", 1_494),
        ];
        assert_eq!(interest(&told), expected);
        // Each payment: the interest to the day before, then the principal.
        let covered: Vec<&str> = told.lines.iter()
            .filter(|line| line.kind() == Kind::Payment)
            .map(|line| line.formula.as_str())
            .collect();
        assert_eq!(covered, [
            "Zinsen 18,37\u{a0}€, Hauptforderung 81,63\u{a0}€",
            "Zinsen 43,32\u{a0}€, Hauptforderung 106,68\u{a0}€",
            "Zinsen 31,63\u{a0}€, Hauptforderung 48,37\u{a0}€",
            "Zinsen 25,70\u{a0}€, Hauptforderung 174,30\u{a0}€",
        ]);
        let totals = told.totals.clone().unwrap();
        // Costs: 0.5 x 134.50 = 67.25, 20 % of it 13.45, and 42.60 for the instalments.
        assert_eq!(cents(&totals.costs), 6_725 + 1_345 + 4_260);
        assert_eq!((cents(&totals.principal), cents(&totals.interest)), (78_902, 1_494));
        assert_eq!((cents(&totals.credits), cents(&totals.total)), (53_000, 78_902 + 1_494 + 12_330));
        let sum: i64 = told.lines.iter().map(|line| cents(&line.amount)).sum();
        assert_eq!(sum, cents(&totals.total));
        // 789.02 x 6.52 / 36,500
        assert_eq!(cents(&told.interest_per_day), 14);
        assert!(told.lines.iter().all(|line| line.norm.contains('§') || line.norm.contains("RVG")));
        let fee = told.lines.iter().find(|line| line.formula == "0,5 × 134,50").expect("the fee");
        assert_eq!((fee.rule_version.as_str(), fee.entry_id.is_empty()), ("2025-06-01 (2025)", false));
        let agreed = told.lines.iter().find(|line| line.norm.contains("31b")).expect("the fee of the agreement");
        assert_eq!(agreed.formula, "0,7 × 51,50 + min(20 % × 103,30; 20,00) − 13,45");
        case.house.stop().await;
    }

    async fn the_plain_text_says_everything_in_both_languages(backend: Backend) {
        let case = kitchen(backend).await;
        let german = statement(&case, "de").await;
        for said in [
            "Radhaus Nord GmbH hat eine Forderung gegen Sie.",
            "Grund: Einbauküche, Vertrag vom 20.09.2024.",
            "Rechnung K-1 vom 21.10.2024, fällig am 04.11.2024.",
            "Am 16.11.2026 sind 927,26\u{a0}€ offen: Hauptforderung 789,02\u{a0}€, Zinsen 14,94\u{a0}€, Kosten 123,30\u{a0}€.",
            "Seit dem 30.11.2024 fallen Verzugszinsen an (§ 288 Abs. 1 BGB, Verzug nach § 286 Abs. 1 BGB).",
            "- 30.11.2024 bis 31.12.2024: 8,37\u{a0}% im Jahr auf 1.200,00\u{a0}€, das sind 8,81\u{a0}€",
            "Jeder weitere Tag kostet 0,14\u{a0}€.",
            "- Auslagenpauschale: 13,45\u{a0}€ (Nr. 7002 VV RVG)",
            "- 10.02.2025: Ihre Zahlung, 100,00\u{a0}€. Verrechnet auf: Zinsen 18,37\u{a0}€, Hauptforderung 81,63\u{a0}€ (§ 367 Abs. 1 BGB)",
            "Es gilt, was wir mit Ihnen vereinbart haben.",
            "Von Ihrem Widerspruch an schweigen wir",
        ] {
            assert!(german.plain_text.contains(said), "{said}\n{}", german.plain_text);
        }
        let english = statement(&case, "en").await;
        for said in [
            "On 16 November 2026 €927.26 is open: main claim €789.02, interest €14.94, costs €123.30.",
            "From your objection on we keep silent",
        ] {
            assert!(english.plain_text.contains(said), "{said}\n{}", english.plain_text);
        }
        assert!(german.conventions[0].contains("act/365"));
        assert_eq!((german.language.as_str(), english.language.as_str()), ("de", "en"));
        case.house.stop().await;
    }

    async fn the_statement_comes_as_a_letter_that_is_the_same_each_time(backend: Backend) {
        let case = kitchen(backend).await;
        let agency = pb::Tenant {
            register_number: "3712 E 1-44/26".into(),
            supervisory_authority: "Bundesamt für Justiz, Adenauerallee 99-103, 53113 Bonn".into(),
            contact_email: "hilfe@musterhaus.example".into(),
            ..agency(&case.house)
        };
        let asked = operator(&case.house, make(&case.house, agency));
        case.house.clients().claims().create_tenant(asked).await.expect("a tenant");
        let one = document(&case, "de").await.expect("a letter");
        assert_eq!(one.media_type, "application/pdf");
        assert!(one.file_name.starts_with("Forderungsaufstellung_") && one.file_name.ends_with("_2026-11-16.pdf"));
        assert!(one.content.starts_with(b"%PDF-1."));
        if let Ok(path) = std::env::var("LETTER_OUT") {
            std::fs::write(path, &one.content).expect("written");
        }
        let english = document(&case, "en").await.expect("a letter");
        if let Ok(path) = std::env::var("LETTER_OUT_EN") {
            std::fs::write(path, &english.content).expect("written");
        }
        assert_eq!(document(&case, "de").await.expect("a letter"), one);
        assert_ne!(english.content, one.content);
        let refused = document(&case, "fr").await.expect_err("no French");
        assert_eq!(fields(&refused), ["language"]);
        let token = crate::access::session(&case).await;
        let own = pb::GetStatementDocumentRequest { claim_id: case.claim_id.clone(), ..Default::default() };
        let mut claims = case.house.clients().claims();
        claims.get_statement_document(outgoing_as(&token, own.clone())).await.expect("the debtor's own");
        let foreign = case.house.ask_as_other(Role::Agent, own);
        let foreign = claims.get_statement_document(foreign).await.expect_err("another tenant's");
        assert_eq!(foreign.code(), Code::NotFound);
        case.house.stop().await;
    }
}
