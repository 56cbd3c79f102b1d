//! A house with messaging in it and neighbours played by the test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use kulanz_chassis::{Definition, KulanzChannel, Module, ModuleContext, Role};
use kulanz_messaging::api::receipt;
use kulanz_proto::claims::v1::HoldKind;
use kulanz_proto::events::v1::{ClaimOpened, HoldPlaced, PersonaAssigned};
use kulanz_proto::messaging::v1::messaging_service_client::MessagingServiceClient;
use kulanz_proto::messaging::v1::{self, MessageState};
use kulanz_testkit::{Backend, House, stand_in};
use kulanz_types::{ClaimId, CreditorId, DebtorId, MessageId, Seeds};
use sea_orm::{ConnectionTrait, Statement, Value};
use tonic::Request;

use crate::neighbours::{Neighbours, World, debtor, euros};

/// The keys with which providers sign receipts, by the address of a test's house.
static RECEIPT_KEYS: Mutex<BTreeMap<SocketAddr, [u8; 32]>> = Mutex::new(BTreeMap::new());

/// Messaging as it is, after a look at its receipt key.
const MESSAGING: Definition = Definition { module: watched, ..kulanz_messaging::DEFINITION };

fn watched(context: &ModuleContext) -> Module {
    let key = context.derive_key("receipt signature");
    RECEIPT_KEYS.lock().unwrap().insert(context.settings.grpc.listen, key);
    kulanz_messaging::module(context)
}

/// Messaging under test.
pub struct Bench {
    pub house: House,
    pub neighbours: Neighbours,
    pub debtor: String,
    pub claim: String,
    pub creditor: String,
}

impl Bench {
    pub async fn start(backend: Backend) -> Self {
        Self::with_settings(backend, "").await
    }

    pub async fn with_settings(backend: Backend, settings: &str) -> Self {
        let (seeds, now) = (Seeds::fixed(9), chrono::DateTime::UNIX_EPOCH);
        let person = DebtorId::generate(&seeds, now).to_string();
        let claim = ClaimId::generate(&seeds, now).to_string();
        let creditor = CreditorId::generate(&seeds, now).to_string();
        let world = World::new(debtor(&person, &claim, &creditor), &creditor);
        let neighbours = Neighbours::new(world);
        let address = neighbours.serve().await;
        let definitions =
            [MESSAGING, stand_in("claims"), stand_in("payments"), stand_in("personas")];
        let house = House::build(backend, &definitions)
            .settings(settings)
            .peer("claims", address)
            .peer("payments", address)
            .peer("experimentation", address)
            .start()
            .await;
        Self { house, neighbours, debtor: person, claim, creditor }
    }

    pub fn client(&self) -> MessagingServiceClient<KulanzChannel> {
        self.house.clients().messaging()
    }

    /// A dispute holds the claim.
    pub async fn hold_for_a_dispute(&self) {
        let hold = HoldPlaced {
            claim_id: self.claim.clone(),
            debtor_id: self.debtor.clone(),
            kind: HoldKind::Dispute.into(),
            ..HoldPlaced::default()
        };
        self.house.publish("claims", &self.debtor, &hold).await;
        self.house.settle().await;
    }

    /// The claim opens and the person is assigned.
    pub async fn open_claim(&self) {
        let opened = ClaimOpened {
            claim_id: self.claim.clone(),
            debtor_id: self.debtor.clone(),
            creditor_id: self.creditor.clone(),
            principal: Some(euros(24_990)),
            due_date: None,
            case_reference: "K7Q2M0X9TA".to_owned(),
            consumer: true,
        };
        self.house.publish("claims", &self.debtor, &opened).await;
        let assigned = PersonaAssigned {
            debtor_id: self.debtor.clone(),
            persona_id: "persona_1".to_owned(),
            persona_key: "planner".to_owned(),
            probabilities: [("planner".to_owned(), 1.0)].into(),
            model_version: "1".to_owned(),
            claim_ids: vec![self.claim.clone()],
        };
        self.house.publish("personas", &self.debtor, &assigned).await;
        self.house.settle().await;
    }

