//! The calls of the walk, told as what someone does.

use chrono::NaiveDate;
use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::{
    claims::v1::{
        Claim, GetClaimRequest, GetStatementRequest, OpenAccessRequest, OpenAccessResponse,
        Statement, open_access_request::SecondFactor,
    },
    experimentation::v1::{ListDecisionsRequest, ListDecisionsResponse},
    messaging::v1::{ListMessagesRequest, Message, MessageState},
    payments::v1::{
        AcceptArrangementRequest, Arrangement, ArrangementKind, BankStatementFormat,
        BankStatementHeader, BankTransfer, ConfirmCostNoticeRequest, ImportBankStatementRequest,
        ImportBankStatementResponse, ListPaymentOptionsRequest, Quote, QuoteArrangementRequest,
        import_bank_statement_request::Part, payment_option::Method,
        quote_arrangement_request::Wish,
    },
    types::v1::Date,
};

use crate::{Booking, World, camt053};

/// The claim as staff see it.
pub async fn claim(world: &World, claim_id: &str) -> Claim {
    let request = world.ask(Role::Agent, GetClaimRequest { claim_id: claim_id.into() });
    let reply = world.house.clients().claims().get_claim(request).await.expect("an answer");
    reply.into_inner().claim.expect("an answer")
}

/// All messages of a debtor.
pub async fn messages(world: &World, debtor_id: &str) -> Vec<Message> {
    let request = ListMessagesRequest { debtor_id: debtor_id.into(), ..Default::default() };
    let request = world.ask(Role::Agent, request);
    world
        .house
        .clients()
        .messaging()
        .list_messages(request)
        .await
        .expect("an answer")
        .into_inner()
        .messages
}

/// Those that went out.
pub async fn sent(world: &World, debtor_id: &str) -> Vec<Message> {
    let mut found = messages(world, debtor_id).await;
    found.retain(|message| matches!(message.state(), MessageState::Sent | MessageState::Delivered));
    found
}

/// Lets days pass until something was sent to the debtor.
pub async fn await_message(world: &World, debtor_id: &str) -> Message {
    for _ in 0..60 {
        if let Some(message) = sent(world, debtor_id).await.into_iter().next() {
            return message;
        }
        world.house.advance_days(1).await;
    }
    panic!("nothing was sent to {debtor_id} in sixty days: {:?}", messages(world, debtor_id).await);
}

/// The token in the link of a message.
pub fn link_token(message: &Message) -> String {
    let (_, rest) = message.body.split_once("/l/").expect("the message carries a link");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.~".contains(*c)).collect()
}

/// Opens a link with a birth date: year, month, day.
pub async fn open_access(world: &World, token: &str, birth: (i32, i32, i32)) -> OpenAccessResponse {
    let (year, month, day) = birth;
    let second_factor = Some(SecondFactor::BirthDate(Date { year, month, day }));
    let request = OpenAccessRequest { token: token.into(), second_factor };
    world.house.clients().claims().open_access(request).await.expect("an answer").into_inner()
}

/// What a claim comes to, as the debtor sees it.
pub async fn statement(world: &World, session: &str, claim_id: &str) -> Statement {
    let request = GetStatementRequest { claim_id: claim_id.into(), ..Default::default() };
    let request = outgoing_as(session, request);
    let reply = world.house.clients().claims().get_statement(request).await.expect("an answer");
    reply.into_inner().statement.expect("an answer")
}

/// How to pay a claim by transfer.
pub async fn transfer_details(world: &World, session: &str, claim_id: &str) -> BankTransfer {
    let request = ListPaymentOptionsRequest { claim_ids: vec![claim_id.into()] };
    let reply = world
        .house
        .clients()
        .payments()
        .list_payment_options(outgoing_as(session, request))
        .await
        .expect("an answer");
    let option = reply.into_inner().options.remove(0);
    let Some(Method::BankTransfer(transfer)) = option.method else { panic!("a bank transfer") };
    transfer
}

/// An offer of so many monthly instalments.
pub async fn quote_instalments(world: &World, session: &str, claim_id: &str, months: i32) -> Quote {
    let request = QuoteArrangementRequest {
        request_id: world.house.request_id(),
        claim_id: claim_id.into(),
        kind: ArrangementKind::Instalments.into(),
        wish: Some(Wish::Months(months)),
        ..Default::default()
    };
    let mut payments = world.house.clients().payments();
    let reply = payments.quote_arrangement(outgoing_as(session, request)).await.expect("an answer");
    reply.into_inner().quote.expect("an answer")
}

/// The cost notice of a quote was shown (§ 13a Abs. 3 RDG).
pub async fn confirm_notice(world: &World, session: &str, quote: &Quote) {
    let request = ConfirmCostNoticeRequest {
        request_id: world.house.request_id(),
        quote_id: quote.quote_id.clone(),
        shown_on: "portal".into(),
        cost_notice_hash: quote.cost_notice_hash.clone(),
    };
    let mut payments = world.house.clients().payments();
    payments.confirm_cost_notice(outgoing_as(session, request)).await.expect("an answer");
}

/// Accepts the first option of a quote.
pub async fn accept(
    world: &World,
    session: &str,
    quote: &Quote,
) -> Result<Arrangement, tonic::Status> {
    let request = AcceptArrangementRequest {
        request_id: world.house.request_id(),
        quote_id: quote.quote_id.clone(),
        option_id: quote.options[0].option_id.clone(),
    };
    let mut payments = world.house.clients().payments();
    let reply = payments.accept_arrangement(outgoing_as(session, request)).await?;
    Ok(reply.into_inner().arrangement.expect("an answer"))
}

/// Imports a bank statement of these entries.
pub async fn import_statement(
    world: &World,
    id: &str,
    bookings: &[Booking],
) -> ImportBankStatementResponse {
    let header = BankStatementHeader {
        request_id: world.house.request_id(),
        format: BankStatementFormat::Camt053.into(),
        source: format!("{id}.xml"),
    };
    let file = camt053(id, bookings);
    let parts: Vec<_> = std::iter::once(Part::Header(header))
        .chain(file.chunks(1_000).map(|chunk| Part::Chunk(chunk.to_vec())))
        .map(|part| ImportBankStatementRequest { part: Some(part) })
        .collect();
    let request = world.ask(Role::Integration, tokio_stream::iter(parts));
    world
        .house
        .clients()
        .payments()
        .import_bank_statement(request)
        .await
        .expect("an answer")
        .into_inner()
}

/// A logged decision with its outcomes.
pub async fn decision(world: &World, decision_id: &str) -> ListDecisionsResponse {
    let request = ListDecisionsRequest { decision_id: decision_id.into(), ..Default::default() };
    let request = world.ask(Role::Analyst, request);
    let mut experimentation = world.house.clients().experimentation();
    let mut found = experimentation.list_decisions(request).await.expect("an answer").into_inner();
    found.message().await.expect("an answer").expect("the decision is in the log")
}

/// The civil date in Berlin.
pub fn today(world: &World) -> NaiveDate {
    kulanz_types::berlin_date(world.house.now())
}
