//! How a person wants to be contacted, and how much contact she may still get.

use chrono::{DateTime, NaiveDate, Utc};
use kulanz_bus::publish;
use kulanz_proto::events::v1::ContactPreferenceChanged;
use kulanz_store::{StoreError, Work};
use kulanz_types::{DebtorId, berlin_date};

use super::facts::pause;
use super::outside::wire_channel;
use super::{Messaging, plan_at};
use crate::error::Error;
use crate::store::contacts::preference::{self, Preferences};
use crate::store::messages;
use crate::store::people::{self, Person};

/// How much contact a person may still get.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Contacts in the last seven days.
    pub used: u32,
    /// Contacts allowed in seven days.
    pub allowed: u32,
    /// The earliest instant for the next one.
    pub next: Option<DateTime<Utc>>,
    /// What the person wishes.
    pub wishes: Preferences,
    /// The agency's own pause, up to and including this day.
    pub agency_paused_until: Option<NaiveDate>,
}

/// Keeps the wishes and plans anew what was decided before they were known.
pub async fn set(work: &Work, debtor: DebtorId, wishes: &Preferences) -> Result<(), Error> {
    let person = unless_erased(people::lock(work, debtor).await?)?;
    let before = preference::load(work, debtor).await?;
    preference::save(work, debtor, wishes).await?;
    let ends = [&before, wishes].map(|wishes| pause(&person, wishes, work.now()));
    plan_anew(work, debtor, ends, "PREFERENCES_CHANGED").await?;
    let event = ContactPreferenceChanged {
        debtor_id: debtor.to_string(),
        refused_channels: wishes.refused.iter().map(|one| wire_channel(*one).into()).collect(),
        paused_until: wishes.paused_until.map(Into::into),
        refuses_more: wishes.refuses_more_than(&before, berlin_date(work.now())),
    };
    publish(work, debtor, debtor, work.now().timestamp_micros(), &event).await?;
    Ok(())
}

/// Leaves a person alone up to and including a day because the agency decides so, or no longer.
/// It says nothing of the person, so no event tells of it.
pub async fn leave_alone(
    work: &Work,
    debtor: DebtorId,
    last: Option<NaiveDate>,
) -> Result<(), Error> {
    let pause_until = |person: &mut Person| person.agency_paused_until = last;
    let before = unless_erased(people::change(work, debtor, pause_until).await?)?;
    let after = Person { agency_paused_until: last, ..before.clone() };
    let wishes = preference::load(work, debtor).await?;
    let ends = [before, after].map(|person| pause(&person, &wishes, work.now()));
    plan_anew(work, debtor, ends, "CONTACT_PAUSED").await
}

/// The person, unless she is to stay forgotten.
fn unless_erased(person: Person) -> Result<Person, Error> {
    if person.erased { Err(StoreError::KeyDestroyed.into()) } else { Ok(person) }
}

/// Calls back what was decided, and looks at the person again at once where something was, or where her
/// pause, which ended `before` and ends `after`, became shorter. Answers stay: dispatch reads wishes and
/// pauses again before each hand-over.
async fn plan_anew(
    work: &Work,
    debtor: DebtorId,
    [before, after]: [Option<DateTime<Utc>>; 2],
    reason: &str,
) -> Result<(), Error> {
    let cancelled = super::silence::cancel_decided(work, debtor, reason).await?;
    if cancelled > 0 || after < before {
        plan_at(work, debtor, work.now()).await?;
    }
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
        let paused = pause(&person, &wishes, now).unwrap_or(now);
        let free = budget.next_free(&contacts, paused);
        let window = self.window.within(wishes.from_hour, wishes.until_hour);
        Ok(Standing {
            used: weekly.map_or(0, |limit| limit.used(&past, now)),
            allowed: weekly.map_or(0, |limit| limit.contacts),
            next: free.map(|at| window.next_opening(at)),
            agency_paused_until: person.agency_paused_until,
            wishes,
        })
    }
}