    /// All messages, newest first.
    pub async fn messages(&self) -> Vec<v1::Message> {
        let request = v1::ListMessagesRequest::default();
        let request = self.house.ask(Role::Agent, request);
        self.client().list_messages(request).await.unwrap().into_inner().messages
    }

    /// The only message.
    pub async fn message(&self) -> v1::Message {
        let messages = self.messages().await;
        assert_eq!(messages.len(), 1, "{messages:#?}");
        messages.into_iter().next().unwrap()
    }

    pub async fn states(&self) -> Vec<MessageState> {
        self.messages().await.iter().map(v1::Message::state).collect()
    }

    /// A message as the debtor's own session sends it.
    pub fn as_debtor<T>(&self, debtor_id: &str, message: T) -> Request<T> {
        self.house.ask_as_debtor(debtor_id.parse().unwrap(), message)
    }

    /// How often messaging published an event of this kind.
    pub async fn published(&self, kind: &str) -> usize {
        self.house.published("messaging", kind).await
    }

    /// A receipt as a provider that holds the key signs it.
    pub fn receipt(
        &self,
        message_id: &str,
        kind: v1::ReceiptKind,
        code: &str,
    ) -> v1::ReportReceiptRequest {
        let mut request = v1::ReportReceiptRequest {
            request_id: self.house.request_id(),
            message_id: message_id.to_owned(),
            kind: kind.into(),
            occurred_at: Some(kulanz_proto::convert::timestamp(self.house.now())),
            provider_code: code.to_owned(),
            signature: String::new(),
        };
        let key = RECEIPT_KEYS.lock().unwrap()[&self.house.constellation().address()];
        request.signature = receipt::sign(&key, self.house.tenant(), &request).unwrap();
        request
    }

    /// The provider reports what became of a message.
    pub async fn report(
        &self,
        message_id: &str,
        kind: v1::ReceiptKind,
        code: &str,
    ) -> Result<bool, tonic::Status> {
        let request = self.receipt(message_id, kind, code);
        Ok(self.client().report_receipt(request).await?.into_inner().changed)
    }

    /// The person states how to be contacted.
    pub async fn wish(&self, wishes: v1::ContactPreferences) {
        let wishes = v1::ContactPreferences { debtor_id: self.debtor.clone(), ..wishes };
        let request = v1::SetContactPreferencesRequest {
            request_id: self.house.request_id(),
            preferences: Some(wishes),
        };
        let request = self.as_debtor(&self.debtor, request);
        self.client().set_contact_preferences(request).await.unwrap();
    }

    /// One statement about messaging's tables, as this tenant.
    pub async fn tell_the_database(&self, sql: &str, values: impl IntoIterator<Item = Value>) {
        let store = self.house.constellation().store("messaging").unwrap();
        let work = store.begin(self.house.tenant()).await.unwrap();
        let backend = work.db().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        work.db().execute_raw(statement).await.unwrap();
        work.commit().await.unwrap();
    }

    /// How many messages the inbox received.
    pub async fn received(&self) -> usize {
        let sql = "SELECT COUNT(*) AS n FROM inbox_entry WHERE tenant_id = $1 AND channel <> $2";
        self.house.count("messaging", sql, "none").await
    }

    /// Puts a message into the state in which a crash during its hand-over leaves it.
    pub async fn interrupt(&self, message_id: &str) {
        self.leave_attempted(message_id).await;
        let store = self.house.constellation().store("messaging").unwrap();
        let work = store.begin(self.house.tenant()).await.unwrap();
        let id: MessageId = message_id.parse().unwrap();
        kulanz_messaging::app::dispatch_at(&work, id, work.now()).await.unwrap();
        work.commit().await.unwrap();
        self.house.settle().await;
    }

    /// The attempt is committed, its result is not.
    pub async fn leave_attempted(&self, message_id: &str) {
        let sql = "UPDATE message SET state = 'attempted', sent_at = NULL WHERE message_id = $1";
        self.tell_the_database(sql, [message_id.into()]).await;
    }
}
