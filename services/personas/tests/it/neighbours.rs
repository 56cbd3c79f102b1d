//! Claims, as this service sees it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as claims;
use kulanz_proto::events::v1 as event;
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::types::v1::{Date, Money};
use kulanz_testkit::{Backend, House, Stub, stand_in};
use kulanz_types::{ClaimId, DebtorId};

/// The debtors that claims knows, and how often it was asked.
#[derive(Clone, Default)]
pub struct Claims {
    debtors: Arc<Mutex<BTreeMap<String, claims::Debtor>>>,
    pub calls: Arc<AtomicUsize>,
}

impl Claims {
    pub fn put(&self, debtor: claims::Debtor) {
        self.debtors.lock().unwrap().insert(debtor.debtor_id.clone(), debtor);
    }

    fn answer(&self, asked: &claims::BatchGetDebtorsRequest) -> claims::BatchGetDebtorsResponse {
        self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(asked.include_claims && asked.debtor_ids.len() <= 500);
        let known = self.debtors.lock().unwrap();
        let debtors = asked.debtor_ids.iter().filter_map(|id| known.get(id).cloned()).collect();
        claims::BatchGetDebtorsResponse { debtors, missing_debtor_ids: Vec::new() }
    }
}

/// The service beside a claims service that answers from memory and publishes what it is told to.
pub async fn house(backend: Backend) -> (House, Claims) {
    let known = Claims::default();
    let answers = known.clone();
    let path = "/kulanz.claims.v1.ClaimsService/BatchGetDebtors";
    let address = Stub::default().on(path, move |asked| Ok(answers.answer(&asked))).serve().await;
    let services = [kulanz_personas::DEFINITION, stand_in("claims")];
    let house = House::build(backend, &services).peer("claims", address).start().await;
    (house, known)
}

/// A debtor with one claim of `euros`, due long ago, and these facts of the intake.
pub fn debtor(house: &House, euros: i64, facts: &[(&str, &str)]) -> claims::Debtor {
    let principal = Some(Money { currency_code: "EUR".to_owned(), minor_units: euros * 100 });
    let claim = claims::ClaimSummary {
        claim_id: ClaimId::generate(house.seeds(), house.now()).to_string(),
        state: claims::ClaimState::Open.into(),
        balance: Some(claims::Balance { principal, ..Default::default() }),
        due_date: Some(Date { year: 2024, month: 3, day: 1 }),
        intake_facts: facts.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        consumer: true,
        ..Default::default()
    };
    claims::Debtor {
        debtor_id: DebtorId::generate(house.seeds(), house.now()).to_string(),
        party: Some(claims::debtor::Party::Person(claims::Person::default())),
        claims: vec![claim],
        ..Default::default()
    }
}

/// Claims tells of a debtor.
pub async fn tell(house: &House, known: &Claims, debtor: &claims::Debtor) {
    known.put(debtor.clone());
    let updated =
        event::DebtorUpdated { debtor_id: debtor.debtor_id.clone(), ..Default::default() };
    house.publish("claims", &debtor.debtor_id, &updated).await;
    for claim in &debtor.claims {
        let opened = event::ClaimOpened {
            claim_id: claim.claim_id.clone(),
            debtor_id: debtor.debtor_id.clone(),
            ..Default::default()
        };
        house.publish("claims", &debtor.debtor_id, &opened).await;
    }
}

/// The assignment in force.
pub async fn persona(
    house: &House,
    debtor_id: &str,
) -> Result<pb::GetPersonaResponse, tonic::Status> {
    let request = pb::GetPersonaRequest { debtor_id: debtor_id.to_owned() };
    let mut client = house.clients().personas();
    Ok(client.get_persona(house.ask(Role::Agent, request)).await?.into_inner())
}
