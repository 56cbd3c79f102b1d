//! News of one person that are heard of at the same time.

use kulanz_bus::{Envelope, EventHandler as _};
use kulanz_experimentation::Events;
use kulanz_proto::experimentation::v1::OutcomeKind;
use kulanz_testkit::{Backend, House, until_sessions};
use kulanz_types::EventId;
use prost::{Message, Name};

use crate::asking::{booked, decide_to_act};
use crate::house;
use crate::outcomes::{payment, sent};

fn news<M: Message + Name>(
    house: &House,
    producer: &str,
    debtor_id: &str,
    message: &M,
) -> Envelope {
    Envelope {
        id: EventId::generate(house.seeds(), house.now()),
        producer: producer.to_owned(),
        kind: M::NAME.to_owned(),
        tenant: house.tenant(),
        subject: debtor_id.to_owned(),
        partition_key: debtor_id.to_owned(),
        aggregate_version: 1,
        occurred_at: house.now(),
        traceparent: String::new(),
        payload: message.encode_to_vec().into(),
    }
}

/// Each producer has a task of its own, so that a message and a payment may be booked side by side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_heard_of_while_its_message_is_being_noted_is_booked_to_it() {
    let house = house(Backend::Server).await;
    let decision = decide_to_act(&house).await;
    let debtor = &decision.debtor_id;
    let store = house.constellation().store("experimentation").unwrap();
    let message = store.begin(house.tenant()).await.unwrap();
    let noted = news(&house, "messaging", debtor, &sent(&decision, "message_1"));
    Events.handle(&message, &noted).await.unwrap();
    let paid = async {
        let work = store.begin(house.tenant()).await.unwrap();
        let paid = news(&house, "payments", debtor, &payment(&decision, "payment_1"));
        Events.handle(&work, &paid).await.unwrap();
        work.commit().await.unwrap();
    };
    let let_go = async {
        let waits = (1, "wait_event_type = 'Lock'");
        until_sessions(store, house.tenant(), "the payment to wait for the message", waits).await;
        message.commit().await.unwrap();
    };
    futures::future::join(paid, let_go).await;
    let expected = [(OutcomeKind::Sent, 0), (OutcomeKind::Payment, 5_000)];
    assert_eq!(booked(&house, &decision.decision_id).await, expected);
    house.stop().await;
}
