//! Twins of a learned version: the same learner, taught one half of the people and judged on the other. They are
//! made when a version is judged, from the log as it stood when the version was made.

use kulanz_policy::{Dials, Policy, Schema, Settings};
use kulanz_store::Store;
use kulanz_types::TenantId;

use super::heard::{BATCH, Heard, Hearing, ids};
use super::recalled::Recalled;
use super::teach::Course;
use super::version::Version;
use crate::domain::halves::{ByHalf, Half};
use crate::error::Error;
use crate::store::policy::Model;

/// The twins of a learned version, each by the half that taught it. Each contact is taught once, to one of them:
/// both together cost about what a night's learning costs. No transaction stays open while they learn.
pub async fn twins(store: &Store, tenant: TenantId, row: &Model) -> Result<ByHalf<Version>, Error> {
    let made = Policy::read_own(&row.content)?;
    let (schema, settings) = (made.schema().clone(), made.settings().clone());
    let mut recalled = Recalled::default();
    recalled.begin(&store.begin(tenant).await?, &schema).await?;
    let mut hearing = Hearing::until(row.created_at);
    while hearing.page(&store.begin(tenant).await?, &row.key, &mut recalled).await? {}
    let heard = hearing.end();
    let mut nursery = Nursery { store, tenant, row, schema, settings, recalled };
    Ok(ByHalf {
        first: nursery.twin(&heard, Half::First).await?,
        second: nursery.twin(&heard, Half::Second).await?,
    })
}

/// Where twins learn.
struct Nursery<'a> {
    store: &'a Store,
    tenant: TenantId,
    row: &'a Model,
    schema: Schema,
    settings: Settings,
    recalled: Recalled,
}

impl Nursery<'_> {
    async fn twin(&mut self, heard: &[Heard], half: Half) -> Result<Version, Error> {
        let own: Vec<&Heard> = heard.iter().filter(|contact| contact.half == half).collect();
        let mut course = Course::new(self.schema.clone(), self.row.created_at, &own);
        for batch in own.chunks(BATCH) {
            let work = self.store.begin(self.tenant).await?;
            let known = self.recalled.contacts(&work, &self.row.key, &ids(batch)).await?;
            drop(work);
            course.teach(batch, known)?;
        }
        let settings = self.settings.clone();
        let dials = Dials { seed: own.len() as u64, settings, ..Dials::default() };
        let (mut learner, _) = course.end()?;
        let policy = learner.refresh(&dials).map_err(|error| Error::Learning(error.to_string()))?;
        Ok(Version::of(self.row.version.clone(), policy))
    }
}
