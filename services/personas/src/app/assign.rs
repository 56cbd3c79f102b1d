//! Assigns debtors, many at a time: one call to claims for all that wait.

use std::collections::HashMap;

use async_trait::async_trait;
use kulanz_bus::publish;
use kulanz_chassis::{Clients, Code, may_pass, outgoing};
use kulanz_proto::claims::v1::{BatchGetDebtorsRequest, Debtor};
use kulanz_proto::events::v1::{PersonaAssigned, PropensityChanged};
use kulanz_store::{Due, DueHandler, DueItem, Store, StoreError, Work, WorkFailure};
use kulanz_types::{DebtorId, TenantId, berlin_date};

use super::assigned::{Assigned, CONTENT, Content, open, row_id};
use super::intake::{facts, open_claims};
use super::record::recorded;
use crate::domain::facts::features;
use crate::domain::registry::Values;
use crate::domain::{Catalogue, catalogue};
use crate::error::Error;
use crate::store::assignment::{self, Model};
use crate::store::pending::{self, Pending};

/// Due work of assigning.
pub const ASSIGN: &str = "assign";

/// One list per tenant.
const KEY: &str = "pending";

/// Debtors of one run: one call and one transaction, well within a lease.
const BATCH: i64 = 200;

/// Horizon of the propensity that is told to others.
const HORIZON_DAYS: u32 = 30;

/// A propensity that moved less than this did not move.
const NOTICEABLE: f64 = 0.01;

/// Has a debtor looked at, soon and once however many reasons come.
pub async fn soon(work: &Work, debtor_id: &str) -> Result<(), StoreError> {
    pending::note(work, debtor_id).await?;
    work.schedule(Due::new(ASSIGN, KEY, work.now())).await
}

/// Runs [`ASSIGN`].
pub struct Assign {
    /// This service's database.
    pub store: Store,
    /// The neighbours.
    pub clients: Clients,
}

#[async_trait]
impl DueHandler for Assign {
    fn kinds(&self) -> &'static [&'static str] {
        &[ASSIGN]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let waiting = self.waiting(item.tenant).await?;
        if !waiting.is_empty() {
            let debtors = self.fetch(item.tenant, &waiting).await?;
            self.assign(item.tenant, &waiting, debtors).await?;
        }
        self.end(item).await
    }
}

impl Assign {
    async fn waiting(&self, tenant: TenantId) -> Result<Vec<Pending>, StoreError> {
        pending::some(&self.store.begin(tenant).await?, BATCH).await
    }

    async fn fetch(
        &self,
        tenant: TenantId,
        waiting: &[Pending],
    ) -> Result<HashMap<String, Debtor>, WorkFailure> {
        let request = BatchGetDebtorsRequest {
            debtor_ids: waiting.iter().map(|one| one.debtor_id.clone()).collect(),
            include_claims: true,
        };
        let answer = self.clients.claims().batch_get_debtors(outgoing(tenant, request)).await;
        let debtors = answer.map_err(|status| unanswered(status.code()))?.into_inner().debtors;
        Ok(debtors.into_iter().map(|debtor| (debtor.debtor_id.clone(), debtor)).collect())
    }

    async fn assign(
        &self,
        tenant: TenantId,
        waiting: &[Pending],
        debtors: HashMap<String, Debtor>,
    ) -> Result<(), Error> {
        let work = self.store.begin(tenant).await?;
        let mut batch = Batch::load(&work, waiting).await?;
        let mut rows = Vec::new();
        for one in waiting {
            // Another replica that was faster has taken it; a newer reason keeps it on the list.
            let taken = pending::take(&work, one).await?;
            let Some(debtor) = debtors.get(&one.debtor_id).filter(|_| taken) else { continue };
            if debtor.processing_restricted {
                // Kept and not used (Art. 18 Abs. 1 GDPR): nothing is concluded anew until it is lifted.
                continue;
            }
            rows.extend(batch.assign(&work, debtor).await?);
        }
        assignment::succeed(&work, rows).await?;
        Ok(work.commit().await?)
    }

