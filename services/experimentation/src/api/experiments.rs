//! Experiments and who is in which arm.

use kulanz_chassis::{Violations, parse_field};
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::Begin;
use kulanz_types::{DebtorId, TenantId};
use prost::Message;

use super::Server;
use crate::app::experiments::{self, Experiment};
use crate::domain::experiment::{Arm, Design, State};
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
        if request.validate_only { Ok(reply) } else { Ok(work.finish(reply).await?) }
    }

    pub(super) async fn start(
        &self,
        tenant: TenantId,
        request: pb::StartExperimentRequest,
    ) -> Result<pb::StartExperimentResponse, Error> {
        let method = method!("StartExperiment");
        let work = match self.begin(tenant, method, &request.request_id, &request).await? {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let started = experiments::start(&work, &request.experiment_id).await?;
        let reply = pb::StartExperimentResponse { experiment: Some(written(started)) };
        Ok(work.finish(reply).await?)
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
        let stopped = experiments::stop(&work, &request.experiment_id).await?;
        let reply = pb::StopExperimentResponse { experiment: Some(written(stopped)) };
        Ok(work.finish(reply).await?)
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
        parse_field::<DebtorId>("debtor_id", &request.debtor_id).map_err(Error::Invalid)?;
        let (key, person) = (&request.experiment_key, &request.debtor_id);
        let assigned = experiments::assign(&self.store, tenant, key, person).await?;
        Ok(pb::AssignResponse {
            arm_key: assigned.arm_key,
            in_experiment: assigned.in_experiment,
            bucket: assigned.bucket,
            ..pb::AssignResponse::default()
        })
    }
}

/// A definition as sent; text that is no number becomes one that the checks refuse.
fn design(sent: pb::Experiment) -> Result<Design, Error> {
    let mut wrong = Violations::default();
    wrong.require(key_is_sound(&sent.key), "experiment.key", "a-z, 0-9 and inner -, 1 to 63");
    let arm = |arm: pb::Arm| Arm { key: arm.key, weight: arm.weight.parse().unwrap_or(f64::NAN) };
    let design = Design {
        key: sent.key,
        hypothesis: sent.hypothesis,
        primary_metric: sent.primary_metric,
        guardrail_metrics: sent.guardrail_metrics,
        arms: sent.arms.into_iter().map(arm).collect(),
        coverage: sent.coverage.parse().unwrap_or(f64::NAN),
        namespace: None,
    };
    for (field, description) in design.flaws() {
        wrong.add(format!("experiment.{field}"), description);
    }
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(design)
}

fn key_is_sound(key: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    key.len() <= 63
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && !key.ends_with('-')
        && key.chars().all(inner)
}

fn written(found: Experiment) -> pb::Experiment {
    let Experiment { row, design, state } = found;
    let state = match state {
        State::Draft => pb::ExperimentState::Draft,
        State::Running => pb::ExperimentState::Running,
        State::Stopped => pb::ExperimentState::Stopped,
    };
    let arm = |arm: Arm| pb::Arm { key: arm.key, weight: arm.weight.to_string() };
    pb::Experiment {
        experiment_id: row.experiment_id,
        key: design.key,
        hypothesis: design.hypothesis,
        arms: design.arms.into_iter().map(arm).collect(),
        coverage: design.coverage.to_string(),
        primary_metric: design.primary_metric,
        guardrail_metrics: design.guardrail_metrics,
        state: state.into(),
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.created_at)),
        start_time: row.started_at.map(timestamp),
        stop_time: row.stopped_at.map(timestamp),
        ..pb::Experiment::default()
    }
}
