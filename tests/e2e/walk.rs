//! Import, persona, decision, message, portal, statement, instalments, money, balances, silence,
//! outcome: one person after the other through the public calls.

use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{ClaimState, RowResult, RowVerdict},
    experimentation::v1::{Outcome, OutcomeKind, decision::Action},
    messaging::v1::{MessageState, VerifyMessageRequest},
    payments::v1::{ArrangementState, GetArrangementRequest, get_arrangement_request::Lookup},
    personas::v1::GetPersonaRequest,
};
use kulanz_testkit::on_both_backends;
use kulanz_tests::{Booking, ERIKA, MAX, World, calls};

/// What the walk leaves behind for further looks.
pub struct Walked {
    pub erika: Person,
}

#[expect(clippy::struct_field_names, reason = "three ids, named as in the contracts")]
pub struct Person {
    pub debtor_id: String,
    pub claim_id: String,
    pub decision_id: String,
}

/// The walk from the import to the recorded outcome.
pub async fn walk(world: &World) -> Walked {
    let (erika, max) = import_two(world).await;
    world.house.settle().await;
    understood(world, &erika.0).await;
    understood(world, &max.0).await;
    let erika = contacted(world, erika).await;
    let max = contacted(world, max).await;
    let reference = arranged(world, &erika).await;
    paid(world, &erika, &max, &reference).await;
    fallen_silent(world, &max).await;
    learned(world, &max, OutcomeKind::Settled).await;
    learned(world, &erika, OutcomeKind::Arrangement).await;
    Walked { erika }
}

async fn import_two(world: &World) -> ((String, String), (String, String)) {
    let results = world.import(vec![ERIKA.to_import(), MAX.to_import()]).await;
    let verdicts: Vec<_> = results.iter().map(RowResult::verdict).collect();
    assert_eq!(verdicts, [RowVerdict::Accepted; 2], "{results:?}");
    let ids = |index: usize| (results[index].debtor_id.clone(), results[index].claim_id.clone());
    (ids(0), ids(1))
}

async fn understood(world: &World, debtor_id: &str) {
    let request = world.ask(Role::Agent, GetPersonaRequest { debtor_id: debtor_id.into() });
    let reply = world.house.clients().personas().get_persona(request).await.unwrap().into_inner();
    let assignment = reply.assignment.unwrap();
    let sum: f64 = assignment.probabilities.values().sum();
    assert!((sum - 1.0).abs() < 1e-9, "the probabilities sum to {sum}");
    assert_eq!(assignment.probabilities.len(), 8);
    assert!(!assignment.reasons.is_empty());
}

async fn contacted(world: &World, (debtor_id, claim_id): (String, String)) -> Person {
    let message = calls::await_message(world, &debtor_id).await;
    let logged = calls::decision(world, &message.decision_id).await.decision.unwrap();
    assert!(matches!(logged.action, Some(Action::Factored(_))));
    assert!(logged.joint_propensity > 0.0 && logged.joint_propensity <= 1.0);

    let code = VerifyMessageRequest { code: message.authenticity_code.clone() };
    let verified = world.house.clients().messaging().verify_message(code).await.unwrap();
    let verified = verified.into_inner();
    assert!(verified.authentic);
    assert_eq!(verified.agency_name, "Beispiel Inkasso GmbH");
    Person { debtor_id, claim_id, decision_id: message.decision_id }
}

async fn session(world: &World, person: &Person, birth: (i32, i32, i32)) -> String {
    let message = calls::await_message(world, &person.debtor_id).await;
    calls::open_access(world, &calls::link_token(&message), birth).await.session_token
}

/// Erika asks for three instalments, reads what they cost, and accepts.
async fn arranged(world: &World, erika: &Person) -> String {
    let session = session(world, erika, ERIKA.birth_date).await;
    let statement = calls::statement(world, &session, &erika.claim_id).await;
    let total: i64 =
        statement.lines.iter().map(|line| line.amount.as_ref().unwrap().minor_units).sum();
    let totals = statement.totals.unwrap();
    assert_eq!(total, totals.total.unwrap().minor_units, "the lines add up to the total");
    assert!(statement.lines.iter().all(|line| !line.norm.is_empty() || line.amount.is_some()));

    let quote = calls::quote_instalments(world, &session, &erika.claim_id, 3).await;
    assert!(!quote.cost_notice.is_empty());
    let early = calls::accept(world, &session, &quote).await.unwrap_err();
    assert_eq!(early.code(), tonic::Code::FailedPrecondition, "no plan before its cost notice");
    calls::confirm_notice(world, &session, &quote).await;
    let arrangement = calls::accept(world, &session, &quote).await.unwrap();
    assert_eq!(arrangement.state(), ArrangementState::Active);
    world.house.settle().await;
    let claim = calls::claim(world, &erika.claim_id).await;
    assert_eq!(claim.state(), ClaimState::Arranged);
    calls::transfer_details(world, &session, &erika.claim_id).await.reference
}

