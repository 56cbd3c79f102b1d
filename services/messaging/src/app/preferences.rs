//! How a person wants to be contacted, and how much contact she may still get.

use chrono::{DateTime, Utc};
use kulanz_bus::publish;
use kulanz_proto::events::v1::ContactPreferenceChanged;
use kulanz_store::{StoreError, Work};
use kulanz_types::{DebtorId, berlin_date};

use super::outside::wire_channel;
use super::{Messaging, plan_at};
use crate::error::Error;
use crate::store::contacts::preference::{self, Preferences};
use crate::store::{messages, people};

/// How much contact a person may still get.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Contacts in the last seven days.
    pub used: u32,
    /// Contacts allowed in seven days.
    pub allowed: u32,
    /// The earliest instant for the next one.
    pub next: Option<DateTime<Utc>>,
    /// The preferences in force.
    pub wishes: Preferences,
}

/// Keeps the wishes and plans anew what was decided before they were known. Answers stay: dispatch
/// reads the wishes again before each hand-over. What the agency decides by itself says nothing of the person.
pub async fn set(
    work: &Work,
    debtor: DebtorId,
    wishes: &Preferences,
    decided_by_agency: bool,
) -> Result<(), Error> {
    if people::lock(work, debtor).await?.erased {
        return Err(StoreError::KeyDestroyed.into());
    }
    let before = preference::load(work, debtor).await?;
    preference::save(work, debtor, wishes).await?;
    if super::silence::cancel_decided(work, debtor, "PREFERENCES_CHANGED").await? > 0 {
        plan_at(work, debtor, work.now()).await?;
    }
    let event = ContactPreferenceChanged {
        debtor_id: debtor.to_string(),
        refused_channels: wishes.refused.iter().map(|one| wire_channel(*one).into()).collect(),
        paused_until: wishes.paused_until.map(Into::into),
        refuses_more: !decided_by_agency
            && wishes.refuses_more_than(&before, berlin_date(work.now())),
    };
    publish(work, debtor, debtor, work.now().timestamp_micros(), &event).await?;
    Ok(())
}

impl Messaging {
    /// The standing of a person now.
    pub async fn standing(&self, work: &Work, debtor: DebtorId) -> Result<Standing, Error> {
        let wishes = preference::load(work, debtor).await?;
        let person = people::load(work, debtor).await?;
        let contacts = messages::contacts(&messages::all_of_debtor(work, debtor).await?);
        let weekly = self.budget.limits().iter().find(|limit| limit.days == 7);
        let now = work.now();
        let past: Vec<_> = contacts.iter().copied().filter(|at| *at <= now).collect();
        let budget = self.budget_of(&person);
        let free = budget.next_free(&contacts, person.paused_until.unwrap_or(now).max(now));
        Ok(Standing {
            used: weekly.map_or(0, |limit| limit.used(&past, now)),
            allowed: weekly.map_or(0, |limit| limit.contacts),
            next: free.map(|at| self.window.next_opening(at)),
            wishes,
        })
    }
}
