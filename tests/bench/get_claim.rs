//! Unary `GetClaim`, beside the limit that a bare tonic echo and a bare sqlx program give together.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{GetClaimRequest, claims_service_client::ClaimsServiceClient},
    testing::v1::{
        AdvanceRequest, AdvanceResponse, GetRequest, GetResponse,
        clock_service_client::ClockServiceClient,
        clock_service_server::{ClockService, ClockServiceServer},
    },
};
use kulanz_testkit::{Backend, House, serve_peer, servers};
use kulanz_tests::{World, rows};
use tonic::{Request, Response, Status, service::Routes, transport::Channel};

use crate::pair::Pair;

const CONCURRENCY: usize = 64;
const CLAIMS: usize = 1_000;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(2);

pub async fn run() -> Pair {
    let builder = House::build(Backend::Server, &[kulanz_claims::DEFINITION])
        .without_background()
        .connections(16);
    let world = World::found(builder).await;
    let results = world.import(rows(CLAIMS)).await;
    let claims: Vec<_> = results.into_iter().map(|result| result.claim_id).collect();
    let echo = channel(serve_peer(Routes::new(ClockServiceServer::new(Echo))).await);
    let ours = channel(world.house.constellation().address());
    let database = Database::connect(&world).await;
    let mut pair = Pair::default();
    for _ in 0..ROUNDS {
        let calls = get_claims(&world, &ours, &claims).await;
        let echoes = echoes(&echo).await;
        let statements = database.rate(&claims).await;
        println!("  echo {echoes:.0}, sqlx {statements:.0}");
        pair.round(calls, 1.0 / (1.0 / echoes + 1.0 / statements));
    }
    pair
}

/// A connection with the windows of our own clients: a statement is larger than HTTP/2's first one.
pub fn channel(address: std::net::SocketAddr) -> Channel {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.http2_adaptive_window(true).connect_lazy()
}

async fn get_claims(world: &World, channel: &Channel, claims: &[String]) -> f64 {
    let token = format!("Bearer {}", world.house.token_of(world.tenant, Role::Agent));
    rate(|number| {
        let mut client = ClaimsServiceClient::new(channel.clone());
        let claim_id = claims[number % claims.len()].clone();
        let mut request = Request::new(GetClaimRequest { claim_id });
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        async move {
            client.get_claim(request).await.unwrap();
        }
    })
    .await
}

async fn echoes(channel: &Channel) -> f64 {
    rate(|_| {
        let mut client = ClockServiceClient::new(channel.clone());
        async move {
            client.get(GetRequest {}).await.unwrap();
        }
    })
    .await
}

/// How often `call` is done per second, 64 at a time.
pub async fn rate<F: Future<Output = ()> + Send>(call: impl Fn(usize) -> F + Sync) -> f64 {
    let start = Instant::now();
    let workers = (0..CONCURRENCY).map(|worker| {
        let call = &call;
        async move {
            let mut done = 0;
            while start.elapsed() < SPAN {
                call(worker + done * CONCURRENCY).await;
                done += 1;
            }
            done
        }
    });
    let done: usize = futures::future::join_all(workers).await.into_iter().sum();
    done as f64 / start.elapsed().as_secs_f64()
}

struct Echo;

#[tonic::async_trait]
impl ClockService for Echo {
    async fn get(&self, _: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        Ok(Response::new(GetResponse::default()))
    }

    async fn advance(
        &self,
        _: Request<AdvanceRequest>,
    ) -> Result<Response<AdvanceResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// A program that does what `GetClaim` asks of PostgreSQL, and nothing else.
pub struct Database {
    pool: sqlx::PgPool,
    tenant: String,
    creditor: String,
}

impl Database {
    pub async fn connect(world: &World) -> Self {
        let schema = world.house.schema("claims");
        let url = format!("{}&options=-csearch_path%3D{schema}", servers().0.url("kulanz_claims"));
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(16).connect(&url).await;
        let creditor = world.creditor_id.clone();
        Self { pool: pool.unwrap(), tenant: world.tenant.to_string(), creditor }
    }

    async fn rate(&self, claims: &[String]) -> f64 {
        rate(|number| self.one(&claims[number % claims.len()])).await
    }

    /// The entries of a claim's account and nothing else.
    pub async fn entries(&self, claim: &str) {
        let mut transaction = self.pool.begin().await.unwrap();
        let scope = "SELECT set_config('app.tenant_id', $1, true)";
        sqlx::query(scope).bind(&self.tenant).execute(&mut *transaction).await.unwrap();
        let query = sqlx::query(ENTRIES).bind(&self.tenant).bind(claim);
        query.fetch_all(&mut *transaction).await.unwrap();
        transaction.rollback().await.unwrap();
    }

    async fn one(&self, claim: &str) {
        let mut transaction = self.pool.begin().await.unwrap();
        let scope = "SELECT set_config('app.tenant_id', $1, true)";
        sqlx::query(scope).bind(&self.tenant).execute(&mut *transaction).await.unwrap();
        for statement in OF_CLAIM {
            let query = sqlx::query(statement).bind(&self.tenant).bind(claim);
            query.fetch_all(&mut *transaction).await.unwrap();
        }
        let names = sqlx::query(NAME).bind(&self.tenant).bind(&self.creditor);
        names.fetch_all(&mut *transaction).await.unwrap();
        transaction.rollback().await.unwrap();
    }
}

/// What `GetClaim` reads: the claim, how it came to its state, what holds it, who claims.
const OF_CLAIM: [&str; 3] = [
    "SELECT * FROM claim WHERE tenant_id = $1 AND claim_id = $2",
    "SELECT * FROM state_change WHERE tenant_id = $1 AND claim_id = $2 ORDER BY version",
    "SELECT * FROM hold WHERE tenant_id = $1 AND claim_id IN ($2) AND released_at IS NULL",
];
const ENTRIES: &str =
    "SELECT * FROM entry WHERE tenant_id = $1 AND claim_id = $2 ORDER BY entry_id";
const NAME: &str = "SELECT * FROM creditor WHERE tenant_id = $1 AND creditor_id IN ($2)";
