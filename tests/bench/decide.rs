//! `Decide` and `DecideBatch` with their durable log, beside a bare tonic echo of the same question.

use std::{convert::Infallible, time::Instant};

use futures::{StreamExt as _, stream};
use kulanz_chassis::{Role, outgoing_as};
use kulanz_policy::Schema;
use kulanz_proto::experimentation::v1::{
    ActionMask, ActionSpace, DecideBatchRequest, DecideRequest, DecisionContext, ExcludedLevel,
    ExcludedPair, Factor, experimentation_service_client::ExperimentationServiceClient,
};
use kulanz_proto::types::v1::Money;
use kulanz_testkit::{Backend, House, serve_peer, stand_in};
use kulanz_types::{DebtorId, DecisionId};
use tonic::{
    Request, Response, Status,
    body::Body,
    client,
    codegen::{BoxFuture, Context, Poll, Service, http},
    server::{self, NamedService, UnaryService},
    service::Routes,
    transport::Channel,
};
use tonic_prost::ProstCodec;

use crate::get_claim::{channel, rate};
use crate::pair::Pair;

const ROUNDS: usize = 5;
/// Questions of one batch.
const BATCH: usize = 500;
/// Batches of one round, four at a time.
const BATCHES: usize = 16;

/// Calls beside echoes, and decisions in batches beside decisions by call and beside echoes.
pub async fn run() -> [Pair; 3] {
    let neighbours = ["claims", "messaging", "payments"].map(stand_in);
    let all = [&[kulanz_experimentation::DEFINITION][..], &neighbours].concat();
    let house = House::build(Backend::Server, &all).without_background().connections(16);
    let house = house.start().await;
    let ours = channel(house.constellation().address());
    let echo = channel(serve_peer(Routes::new(Echo)).await);
    let mut pairs = <[Pair; 3]>::default();
    for _ in 0..ROUNDS {
        let echoes = echoes(&house, &echo).await;
        let by_call = by_call(&house, &ours).await;
        let by_batch = by_batch(&house, &ours).await;
        let rates = [(by_call, echoes), (by_batch, by_call), (by_batch, echoes)];
        for (pair, (our, bare)) in pairs.iter_mut().zip(rates) {
            pair.round(our, bare);
        }
    }
    house.stop().await;
    pairs
}

async fn by_call(house: &House, channel: &Channel) -> f64 {
    let token = house.token(Role::Service);
    rate(|number| {
        let mut client = ExperimentationServiceClient::new(channel.clone());
        let request = outgoing_as(&token, question(house, number));
        async move {
            client.decide(request).await.unwrap();
        }
    })
    .await
}

/// Decisions per second; the questions are written before the clock starts.
async fn by_batch(house: &House, channel: &Channel) -> f64 {
    let token = house.token(Role::Service);
    let asked: Vec<_> = (0..BATCHES).map(|_| batch(house)).collect();
    let start = Instant::now();
    let calls = asked.into_iter().map(|batch| {
        let mut client = ExperimentationServiceClient::new(channel.clone())
            .max_encoding_message_size(usize::MAX)
            .max_decoding_message_size(usize::MAX);
        let request = outgoing_as(&token, batch);
        async move { client.decide_batch(request).await.unwrap() }
    });
    stream::iter(calls).buffer_unordered(4).collect::<Vec<_>>().await;
    (BATCH * BATCHES) as f64 / start.elapsed().as_secs_f64()
}

/// Questions that bring their catalogue once.
fn batch(house: &House) -> DecideBatchRequest {
    let asked = (0..BATCH).map(|number| question(house, number));
    let asked = asked.map(|question| DecideRequest { space: None, ..question });
    DecideBatchRequest { requests: asked.collect(), space: question(house, 0).space }
}

/// A new person and the whole catalogue, with what the law and her wishes usually take out of it.
fn question(house: &House, number: usize) -> DecideRequest {
    let factors = Schema::default().factors.into_iter().map(|known| known.factor);
    let factors = factors.map(|factor| Factor { name: factor.name, levels: factor.levels });
    let level = |factor: &str, level: &str| ExcludedLevel {
        factor: factor.to_owned(),
        level: level.to_owned(),
        rule_id: "preference.channel".to_owned(),
    };
    let pair = ExcludedPair {
        factor_a: "channel".to_owned(),
        level_a: "letter".to_owned(),
        factor_b: "tone".to_owned(),
        level_b: "friendly".to_owned(),
        rule_id: "catalogue.fits".to_owned(),
    };
    let personas =
        [("planner".to_owned(), 0.5), ("squeezed".to_owned(), 0.3), ("busy".to_owned(), 0.2)];
    let context = DecisionContext {
        persona_probabilities: personas.into(),
        claim_count: 2,
        balance: Some(Money {
            currency_code: "EUR".to_owned(),
            minor_units: 12_345 + i64::try_from(number).unwrap(),
        }),
        contact_count: 1,
        payment_probability: 0.2,
        oldest_due_days: 75,
        ..DecisionContext::default()
    };
    DecideRequest {
        decision_id: DecisionId::generate(house.seeds(), house.now()).to_string(),
        debtor_id: DebtorId::generate(house.seeds(), house.now()).to_string(),
        context: Some(context),
        space: Some(ActionSpace { factors: factors.collect() }),
        mask: Some(ActionMask {
            excluded_levels: vec![level("channel", "whatsapp"), level("salutation", "du")],
            excluded_pairs: vec![pair],
            all_excluded_rule_id: String::new(),
        }),
        ..DecideRequest::default()
    }
}

async fn echoes(house: &House, channel: &Channel) -> f64 {
    rate(|number| {
        let mut client = client::Grpc::new(channel.clone());
        let request = Request::new(question(house, number));
        async move {
            client.ready().await.unwrap();
            let codec = ProstCodec::<DecideRequest, DecideRequest>::default();
            let path = http::uri::PathAndQuery::from_static("/echo.Echo/Echo");
            client.unary(request, path, codec).await.unwrap();
        }
    })
    .await
}

/// Gives back what it gets, and nothing else.
#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "echo.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async {
            let codec = ProstCodec::<DecideRequest, DecideRequest>::default();
            Ok(server::Grpc::new(codec).unary(Echo, request).await)
        })
    }
}

impl UnaryService<DecideRequest> for Echo {
    type Response = DecideRequest;
    type Future = BoxFuture<Response<DecideRequest>, Status>;

    fn call(&mut self, request: Request<DecideRequest>) -> Self::Future {
        Box::pin(async { Ok(Response::new(request.into_inner())) })
    }
}
