//! A house with claims in it, and what every test asks of it.

use chrono::{Days, NaiveDate};
use futures::stream;
use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::import_claims_request::Part as Given;
use kulanz_proto::claims::v1::import_claims_response::Part as Told;
use kulanz_proto::types::v1::{Date, Money, PostalAddress};
use kulanz_testkit::{Backend, House, stand_in};
use kulanz_types::berlin_date;
use prost_types::FieldMask;
use tonic::Status;

/// The service with neighbours that only publish.
pub async fn house(backend: Backend) -> House {
    let neighbours = [stand_in("payments"), stand_in("messaging")];
    let all = [&[kulanz_claims::DEFINITION][..], &neighbours].concat();
    House::start(backend, &all).await
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
pub fn euros(minor_units: i64) -> Option<Money> {
    Some(Money { currency_code: "EUR".into(), minor_units })
}

#[expect(clippy::ref_option, reason = "fields of messages are optional")]
pub fn cents(money: &Option<Money>) -> i64 {
    money.as_ref().expect("an amount").minor_units
}

/// The business day so many days ago.
pub fn ago(house: &House, days: u64) -> NaiveDate {
    berlin_date(house.now()) - Days::new(days)
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
pub fn day(house: &House, days: u64) -> Option<Date> {
    Some(ago(house, days).into())
}

/// A good row: a consumer in Leipzig, due sixty days ago, reminded forty days ago.
pub fn row(house: &House, reference: &str) -> pb::ImportRow {
    pb::ImportRow {
        claim_reference: reference.into(),
        customer_number: "C-1".into(),
        invoice_date: day(house, 90),
        due_date: day(house, 60),
        principal: euros(24_990),
        contract_subject: "Trekkingrad".into(),
        contract_date: day(house, 92),
        reminder_sent_on: day(house, 40),
        given_name: "Jette".into(),
        family_name: "Lindqvist".into(),
        birth_date: Some(Date { year: 1984, month: 5, day: 17 }),
        address: Some(PostalAddress {
            street: "Am Speicher 4".into(),
            postcode: "04109".into(),
            city: "Leipzig".into(),
            country_code: "DE".into(),
            ..Default::default()
        }),
        email: "jette.lindqvist@example.org".into(),
        mobile: "0152 28817386".into(),
        language: "de".into(),
        ..Default::default()
    }
}

/// A row of another person.
pub fn row_of(house: &House, reference: &str, number: &str, family_name: &str) -> pb::ImportRow {
    pb::ImportRow {
        customer_number: number.into(),
        family_name: family_name.into(),
        birth_date: Some(Date { year: 1971, month: 1, day: 9 }),
        email: format!("{}@example.org", family_name.to_lowercase()),
        mobile: String::new(),
        ..row(house, reference)
    }
}

pub async fn creditor(house: &House) -> String {
    let address = PostalAddress {
        street: "Werftstraße 8".into(),
        postcode: "24103".into(),
        city: "Kiel".into(),
        country_code: "DE".into(),
        ..Default::default()
    };
    creditor_of(
        house,
        pb::Creditor {
            name: "Radhaus Nord GmbH".into(),
            address: Some(address),
            deducts_input_vat: true,
            ..Default::default()
        },
    )
    .await
}

/// A creditor of one's own.
pub async fn creditor_of(house: &House, creditor: pb::Creditor) -> String {
    let asked = pb::CreateCreditorRequest {
        request_id: house.request_id(),
        creditor: Some(creditor),
        validate_only: false,
    };
    let answer = house.clients().claims().create_creditor(house.ask(Role::Admin, asked)).await;
    answer.expect("a creditor").into_inner().creditor.expect("it").creditor_id
}

/// What an import answered.
#[derive(Debug)]
pub struct Answered {
    pub accepted: pb::ImportAccepted,
    pub rows: Vec<pb::RowResult>,
    pub acknowledged: Vec<i64>,
    pub summary: Option<pb::Import>,
}

pub fn header(house: &House, creditor_id: &str) -> pb::ImportHeader {
    pb::ImportHeader {
        request_id: house.request_id(),
        creditor_id: creditor_id.into(),
        source_name: "test.csv".into(),
        dry_run: false,
        schema_version: 1,
    }
}

pub fn numbered(rows: Vec<pb::ImportRow>) -> Vec<Given> {
    let number = |(index, row)| {
        let row_number = i64::try_from(index).expect("few rows") + 2;
        Given::Row(pb::NumberedRow { row_number, row: Some(row) })
    };
    rows.into_iter().enumerate().map(number).collect()
}

/// Sends these messages and reads every answer.
pub async fn converse(house: &House, parts: Vec<Given>) -> Result<Answered, Status> {
    let messages = parts.into_iter().map(|part| pb::ImportClaimsRequest { part: Some(part) });
    let asked = house.ask(Role::Integration, stream::iter(messages.collect::<Vec<_>>()));
    let mut answers = house.clients().claims().import_claims(asked).await?.into_inner();
    let mut answered = Answered {
        accepted: pb::ImportAccepted::default(),
        rows: Vec::new(),
        acknowledged: Vec::new(),
        summary: None,
    };
    while let Some(message) = answers.message().await? {
        match message.part.expect("a part") {
            Told::AcceptedHeader(accepted) => answered.accepted = accepted,
            Told::RowResult(result) => answered.rows.push(result),
            Told::Acknowledged(row) => answered.acknowledged.push(row.last_committed_row),
            Told::Summary(summary) => answered.summary = summary.import,
        }
    }
    Ok(answered)
}

/// Imports rows to the end.
pub async fn import(house: &House, creditor_id: &str, rows: Vec<pb::ImportRow>) -> Answered {
    import_as(house, header(house, creditor_id), rows).await
}

pub async fn import_as(
    house: &House,
    header: pb::ImportHeader,
    rows: Vec<pb::ImportRow>,
) -> Answered {
    let mut parts = vec![Given::Header(header)];
    parts.extend(numbered(rows));
    parts.push(Given::Finish(pb::ImportFinish {}));
    converse(house, parts).await.expect("an import")
}

/// A house with one claim of one debtor, its costs charged.
pub struct Case {
    pub house: House,
    pub creditor_id: String,
    pub claim_id: String,
    pub debtor_id: String,
}

pub async fn case(backend: Backend) -> Case {
    case_in(house(backend).await).await
}

/// The same in a house of one's own.
pub async fn case_in(house: House) -> Case {
    let row = row(&house, "R-1");
    case_with(house, row).await
}

/// A case with a row of one's own.
pub async fn case_of(backend: Backend, row: impl FnOnce(&House) -> pb::ImportRow) -> Case {
    let house = house(backend).await;
    let row = row(&house);
    case_with(house, row).await
}

async fn case_with(house: House, row: pb::ImportRow) -> Case {
    let creditor_id = creditor(&house).await;
    case_by(house, creditor_id, vec![row]).await
}

/// A case of a creditor of one's own: the first of its rows.
pub async fn case_of_creditor(
    backend: Backend,
    given: pb::Creditor,
    rows: impl FnOnce(&House) -> Vec<pb::ImportRow>,
) -> Case {
    let house = house(backend).await;
    let creditor_id = creditor_of(&house, given).await;
    let rows = rows(&house);
    case_by(house, creditor_id, rows).await
}

async fn case_by(house: House, creditor_id: String, rows: Vec<pb::ImportRow>) -> Case {
    let answered = import(&house, &creditor_id, rows).await;
    house.settle().await;
    let result = answered.rows.into_iter().next().expect("a row");
    Case { house, creditor_id, claim_id: result.claim_id, debtor_id: result.debtor_id }
}

impl Case {
    pub async fn claim(&self) -> pb::Claim {
        claim(&self.house, &self.claim_id).await
    }

    /// Changes one field of the creditor.
    pub async fn update_creditor(
        &self,
        path: &str,
        given: pb::Creditor,
    ) -> Result<pb::Creditor, Status> {
        let mut claims = self.house.clients().claims();
        let asked = pb::GetCreditorRequest { creditor_id: self.creditor_id.clone() };
        let known = claims.get_creditor(self.house.ask(Role::Admin, asked)).await?.into_inner();
        let etag = known.creditor.expect("a creditor").etag;
        let creditor_id = self.creditor_id.clone();
        let asked = pb::UpdateCreditorRequest {
            request_id: self.house.request_id(),
            creditor: Some(pb::Creditor { creditor_id, etag, ..given }),
            update_mask: Some(FieldMask { paths: vec![path.into()] }),
            validate_only: false,
        };
        let answer = claims.update_creditor(self.house.ask(Role::Admin, asked)).await?;
        Ok(answer.into_inner().creditor.expect("a creditor"))
    }

    pub async fn statement(&self) -> pb::Statement {
        self.statement_in("en").await
    }

    pub async fn statement_in(&self, language: &str) -> pb::Statement {
        let asked = pb::GetStatementRequest {
            claim_id: self.claim_id.clone(),
            as_of: None,
            language: language.into(),
            known_at: None,
        };
        let asked = self.house.ask(Role::Agent, asked);
        let answer = self.house.clients().claims().get_statement(asked).await;
        answer.expect("a statement").into_inner().statement.expect("it")
    }
}

pub async fn claim(house: &House, claim_id: &str) -> pb::Claim {
    let asked = pb::GetClaimRequest { claim_id: claim_id.into() };
    let answer = house.clients().claims().get_claim(house.ask(Role::Agent, asked)).await;
    answer.expect("a claim").into_inner().claim.expect("it")
}

pub fn total(claim: &pb::Claim) -> i64 {
    cents(&claim.balance.as_ref().expect("a balance").total)
}
