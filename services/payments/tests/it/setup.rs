//! A house with payments in it and claims played by the test.

use chrono::NaiveDate;
use kulanz_chassis::Role;
use kulanz_proto::claims::v1::{Balance, ClaimState};
use kulanz_proto::events::v1::{
    ClaimBalanceChanged, ClaimOpened, ClaimStateChanged, PaymentReceived,
};
use kulanz_proto::payments::v1::{
    self, BankStatementHeader, import_bank_statement_request::Part,
    payments_service_client::PaymentsServiceClient,
};
use kulanz_testkit::{Backend, House, stand_in};
use kulanz_types::{ClaimId, CreditorId, DebtorId, Money, berlin_date};
use prost::{Message, Name};
use tonic::{Request, Status};

use crate::claims::{Claims, Owed};

pub type Client = PaymentsServiceClient<kulanz_chassis::KulanzChannel>;

/// Payments under test.
pub struct Bench {
    pub house: House,
    pub claims: Claims,
}

impl Bench {
    pub async fn start(backend: Backend) -> Self {
        let claims = Claims::default();
        let address = claims.serve().await;
        let definitions = [kulanz_payments::DEFINITION, stand_in("claims")];
        let house = House::build(backend, &definitions).peer("claims", address).start().await;
        claims.set_today(berlin_date(house.now()));
        Self { house, claims }
    }

    pub fn client(&self) -> Client {
        self.house.clients().payments()
    }

    pub fn today(&self) -> NaiveDate {
        berlin_date(self.house.now())
    }

    /// Moves business time by whole days, for the stand-in too.
    pub async fn advance(&self, days: u64) {
        self.house.advance_days(days).await;
        self.claims.set_today(self.today());
    }

    /// A claim of a new debtor that claims has opened and payments knows.
    pub async fn open_claim(&self, case_reference: &str, principal: i64) -> Owed {
        let debtor = DebtorId::generate(self.house.seeds(), self.house.now());
        self.open_claim_of(debtor, case_reference, principal).await
    }

    pub async fn open_claim_of(
        &self,
        debtor: DebtorId,
        case_reference: &str,
        principal: i64,
    ) -> Owed {
        let creditor = CreditorId::generate(self.house.seeds(), self.house.now());
        self.open_claim_between(debtor, creditor, case_reference, principal).await
    }

    pub async fn open_claim_between(
        &self,
        debtor: DebtorId,
        creditor: CreditorId,
        case_reference: &str,
        principal: i64,
    ) -> Owed {
        let owed = self.owe_between(debtor, creditor, case_reference, principal);
        self.tell_opened(&owed).await;
        owed
    }

    /// A claim that claims has opened and payments does not know yet.
    pub fn owe_between(
        &self,
        debtor: DebtorId,
        creditor: CreditorId,
        case_reference: &str,
        principal: i64,
    ) -> Owed {
        let (seeds, now) = (self.house.seeds(), self.house.now());
        let owed = Owed {
            claim_id: ClaimId::generate(seeds, now).to_string(),
            debtor_id: debtor.to_string(),
            creditor_id: creditor.to_string(),
            case_reference: case_reference.to_owned(),
            state: ClaimState::Open,
            principal,
            interest: 0,
            costs: 0,
            credits: 0,
            rate: "6.52",
            floor: None,
        };
        self.claims.owe(owed.clone());
        owed
    }

    pub async fn tell_opened(&self, owed: &Owed) {
        let event = ClaimOpened {
            claim_id: owed.claim_id.clone(),
            debtor_id: owed.debtor_id.clone(),
            creditor_id: owed.creditor_id.clone(),
            principal: Some(Money::eur(owed.principal).into()),
            due_date: None,
            case_reference: owed.case_reference.clone(),
            consumer: true,
        };
        self.house.publish("claims", &owed.debtor_id, &event).await;
        self.house.settle().await;
    }

    /// Answers as claims would that a payment counts: what is owed becomes less, and the balance is told.
    pub async fn count_payment(&self, payment: &PaymentReceived, version: i64) {
        let cents = payment.amount.as_ref().unwrap().minor_units;
        self.claims.change(&payment.claim_id, |owed| owed.principal -= cents);
        self.tell_balance(payment, "PAYMENT", version).await;
    }

