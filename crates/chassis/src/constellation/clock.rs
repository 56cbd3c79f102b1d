//! Virtual business time: `kulanz.testing.v1.ClockService`, and its sharing between processes.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_bus::{BusError, LocalBus};
use kulanz_proto::{
    convert::timestamp,
    testing::v1::{
        AdvanceRequest, AdvanceResponse, GetRequest, GetResponse,
        advance_request::Target,
        clock_service_server::{ClockService, ClockServiceServer},
    },
};
use kulanz_types::{Clock as _, VirtualClock};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use secrecy::ExposeSecret as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, service::RoutesBuilder};

use super::DatabaseError;
use crate::{
    CHASSIS_DOMAIN, Fault, MethodRule, Role, Settings,
    config::{ClockMode, DatabaseBackend},
};

/// The rules of the clock's own service.
pub(super) const RULES: (&str, &[MethodRule]) = (
    "testing",
    &[
        MethodRule::new("/kulanz.testing.v1.ClockService/Get", &[Role::Operator, Role::Admin]),
        MethodRule::new("/kulanz.testing.v1.ClockService/Advance", &[Role::Operator, Role::Admin]),
    ],
);

const POLL: Duration = Duration::from_millis(50);

/// Why the clock was not moved.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// Business time is real here.
    #[error("the business clock is real and cannot be moved")]
    Real,
    /// What fell due on the way failed.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The value that processes share.
    #[error("the shared clock: {0}")]
    Shared(#[from] sea_orm::DbErr),
}

/// The virtual clock of this process, if its time is virtual. Processes on one PostgreSQL share its
/// value: each follows it, whoever moves it.
pub(super) async fn virtual_clock(
    settings: &Settings,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<Option<VirtualClock>, DatabaseError> {
    if settings.clock.mode == ClockMode::Real {
        return Ok(None);
    }
    let clock = VirtualClock::new(settings.clock.start);
    if is_shared(settings) {
        let failed =
            |error: sea_orm::DbErr| DatabaseError::Store { service: "clock", source: error.into() };
        let db = shared(settings).await.map_err(failed)?;
        clock.set(read(&db).await.map_err(failed)?);
        tasks.spawn(follow(db, clock.clone(), stop.clone()));
    }
    Ok(Some(clock))
}

fn is_shared(settings: &Settings) -> bool {
    settings.database.backend == DatabaseBackend::Postgres
}

async fn shared(settings: &Settings) -> Result<DatabaseConnection, sea_orm::DbErr> {
    let mut options = ConnectOptions::new(settings.database.owner_url.expose_secret());
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let schema = settings.database.schema("clock");
    // Processes that start together would race for the schema; the lock ends with the statement list.
    db.execute_unprepared(&format!(
        "SELECT pg_advisory_xact_lock(7305802); \
         CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path TO {schema}; \
         CREATE TABLE IF NOT EXISTS business_clock (one BOOLEAN PRIMARY KEY, now TIMESTAMPTZ NOT NULL)"
    ))
    .await?;
    move_to(&db, settings.clock.start).await?;
    Ok(db)
}

async fn read(db: &DatabaseConnection) -> Result<DateTime<Utc>, sea_orm::DbErr> {
    let sql = "SELECT now FROM business_clock";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let missing = || sea_orm::DbErr::RecordNotFound("business_clock".into());
    row.ok_or_else(missing)?.try_get("", "now")
}

async fn move_to(db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), sea_orm::DbErr> {
    let sql = "INSERT INTO business_clock VALUES (TRUE, $1) ON CONFLICT (one) DO UPDATE \
               SET now = GREATEST(business_clock.now, excluded.now)";
    let backend = db.get_database_backend();
    db.execute_raw(Statement::from_sql_and_values(backend, sql, [now.into()])).await?;
    Ok(())
}

async fn follow(db: DatabaseConnection, clock: VirtualClock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match read(&db).await {
            Ok(now) => clock.set(now),
            Err(error) => tracing::warn!(%error, "read the shared clock"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Moves `clock` to `target`; with a bus in this process, stopping wherever work falls due.
pub(super) async fn advance(
    clock: Option<&VirtualClock>,
    bus: Option<&LocalBus>,
    settings: &Settings,
    target: DateTime<Utc>,
) -> Result<(), AdvanceError> {
    let clock = clock.ok_or(AdvanceError::Real)?;
    if let Some(bus) = bus {
        return Ok(bus.advance(clock, target).await?);
    }
    if is_shared(settings) {
        move_to(&shared(settings).await?, target).await?;
    }
    clock.set(target);
    Ok(())
}

/// Mounts the clock's service.
pub(super) fn register(
    routes: &mut RoutesBuilder,
    clock: &VirtualClock,
    bus: Option<&LocalBus>,
    settings: &Arc<Settings>,
) {
    let (clock, bus, settings) = (clock.clone(), bus.cloned(), Arc::clone(settings));
    routes.add_service(ClockServiceServer::new(Service { clock, bus, settings }));
}

struct Service {
    clock: VirtualClock,
    bus: Option<LocalBus>,
    settings: Arc<Settings>,
}

#[tonic::async_trait]
impl ClockService for Service {
    async fn get(&self, _: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        Ok(Response::new(GetResponse { now: Some(timestamp(self.clock.now())) }))
    }

    async fn advance(
        &self,
        request: Request<AdvanceRequest>,
    ) -> Result<Response<AdvanceResponse>, Status> {
        let target = target(request.into_inner().target, self.clock.now())?;
        let (clock, bus) = (Some(&self.clock), self.bus.as_ref());
        advance(clock, bus, &self.settings, target).await.map_err(|error| {
            tracing::error!(%error, "advance the clock");
            Fault::internal().into_status(CHASSIS_DOMAIN, "what fell due on the way failed")
        })?;
        Ok(Response::new(AdvanceResponse { now: Some(timestamp(self.clock.now())) }))
    }
}

/// The instant asked for; time cannot be turned back.
fn target(target: Option<Target>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Status> {
    let found = match target {
        Some(Target::By(by)) => {
            TimeDelta::try_seconds(by.seconds).and_then(|span| now.checked_add_signed(span))
        }
        Some(Target::To(to)) => DateTime::from_timestamp(to.seconds, 0),
        None => None,
    };
    found.filter(|target| *target >= now).ok_or_else(|| {
        Fault::new(Code::InvalidArgument, "INVALID_FIELDS")
            .violation("target", "must name an instant that is not in the past")
            .into_status(CHASSIS_DOMAIN, "the target is not usable")
    })
}
