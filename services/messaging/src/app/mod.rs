//! One use case per file; each owns its transactions. Nobody awaits another service while one is
//! open.

pub mod blocks;
mod bounces;
pub mod challenges;
pub mod dispatch;
pub mod erasure;
pub mod facts;
pub mod follow_up;
pub mod notice;
pub mod outside;
pub mod person_data;
pub mod plan;
pub mod preferences;
pub mod preview;
pub mod receipts;
pub mod refresh;
pub mod send;
pub mod silence;
pub mod verify;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_chassis::config::MessagingSettings;
use kulanz_chassis::{Clients, ModuleContext, PageKey};
use kulanz_store::{Due, Store, Work};
use kulanz_types::calendar::State;
use kulanz_types::{DebtorId, MessageId};

use crate::channels::Adapters;
use crate::domain::blocks::Library;
use crate::domain::budget::{ContactBudget, ContactLimit};
use crate::domain::mask::TenantSwitches;
use crate::domain::window::ContactWindow;
use crate::error::Error;
use crate::store::people::Person;

/// Due work: fetch a person's contact points.
pub const REFRESH_CONTACTS: &str = "refresh_contacts";
/// Due work: decide what to say to a person next.
pub const PLAN_OUTREACH: &str = "plan_outreach";
/// Due work: compose a message and hand it over.
pub const DISPATCH: &str = "dispatch";
/// Due work: look again at a first notice whose hand-over had no answer.
pub const RESOLVE_ATTEMPT: &str = "resolve_attempt";

/// Due work: confirm that what a person said against a claim has arrived.
pub const CONFIRM_CHALLENGE: &str = "confirm_challenge";
/// Due work: answer what a person said against a claim.
pub const ANSWER_CHALLENGE: &str = "answer_challenge";

/// Days between the first notice and the next contact: costs are lower for who pays within two
/// weeks (Nr. 2300 VV RVG), so nobody is pressed before.
pub const DAYS_AFTER_NOTICE: i64 = 14;
/// Days until the next plan after any other message, or after saying nothing.
pub const DAYS_AFTER_MESSAGE: i64 = 7;

/// The service: its database, its neighbours, its rules and its ways out.
#[derive(Clone)]
pub struct Messaging {
    /// Its database.
    pub store: Store,
    /// The other services.
    pub clients: Clients,
    /// The blocks shipped with it.
    pub library: Arc<Library>,
    /// Its ways out.
    pub adapters: Adapters,
    /// Hours of contact.
    pub window: ContactWindow,
    /// How often people may be contacted.
    pub budget: ContactBudget,
    /// Channels that are switched on.
    pub switches: TenantSwitches,
    /// Signs authenticity codes.
    pub code_key: [u8; 32],
    /// Signs receipts of providers.
    pub receipt_key: [u8; 32],
    /// Seals page tokens.
    pub pages: PageKey,
    /// How long a link in a message opens the portal, in days.
    pub link_days: i64,
}

impl Messaging {
    /// How often this person may be contacted.
    pub fn budget_of(&self, person: &Person) -> ContactBudget {
        if person.protected { self.budget.protecting() } else { self.budget.clone() }
    }

    /// The service as the settings want it.
    pub fn new(context: &ModuleContext) -> Self {
        let settings = &context.settings;
        // The content is part of the binary and a test reads it; without it nothing is composed.
        let library = Library::authored().unwrap_or_else(|error| {
            tracing::error!(%error, "the authored blocks cannot be read");
            Library::default()
        });
        Self {
            store: context.store.clone(),
            clients: context.clients.clone(),
            library: Arc::new(library),
            adapters: Adapters::from_settings(settings, &context.store),
            window: window(&settings.messaging),
            budget: budget(&settings.messaging),
            switches: TenantSwitches::default(),
            code_key: context.derive_key("authenticity code"),
            receipt_key: context.derive_key("receipt signature"),
            pages: context.page_key.clone(),
            link_days: i64::from(settings.portal.link_days),
        }
    }
}

fn window(settings: &MessagingSettings) -> ContactWindow {
    let (from, until) = (settings.contact_from_hour, settings.contact_until_hour);
    ContactWindow { from_hour: 0, to_hour: 24, state: State::Nationwide }
        .within(Some(from), Some(until))
}

fn budget(settings: &MessagingSettings) -> ContactBudget {
    ContactBudget::new([
        ContactLimit { contacts: settings.contacts_per_week, days: 7 },
        ContactLimit { contacts: settings.contacts_per_month, days: 30 },
        ContactLimit { contacts: 1, days: settings.days_between_contacts },
    ])
}

/// Schedules the next look at a person.
pub async fn plan_at(work: &Work, debtor: DebtorId, at: DateTime<Utc>) -> Result<(), Error> {
    Ok(work.schedule(Due::new(PLAN_OUTREACH, debtor, at)).await?)
}

/// Schedules the next look at a person in some days.
pub async fn plan_in(work: &Work, debtor: DebtorId, days: i64) -> Result<(), Error> {
    plan_at(work, debtor, work.now() + TimeDelta::days(days)).await
}

/// Schedules a message for its time.
pub async fn dispatch_at(work: &Work, message: MessageId, at: DateTime<Utc>) -> Result<(), Error> {
    Ok(work.schedule(Due::new(DISPATCH, message, at)).await?)
}
