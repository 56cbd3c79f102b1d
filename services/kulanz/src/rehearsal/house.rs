//! An agency on a constellation of its own, and the clock that it lives by.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use chrono::{DateTime, NaiveTime, Utc};
use kulanz_chassis::auth::ISSUERS;
use kulanz_chassis::server::Signal;
use kulanz_chassis::{Boot, Constellation, KeyRing, MasterKey, Settings, constellation};
use kulanz_simulator::calendar::{Calendar, Day};
use kulanz_types::{CreditorId, Seeds, TenantId, berlin_time};
use tokio::net::TcpListener;

use crate::commands::dev::sample;
use crate::session::Session;

/// When claims come in: before anybody may be written to.
pub(super) const MORNING: u32 = 6;
/// When everything of a day has been sent.
pub(super) const EVENING: u32 = 21;

/// Agencies that were founded in this process: each has keys of its own.
static FOUNDED: AtomicU64 = AtomicU64::new(0);

/// One contact a week and person, as without services; everything in memory.
const SETTINGS: &str = r#"
[clock]
mode = "virtual"

[database]
backend = "sqlite"
folder = ""

[grpc]
unary_deadline_ms = 30000
stream_deadline_ms = 3600000
connection_age_s = 0

[telemetry]
filter = "warn"

[messaging]
contacts_per_week = 1
contacts_per_month = 5
days_between_contacts = 7
"#;

/// The agency, its creditor, and everything that runs for them.
pub(super) struct Agency {
    constellation: Constellation,
    calendar: Calendar,
    keys: PathBuf,
    /// Signs the receipts of the channels' providers.
    pub receipt_key: [u8; 32],
    /// Whoever works there, and the creditor's own system.
    pub session: Session,
    /// The agency.
    pub tenant: TenantId,
    /// Its creditor.
    pub creditor: CreditorId,
    /// Ids of requests.
    pub seeds: Seeds,
    /// What the channels delivered.
    pub inbox: axum::Router,
}

impl Agency {
    /// Starts the services at the beginning of the calendar and founds the agency.
    pub async fn found(calendar: &Calendar, seed: u64) -> anyhow::Result<Self> {
        let seeds = Seeds::fixed(seed ^ 0x6b75_6c61_6e7a);
        let mut settings = Settings::from_overlay(SETTINGS)?;
        settings.clock.start = instant(calendar, 0, MORNING);
        let keys = std::env::temp_dir().join(format!(
            "kulanz-simulate-{}-{}",
            std::process::id(),
            FOUNDED.fetch_add(1, Ordering::Relaxed)
        ));
        KeyRing::load_or_generate(&keys, &ISSUERS, &seeds)?;
        let master = MasterKey::load_or_generate(&keys, &seeds).context("make the master key")?;
        settings.auth.keys = keys.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        constellation::share_port(&mut settings, listener.local_addr()?);
        let settings = Arc::new(settings);
        let boot = Boot {
            definitions: crate::house::definitions(),
            settings: Arc::clone(&settings),
            seeds: seeds.clone(),
            listener,
            replica: "simulate".to_owned(),
            background: false,
        };
        let constellation = Constellation::start(boot).await?;
        let tenant = sample::create_tenant(&constellation, &settings, &seeds).await?;
        let session = sample::session(&constellation, tenant)?;
        let creditor = sample::create_creditor(&session, &seeds).await?;
        let inbox = constellation.pages();
        let receipt_key = master.derive("messaging receipt signature");
        let calendar = calendar.clone();
        Ok(Self {
            constellation,
            calendar,
            keys,
            receipt_key,
            session,
            tenant,
            creditor,
            seeds,
            inbox,
        })
    }

    /// Lets a policy file decide for everybody but the hold-out.
    pub async fn decide_by(&self, policy: &[u8]) -> anyhow::Result<()> {
        let store = self.constellation.store(kulanz_experimentation::NAME);
        let store = store.context("decisions have no database")?;
        kulanz_experimentation::rehearse(store, self.tenant, policy).await?;
        Ok(())
    }

    /// Business time goes on to an hour of a day; whatever falls due on the way is done.
    pub async fn advance_to(&self, day: Day, hour: u32) -> anyhow::Result<()> {
        Ok(self.constellation.advance(instant(&self.calendar, day, hour)).await?)
    }

    /// Everything that follows from what was done is done.
    pub async fn settle(&self) -> anyhow::Result<()> {
        Ok(self.constellation.run_until_idle().await?)
    }

    /// A fresh id for a request.
    pub fn request_id(&self) -> String {
        crate::session::request_id(&self.seeds)
    }

    /// Business time.
    pub fn now(&self) -> DateTime<Utc> {
        self.constellation.clock().now()
    }

    /// Stops the services and forgets their keys.
    pub async fn close(self) {
        self.constellation.shutdown(Signal::Interrupt).await;
        let _ = std::fs::remove_dir_all(&self.keys);
    }
}

/// An hour of a day in Berlin.
pub(super) fn instant(calendar: &Calendar, day: Day, hour: u32) -> DateTime<Utc> {
    berlin_time(calendar.date(day), NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN))
}
