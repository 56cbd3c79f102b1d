//! Versions of policies.

use kulanz_chassis::Violations;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::Begin;
use kulanz_types::TenantId;

use super::read::policy_key;
use super::{Server, write};
use crate::app::evaluate::{Part, evaluate};
use crate::app::{self, given, promote};
use crate::error::Error;
use crate::store::policy::{CANDIDATE, LIVE, RETIRED};

const CREATE: &str = "kulanz.experimentation.v1.ExperimentationService/CreatePolicy";
const PROMOTE: &str = "kulanz.experimentation.v1.ExperimentationService/PromotePolicy";
const STOP: &str = "kulanz.experimentation.v1.ExperimentationService/StopPolicy";

/// Bytes of a policy file at most.
const CONTENT_MAX: usize = 8 * 1024 * 1024;

impl Server {
    pub(super) async fn create_given(
        &self,
        tenant: TenantId,
        request: pb::CreatePolicyRequest,
    ) -> Result<pb::CreatePolicyResponse, Error> {
        let begun = self.store.begin_write(tenant, CREATE, &request.request_id, &request).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let mut wrong = Violations::default();
        wrong.require(request.content.len() <= CONTENT_MAX, "content", "at most 8 MiB");
        wrong.require(request.description.len() <= 500, "description", "at most 500 bytes");
        wrong.into_result().map_err(Error::Invalid)?;
        let key = policy_key(&request.key);
        let row = given::create(&work, &key, request.description, &request.content).await?;
        let policy = Some(write::policy(row)?);
        Ok(work.finish(pb::CreatePolicyResponse { policy }).await?)
    }

    pub(super) async fn promote(
        &self,
        tenant: TenantId,
        request: pb::PromotePolicyRequest,
    ) -> Result<pb::PromotePolicyResponse, Error> {
        let (id, etag) = (&request.policy_id, &request.etag);
        let begin = || self.store.begin_write(tenant, PROMOTE, &request.request_id, &request);
        match begin().await? {
            Begin::Replayed(reply) => return Ok(reply),
            // The gate reads the whole log: no transaction stays open meanwhile.
            Begin::Fresh(work) => drop(promote::promotable(&work, id, etag).await?),
        }
        let verdict = evaluate(&self.store, tenant, id, Part::default(), None).await?;
        if !verdict.failures.is_empty() {
            let (policy_id, failures) = (id.clone(), verdict.failures);
            return Err(Error::GateNotPassed { policy_id, failures });
        }
        let work = match begin().await? {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let policy = Some(write::policy(promote::promote(&work, id, etag, verdict.gain).await?)?);
        let reply = work.finish(pb::PromotePolicyResponse { policy }).await?;
        tracing::warn!(policy = %id, decisions = verdict.decisions, "policy promoted");
        Ok(reply)
    }

    pub(super) async fn stop_promoted(
        &self,
        tenant: TenantId,
        request: pb::StopPolicyRequest,
    ) -> Result<pb::StopPolicyResponse, Error> {
        let begun = self.store.begin_write(tenant, STOP, &request.request_id, &request).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let mut wrong = Violations::default();
        wrong.require(!request.reason.trim().is_empty(), "reason", "say why");
        wrong.into_result().map_err(Error::Invalid)?;
        let row = given::stop(&work, &request.policy_id, request.reason.trim()).await?;
        let policy = Some(write::policy(row)?);
        tracing::warn!(policy = %request.policy_id, "policy stopped by a person");
        Ok(work.finish(pb::StopPolicyResponse { policy }).await?)
    }

    pub(super) async fn policy(
        &self,
        tenant: TenantId,
        request: &pb::GetPolicyRequest,
    ) -> Result<pb::GetPolicyResponse, Error> {
        let mut row = app::policies::get(&self.store, tenant, &request.policy_id).await?;
        let file = std::mem::take(&mut row.content);
        let content = if request.with_content { file } else { Vec::new() };
        Ok(pb::GetPolicyResponse { policy: Some(write::policy(row)?), content })
    }

    pub(super) async fn policies(
        &self,
        tenant: TenantId,
        request: &pb::ListPoliciesRequest,
    ) -> Result<pb::ListPoliciesResponse, Error> {
        let state = state(request)?;
        let filter = state.unwrap_or_default();
        let page = self
            .page_key
            .request(tenant, "ListPolicies", filter, request.page_size, &request.page_token)
            .map_err(Error::Page)?;
        let (cursor, limit) = (page.cursor(), page.limit() + 1);
        let rows = app::policies::list(&self.store, tenant, state, cursor, limit).await?;
        let (rows, next_page_token) = page.finish(rows, |row| row.policy_id.clone());
        let policies = rows.into_iter().map(write::policy).collect::<Result<_, _>>()?;
        Ok(pb::ListPoliciesResponse { policies, next_page_token })
    }
}

/// Where the wanted policies stand; `None` for all.
fn state(request: &pb::ListPoliciesRequest) -> Result<Option<&'static str>, Error> {
    let mut wrong = Violations::default();
    let state = wrong.parse("state", pb::PolicyState::try_from(request.state));
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(state.and_then(|state| match state {
        pb::PolicyState::Unspecified => None,
        pb::PolicyState::Candidate => Some(CANDIDATE),
        pb::PolicyState::Live => Some(LIVE),
        pb::PolicyState::Retired => Some(RETIRED),
    }))
}
