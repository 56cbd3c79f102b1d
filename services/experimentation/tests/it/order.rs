//! Whatever the order and repetition of news, the same outcomes end up at the same decisions.

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_bus::{Envelope, deliver};
use kulanz_experimentation::{Events, MIGRATIONS};
use kulanz_proto::convert::timestamp;
use kulanz_proto::events::v1 as event;
use kulanz_proto::types::v1::Money;
use kulanz_store::Store;
use kulanz_testkit::{Stores, on_both_backends};
use kulanz_types::{Clock as _, EventId, Seeds, TenantId, VirtualClock};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, Statement};

const DEBTOR: &str = "debtor_01jc000000e008000000000001";

struct Told<'a> {
    seeds: &'a Seeds,
    start: DateTime<Utc>,
    tenant: TenantId,
}

impl Told<'_> {
    fn hour(&self, hour: i64) -> DateTime<Utc> {
        self.start + TimeDelta::hours(hour)
    }

    fn envelope<M: Message + Name>(&self, hour: i64, message: &M) -> Envelope {
        Envelope {
            id: EventId::generate(self.seeds, self.start),
            producer: "payments".to_owned(),
            kind: M::NAME.to_owned(),
            tenant: self.tenant,
            subject: DEBTOR.to_owned(),
            partition_key: DEBTOR.to_owned(),
            aggregate_version: 1,
            occurred_at: self.hour(hour),
            traceparent: String::new(),
            payload: message.encode_to_vec().into(),
        }
    }

    fn sent(&self, hour: i64, name: &str) -> Envelope {
        let message = event::MessageSent {
            message_id: format!("message_{name}"),
            debtor_id: DEBTOR.to_owned(),
            decision_id: format!("decision_{name}"),
            sent_at: Some(timestamp(self.hour(hour))),
            ..Default::default()
        };
        self.envelope(hour, &message)
    }

    fn paid(&self, hour: i64, name: &str) -> Envelope {
        let message = event::PaymentReceived {
            payment_id: format!("payment_{name}"),
            debtor_id: DEBTOR.to_owned(),
            amount: Some(Money { currency_code: "EUR".to_owned(), minor_units: 100 * hour }),
            ..Default::default()
        };
        self.envelope(hour, &message)
    }

    /// Two messages, a payment after each, the first one reversed after the second message; a plan that
    /// was made after the first message, and after the second was paid for, missed, and broken as that went back.
    fn all(&self) -> Vec<Envelope> {
        let debtor_id = || DEBTOR.to_owned();
        let reversed = event::PaymentReversed {
            payment_id: "payment_a".to_owned(),
            debtor_id: debtor_id(),
            amount: Some(Money { currency_code: "EUR".to_owned(), minor_units: 200 }),
            ..Default::default()
        };
        let agreed = event::ArrangementAccepted {
            arrangement_id: "arrangement_a".to_owned(),
            debtor_id: debtor_id(),
            ..Default::default()
        };
        let broken = event::ArrangementBroken {
            arrangement_id: "arrangement_a".to_owned(),
            debtor_id: debtor_id(),
            ..Default::default()
        };
        let instalment = event::PaymentReceived {
            payment_id: "instalment".to_owned(),
            debtor_id: debtor_id(),
            amount: Some(Money { currency_code: "EUR".to_owned(), minor_units: 900 }),
            arrangement_id: "arrangement_a".to_owned(),
            ..Default::default()
        };
        let back = event::PaymentReversed {
            payment_id: "instalment".to_owned(),
            debtor_id: debtor_id(),
            amount: instalment.amount.clone(),
            ..Default::default()
        };
        let missed = event::InstalmentMissed {
            arrangement_id: "arrangement_a".to_owned(),
            debtor_id: debtor_id(),
            ..Default::default()
        };
        vec![
            self.envelope(6, &instalment),
            self.envelope(7, &missed),
            self.envelope(8, &back),
            self.sent(1, "a"),
            self.paid(2, "a"),
            self.envelope(3, &agreed),
            self.sent(4, "b"),
            self.paid(5, "b"),
            self.envelope(6, &reversed),
            self.envelope(7, &broken),
        ]
    }
}

/// Every second one twice, in an order that `seeds` draws.
fn shuffled(seeds: &Seeds, envelopes: Vec<Envelope>) -> Vec<Envelope> {
    let again: Vec<_> = envelopes.iter().step_by(2).cloned().collect();
    let mut keyed: Vec<_> =
        envelopes.into_iter().chain(again).map(|one| (seeds.bytes::<8>(), one)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, one)| one).collect()
}

/// Kind, amount and decision of everything that was booked.
async fn booked(store: &Store, tenant: TenantId) -> Vec<(String, i64, Option<String>)> {
    let work = store.begin(tenant).await.unwrap();
    let sql = "SELECT kind, minor_units, decision_id FROM outcome WHERE tenant_id = $1 \
               ORDER BY kind, minor_units, decision_id";
    let backend = work.db().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [tenant.to_string().into()]);
    let rows = work.db().query_all_raw(statement).await.unwrap();
    let read = |row: &sea_orm::QueryResult| {
        let text = |name: &str| row.try_get::<String>("", name).unwrap();
        let amount = row.try_get("", "minor_units").unwrap();
        (text("kind"), amount, row.try_get("", "decision_id").unwrap())
    };
    rows.iter().map(read).collect()
}

on_both_backends! {
    async fn outcomes_end_up_at_the_same_decisions_whatever_the_order_and_repetition_of_news(backend: Backend) {
        let clock = VirtualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let store = Stores::new(backend, clock.clone()).connect("experimentation", MIGRATIONS).await;
        let seeds = Seeds::fixed(5);
        let decision = |name: &str| Some(format!("decision_{name}"));
        let expected = [
            ("arrangement".to_owned(), 0, decision("a")),
            ("broken".to_owned(), 0, decision("a")),
            ("missed".to_owned(), 0, decision("a")),
            ("payment".to_owned(), 200, decision("a")),
            ("payment".to_owned(), 500, decision("b")),
            ("payment".to_owned(), 900, decision("a")),
            ("reversal".to_owned(), -900, decision("a")),
            ("reversal".to_owned(), -200, decision("a")),
            ("sent".to_owned(), 0, decision("a")),
            ("sent".to_owned(), 0, decision("b")),
        ];
        for _ in 0..20 {
            let tenant = TenantId::generate(&seeds, clock.now());
            let told = Told { seeds: &seeds, start: clock.now(), tenant };
            for envelope in shuffled(&seeds, told.all()) {
                deliver(&store, &Events, &[envelope]).await.unwrap();
            }
            assert_eq!(booked(&store, tenant).await, expected);
        }
    }
}
