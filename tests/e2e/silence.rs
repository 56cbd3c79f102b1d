//! Whoever asks for silence gets it at once, whatever the queue does.

use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{HoldClaimRequest, HoldKind},
    messaging::v1::MessageState,
};
use kulanz_testkit::{Backend, House, RedisServer};
use kulanz_tests::{ERIKA, World, calls, definitions};

async fn hold(world: &World, claim_id: &str) {
    let request = HoldClaimRequest {
        request_id: world.house.request_id(),
        claim_id: claim_id.into(),
        kind: HoldKind::Manual.into(),
        reason: "the person asked for a pause".into(),
        expires_at: None,
    };
    let request = world.ask(Role::Agent, request);
    world.house.clients().claims().hold_claim(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_handed_over_after_a_hold_even_with_redis_stopped() {
    let redis = RedisServer::start();
    let builder = House::build(Backend::Server, &definitions()).redis(redis.url());
    let world = World::found(builder).await;
    let results = world.import(vec![ERIKA.to_import()]).await;
    world.house.settle().await;
    let (debtor_id, claim_id) = (results[0].debtor_id.clone(), results[0].claim_id.clone());
    let scheduled = until_scheduled(&world, &debtor_id).await;

    // With Redis stopped no event reaches messaging: only its question to claims can stop the message.
    drop(redis);
    hold(&world, &claim_id).await;
    let at = scheduled + chrono::TimeDelta::minutes(1);
    world.house.constellation().advance(at).await.unwrap();
    kulanz_testkit::until("the message to be called off", async || {
        let found = calls::messages(&world, &debtor_id).await;
        found.iter().all(|message| message.state() == MessageState::Cancelled).then_some(())
    })
    .await;
}

/// Lets days pass until a message is scheduled but not sent, and says for when.
async fn until_scheduled(world: &World, debtor_id: &str) -> chrono::DateTime<chrono::Utc> {
    for _ in 0..60 {
        let found = calls::messages(world, debtor_id).await;
        let waiting = found.iter().find(|message| message.state() == MessageState::Scheduled);
        if let Some(at) = waiting.and_then(|message| message.scheduled_at.as_ref()) {
            return kulanz_proto::convert::instant(at).unwrap();
        }
        world.house.advance_days(1).await;
    }
    panic!("nothing was scheduled in sixty days");
}