    /// Goes on while debtors wait. Where new ones came meanwhile, they have scheduled it already.
    async fn end(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let work = self.store.begin(item.tenant).await?;
        let ended = if pending::some(&work, 1).await?.is_empty() {
            item.complete(&work).await
        } else {
            item.reschedule(&work, work.now()).await
        };
        match ended {
            Ok(()) => Ok(work.commit().await?),
            Err(StoreError::WorkSuperseded) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// claims gave no answer.
fn unanswered(code: Code) -> WorkFailure {
    if may_pass(code) { WorkFailure::passing(code) } else { WorkFailure::new(code) }
}

/// What is known here of the debtors of one run.
struct Batch {
    before: HashMap<DebtorId, Assigned>,
    recorded: HashMap<DebtorId, Values>,
    catalogue: &'static Catalogue,
}

impl Batch {
    async fn load(work: &Work, waiting: &[Pending]) -> Result<Self, Error> {
        let ids: Vec<String> = waiting.iter().map(|one| one.debtor_id.clone()).collect();
        let debtors: Vec<DebtorId> =
            ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(StoreError::from)?;
        work.prepare_keys(&debtors).await?;
        let mut before = HashMap::new();
        for row in assignment::current(work, &ids).await? {
            before.extend(open(work, row).await?.map(|found| (found.debtor_id, found)));
        }
        Ok(Self { before, recorded: recorded(work, &ids).await?, catalogue: catalogue() })
    }

    /// The next assignment of a debtor, and the news of it; nothing where all is as it was, or where
    /// the person was erased.
    async fn assign(&mut self, work: &Work, debtor: &Debtor) -> Result<Option<Model>, Error> {
        let id: DebtorId = debtor.debtor_id.parse().map_err(StoreError::from)?;
        let Some(content) = self.content(work, id, debtor) else { return Ok(None) };
        let before = self.before.get(&id);
        let model_version = &self.catalogue.typology.version;
        let same =
            |b: &Assigned| b.content.says_the_same(&content) && b.model_version == *model_version;
        if before.is_some_and(same) {
            return Ok(None);
        }
        let version = before.map_or(0, |before| before.version) + 1;
        let sealed = match work.seal_json(id, CONTENT, &row_id(id, version), &content).await {
            Err(StoreError::KeyDestroyed) => return Ok(None),
            sealed => sealed?,
        };
        self.tell(work, id, version, &content).await?;
        Ok(Some(Model {
            tenant_id: work.tenant().to_string(),
            debtor_id: id.to_string(),
            version,
            current: true,
            model_version: model_version.clone(),
            content: sealed,
            assigned_at: work.now(),
        }))
    }

    fn content(&self, work: &Work, id: DebtorId, debtor: &Debtor) -> Option<Content> {
        let Catalogue { registry, typology, propensity } = self.catalogue;
        let mut values = features(&facts(debtor)?, berlin_date(work.now()));
        values.extend(self.recorded.get(&id).cloned().unwrap_or_default());
        let bands = registry.scored_bands(&values);
        let assessment = typology.assess(&bands);
        let keys = typology.personas.iter().map(|persona| persona.key.clone());
        Some(Content {
            persona_id: typology.personas[assessment.likeliest].id,
            probabilities: keys.zip(assessment.probabilities).collect(),
            reasons: assessment.reasons,
            features: values,
            claim_ids: open_claims(debtor),
            propensity: propensity.within(&bands, HORIZON_DAYS),
        })
    }

    async fn tell(
        &self,
        work: &Work,
        id: DebtorId,
        version: i64,
        content: &Content,
    ) -> Result<(), Error> {
        let typology = &self.catalogue.typology;
        let persona = typology.get(content.persona_id);
        let assigned = PersonaAssigned {
            debtor_id: id.to_string(),
            persona_id: content.persona_id.to_string(),
            persona_key: persona.map(|persona| persona.key.clone()).unwrap_or_default(),
            probabilities: content.probabilities.clone(),
            model_version: typology.version.clone(),
            claim_ids: content.claim_ids.clone(),
        };
        publish(work, id, id, version, &assigned).await?;
        let before = self.before.get(&id).map(|before| before.content.propensity);
        if before.is_none_or(|before| (before - content.propensity).abs() >= NOTICEABLE) {
            let changed = PropensityChanged {
                debtor_id: id.to_string(),
                probability: content.propensity,
                model_version: self.catalogue.propensity.version.clone(),
            };
            publish(work, id, id, version, &changed).await?;
        }
        Ok(())
    }
}