/// The bank reports Erika's first instalment and Max's full payment, a day after they asked what to pay.
async fn paid(world: &World, erika: &Person, max: &Person, reference: &str) {
    let max_session = session(world, max, MAX.birth_date).await;
    let transfer = calls::transfer_details(world, &max_session, &max.claim_id).await;
    let first = arrangement(world, erika).await.instalments[0].amount.clone().unwrap().minor_units;
    let in_full = transfer.amount.unwrap().minor_units;
    world.house.advance_days(1).await;
    let today = calls::today(world);
    let bookings = [
        Booking::transfer(1, first, today, reference),
        Booking::transfer(2, in_full, today, &transfer.reference),
    ];
    let imported = calls::import_statement(world, "2026-001", &bookings).await;
    assert_eq!((imported.matched_count, imported.unmatched_count), (2, 0), "{imported:?}");
    let again = calls::import_statement(world, "2026-001", &bookings).await;
    assert_eq!((again.matched_count, again.duplicate_count), (0, 2), "{again:?}");
    world.house.settle().await;

    let claim = calls::claim(world, &max.claim_id).await;
    assert_eq!(claim.state(), ClaimState::Paid, "{claim:?}");
    assert_eq!(claim.balance.unwrap().total.unwrap().minor_units, 0);
    let left = calls::claim(world, &erika.claim_id).await.balance.unwrap().total.unwrap();
    assert_eq!(left.minor_units, left_after(first, today), "to the cent");
    assert_eq!(
        arrangement(world, erika).await.instalments[0].paid.clone().unwrap().minor_units,
        first
    );
}

/// What Erika owes at the end of the day on which `paid` cents came in, worked out apart from the house:
/// 300.00 EUR from 29 May 2026, the day after the reminder, five points above the base rate of each half-year (§§ 247, 286, 288 Abs. 1
/// BGB), the agency's costs; costs, interest, principal in this order (§ 367 Abs. 1 BGB); the day of the
/// payment bears no interest on what was paid, one rounding.
fn left_after(paid: i64, day: chrono::NaiveDate) -> i64 {
    let date = |month, day| chrono::NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    let first_half = (date(7, 1) - date(5, 29)).num_days();
    let second_half = (day - date(7, 1)).num_days();
    // Numerators over 100 × 100 × 365: rates in hundredths of a per cent.
    let before =
        ERIKA.cents * (first_half * (BASE_2026[0] + 500) + second_half * (BASE_2026[1] + 500));
    let to_principal = paid - COSTS - rounded(before);
    let after = (ERIKA.cents - to_principal) * (BASE_2026[1] + 500);
    ERIKA.cents + COSTS + rounded(before + after) - paid
}

/// 0.5 of 51.50 EUR (VV 2300 note 2 RVG, value up to 500 EUR), and a fifth of it (VV 7002 RVG).
const COSTS: i64 = 2_575 + 515;
/// The base rate of each half of 2026 in hundredths of a per cent.
const BASE_2026: [i64; 2] = [127, 152];

fn rounded(numerator: i64) -> i64 {
    (numerator + 3_650_000 / 2) / 3_650_000
}

async fn arrangement(world: &World, person: &Person) -> kulanz_proto::payments::v1::Arrangement {
    let lookup = Some(Lookup::ClaimId(person.claim_id.clone()));
    let request = world.ask(Role::Agent, GetArrangementRequest { lookup });
    let reply = world.house.clients().payments().get_arrangement(request).await.unwrap();
    reply.into_inner().arrangement.unwrap()
}

/// Nothing more reaches whoever owes nothing more.
async fn fallen_silent(world: &World, max: &Person) {
    let before = calls::sent(world, &max.debtor_id).await.len();
    world.house.advance_days(40).await;
    assert_eq!(calls::sent(world, &max.debtor_id).await.len(), before);
    let waiting = calls::messages(world, &max.debtor_id).await;
    assert!(waiting.iter().all(|message| message.state() != MessageState::Scheduled));
}

/// The outcome stands against the decision that caused the message.
async fn learned(world: &World, person: &Person, kind: OutcomeKind) {
    let logged = calls::decision(world, &person.decision_id).await;
    let kinds: Vec<_> = logged.outcomes.iter().map(Outcome::kind).collect();
    assert!(kinds.contains(&kind), "{kinds:?}");
}

on_both_backends! {
    async fn a_portfolio_goes_in_and_each_debtor_is_contacted_answered_paid_and_learned_from(
        backend: Backend
    ) {
        let world = World::open(backend).await;
        walk(&world).await;
    }
}