    /// Tells the balance of a payment's claim, and what changed it.
    pub async fn tell_balance(&self, payment: &PaymentReceived, cause: &str, version: i64) {
        let mut open = 0;
        self.claims.change(&payment.claim_id, |owed| open = owed.principal);
        let balance = Balance { total: Some(Money::eur(open).into()), ..Default::default() };
        let event = ClaimBalanceChanged {
            claim_id: payment.claim_id.clone(),
            debtor_id: payment.debtor_id.clone(),
            creditor_id: payment.creditor_id.clone(),
            balance: Some(balance),
            cause: cause.to_owned(),
            payment_id: payment.payment_id.clone(),
        };
        self.publish_version(&payment.debtor_id, version, &event).await;
        self.house.settle().await;
    }

    /// Publishes as claims would, with a version of the claim.
    pub async fn publish_version<M: Message + Name>(&self, debtor: &str, version: i64, event: &M) {
        let store = self.house.constellation().store("claims").unwrap();
        let work = store.begin(self.house.tenant()).await.unwrap();
        kulanz_bus::publish(&work, debtor, debtor, version, event).await.unwrap();
        work.commit().await.unwrap();
    }

    /// A message as the debtor's own session sends it.
    pub fn as_debtor<T>(&self, debtor_id: &str, message: T) -> Request<T> {
        self.house.ask_as_debtor(debtor_id.parse().unwrap(), message)
    }

    pub async fn import(&self, file: &str) -> Result<v1::ImportBankStatementResponse, Status> {
        self.import_as(file.as_bytes(), &self.house.request_id()).await
    }

    pub async fn import_as(
        &self,
        file: &[u8],
        request_id: &str,
    ) -> Result<v1::ImportBankStatementResponse, Status> {
        let header = BankStatementHeader {
            request_id: request_id.to_owned(),
            source: "test".to_owned(),
            ..Default::default()
        };
        let chunks = file.chunks(700).map(|chunk| Part::Chunk(chunk.to_vec()));
        let parts = std::iter::once(Part::Header(header)).chain(chunks);
        let messages: Vec<_> =
            parts.map(|part| v1::ImportBankStatementRequest { part: Some(part) }).collect();
        let request = self.house.ask(Role::Integration, tokio_stream::iter(messages));
        let reply = self.client().import_bank_statement(request).await?.into_inner();
        self.house.settle().await;
        Ok(reply)
    }

    /// How often payments published an event of this kind.
    pub async fn published(&self, kind: &str) -> usize {
        self.house.published("payments", kind).await
    }

    /// What payments published of one kind, in its order.
    pub async fn told<M: Message + Name + Default>(&self) -> Vec<M> {
        let store = self.house.constellation().store("payments").unwrap();
        let mut events = kulanz_bus::admin::events(store).await.unwrap();
        events.retain(|event| event.kind == M::NAME);
        events.iter().map(|event| event.decode().unwrap()).collect()
    }

    /// Tells as claims would that a claim moved to a state, under a version of the claim.
    pub async fn claim_moves(&self, owed: &Owed, version: i64, state: ClaimState) {
        let event = ClaimStateChanged {
            claim_id: owed.claim_id.clone(),
            to_state: state.into(),
            ..Default::default()
        };
        self.publish_version(&owed.debtor_id, version, &event).await;
        self.house.settle().await;
    }

    pub async fn trial_balance(&self) -> v1::GetTrialBalanceResponse {
        let request = self.house.ask(Role::Analyst, v1::GetTrialBalanceRequest::default());
        self.client().get_trial_balance(request).await.unwrap().into_inner()
    }

    /// Debits less credits of an account whose name begins so.
    pub async fn balance(&self, account: &str) -> i64 {
        let trial = self.trial_balance().await;
        assert_eq!(trial.total_debit, trial.total_credit, "the ledger is out of balance");
        let named = trial.accounts.iter().filter(|line| line.account.starts_with(account));
        named.map(|line| line.balance.as_ref().unwrap().minor_units).sum()
    }
}
