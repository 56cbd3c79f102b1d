//! Experiments and who is in which arm.

use kulanz_chassis::parse_field;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::{Begin, Work};
use kulanz_types::TenantId;
use prost::Message;

use super::Server;
use super::design::{adjustment, design, written};
use crate::app::{arms, assign, experiments};
use crate::error::Error;

macro_rules! method {
    ($name:literal) => {
        concat!("kulanz.experimentation.v1.ExperimentationService/", $name)
    };
}

impl Server {
    pub(super) async fn create(
        &self,
        tenant: TenantId,
        request: pb::CreateExperimentRequest,
    ) -> Result<pb::CreateExperimentResponse, Error> {
        let method = method!("CreateExperiment");
        let work = match self.begin(tenant, method, &request.request_id, &request).await? {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let design = design(request.experiment.unwrap_or_default())?;
        let made = experiments::create(&work, design).await?;
        let reply = pb::CreateExperimentResponse { experiment: Some(written(made)) };
        // Checked and not kept: dropping the transaction also forgets the request id.
        if request.validate_only { Ok(reply) } else { self.finish(tenant, work, reply).await }
    }

    pub(super) async fn start(
        &self,
        tenant: TenantId,
        request: pb::StartExperimentRequest,
    ) -> Result<pb::StartExperimentResponse, Error> {
        let method = method!("StartExperiment");
        arms::pass_gate(&self.store, tenant, &request.experiment_id).await?;
        let work = match self.begin(tenant, method, &request.request_id, &request).await? {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let started = experiments::start(&work, &request.experiment_id).await?;
        let reply = pb::StartExperimentResponse { experiment: Some(written(started)) };
        self.finish(tenant, work, reply).await
    }

    pub(super) async fn stop(
        &self,
        tenant: TenantId,
        request: pb::StopExperimentRequest,
    ) -> Result<pb::StopExperimentResponse, Error> {
        let method = method!("StopExperiment");
        let work = match self.begin(tenant, method, &request.request_id, &request).await? {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let stopped = experiments::stop(&work, &request.experiment_id, request.reason).await?;
        let reply = pb::StopExperimentResponse { experiment: Some(written(stopped)) };
        self.finish(tenant, work, reply).await
    }

    pub(super) async fn adjust(
        &self,
        tenant: TenantId,
        request: pb::AdjustExperimentRequest,
    ) -> Result<pb::AdjustExperimentResponse, Error> {
        let method = method!("AdjustExperiment");
        let work = match self.begin(tenant, method, &request.request_id, &request).await? {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let experiment_id = request.experiment_id.clone();
        let adjusted = experiments::adjust(&work, &experiment_id, adjustment(request)?).await?;
        let reply = pb::AdjustExperimentResponse { experiment: Some(written(adjusted)) };
        self.finish(tenant, work, reply).await
    }

    /// Keeps the answer, and lets this process know of the change at once.
    async fn finish<Reply: Message>(
        &self,
        tenant: TenantId,
        work: Work,
        reply: Reply,
    ) -> Result<Reply, Error> {
        let reply = work.finish(reply).await?;
        self.roster.forget(tenant).await;
        Ok(reply)
    }

    async fn begin<Reply: Message + Default>(
        &self,
        tenant: TenantId,
        method: &'static str,
        request_id: &str,
        request: &impl Message,
    ) -> Result<Begin<Reply>, Error> {
        Ok(self.store.begin_write(tenant, method, request_id, request).await?)
    }

    pub(super) async fn experiment(
        &self,
        tenant: TenantId,
        request: &pb::GetExperimentRequest,
    ) -> Result<pb::GetExperimentResponse, Error> {
        let found = experiments::get(&self.store, tenant, &request.experiment_id).await?;
        Ok(pb::GetExperimentResponse { experiment: Some(written(found)) })
    }

    pub(super) async fn experiments(
        &self,
        tenant: TenantId,
        request: &pb::ListExperimentsRequest,
    ) -> Result<pb::ListExperimentsResponse, Error> {
        let page = self
            .page_key
            .request(tenant, "ListExperiments", "", request.page_size, &request.page_token)
            .map_err(Error::Page)?;
        let (cursor, limit) = (page.cursor(), page.limit() + 1);
        let rows = experiments::list(&self.store, tenant, cursor, limit).await?;
        let (rows, next_page_token) = page.finish(rows, |found| found.row.experiment_id.clone());
        let experiments = rows.into_iter().map(written).collect();
        Ok(pb::ListExperimentsResponse { experiments, next_page_token })
    }

    pub(super) async fn assigned(
        &self,
        tenant: TenantId,
        request: &pb::AssignRequest,
    ) -> Result<pb::AssignResponse, Error> {
        let person = parse_field("debtor_id", &request.debtor_id).map_err(Error::Invalid)?;
        let (key, attributes) = (&request.experiment_key, &request.attributes);
        let (store, roster) = (&self.store, &self.roster);
        let assigned = assign::assign(store, roster, tenant, key, person, attributes).await?;
        let excluded_by = assigned.excluded_by.map(|why| why.name().to_owned());
        Ok(pb::AssignResponse {
            arm_key: assigned.arm_key,
            in_experiment: excluded_by.is_none(),
            bucket: assigned.bucket,
            excluded_by: excluded_by.unwrap_or_default(),
        })
    }
}
