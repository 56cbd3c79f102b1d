//! gRPC adapters: request to question, answer to response. tonic and prost types end here.

mod analysis;
mod decisions;
mod design;
mod evaluation;
mod experiments;
mod objectives;
mod parity;
mod people;
mod policies;
mod read;
pub mod spaces;
mod verify;
mod write;

use kulanz_chassis::{Answer, Caller, PageKey, Streamed, answer};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::experimentation_service_server::ExperimentationService;
use kulanz_store::Store;
use tonic::{Request, Response, Streaming};

use crate::app::desk::Desk;
use crate::app::roster::Roster;

/// The service as tonic calls it.
#[derive(Clone)]
pub struct Server {
    /// This service's database.
    pub store: Store,
    /// Where questions are answered.
    pub desk: Desk,
    /// Seals page tokens.
    pub page_key: PageKey,
    /// Experiments in memory.
    pub roster: Roster,
    /// Spaces of actions in memory.
    pub spaces: spaces::Spaces,
}

#[tonic::async_trait]
impl ExperimentationService for Server {
    async fn decide(&self, request: Request<pb::DecideRequest>) -> Answer<pb::DecideResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.decide_one(tenant, request.into_inner()).await)
    }

    async fn decide_batch(
        &self,
        request: Request<pb::DecideBatchRequest>,
    ) -> Answer<pb::DecideBatchResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.decide_many(tenant, request.into_inner()).await)
    }

    async fn record_outcome(
        &self,
        request: Request<pb::RecordOutcomeRequest>,
    ) -> Answer<pb::RecordOutcomeResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.record(tenant, request.into_inner()).await)
    }

    type ListDecisionsStream = Streamed<pb::ListDecisionsResponse>;

    async fn list_decisions(
        &self,
        request: Request<pb::ListDecisionsRequest>,
    ) -> Answer<Self::ListDecisionsStream> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.stream_decisions(tenant, &request.into_inner()))
    }

    type VerifyDecisionsStream = Streamed<pb::VerifyDecisionsResponse>;

    async fn verify_decisions(
        &self,
        request: Request<pb::VerifyDecisionsRequest>,
    ) -> Answer<Self::VerifyDecisionsStream> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.stream_verification(tenant, request.into_inner()))
    }

    async fn create_experiment(
        &self,
        request: Request<pb::CreateExperimentRequest>,
    ) -> Answer<pb::CreateExperimentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.create(tenant, request.into_inner()).await)
    }

    async fn start_experiment(
        &self,
        request: Request<pb::StartExperimentRequest>,
    ) -> Answer<pb::StartExperimentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.start(tenant, request.into_inner()).await)
    }

    async fn stop_experiment(
        &self,
        request: Request<pb::StopExperimentRequest>,
    ) -> Answer<pb::StopExperimentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.stop(tenant, request.into_inner()).await)
    }

    async fn adjust_experiment(
        &self,
        request: Request<pb::AdjustExperimentRequest>,
    ) -> Answer<pb::AdjustExperimentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.adjust(tenant, request.into_inner()).await)
    }

    async fn get_experiment(
        &self,
        request: Request<pb::GetExperimentRequest>,
    ) -> Answer<pb::GetExperimentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.experiment(tenant, &request.into_inner()).await)
    }

    async fn list_experiments(
        &self,
        request: Request<pb::ListExperimentsRequest>,
    ) -> Answer<pb::ListExperimentsResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.experiments(tenant, &request.into_inner()).await)
    }

    async fn assign(&self, request: Request<pb::AssignRequest>) -> Answer<pb::AssignResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.assigned(tenant, &request.into_inner()).await)
    }

    async fn analyze_experiment(
        &self,
        request: Request<pb::AnalyzeExperimentRequest>,
    ) -> Answer<pb::AnalyzeExperimentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.analysed(tenant, &request.into_inner()).await)
    }

    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Answer<pb::GetPolicyResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.policy(tenant, &request.into_inner()).await)
    }

    async fn list_policies(
        &self,
        request: Request<pb::ListPoliciesRequest>,
    ) -> Answer<pb::ListPoliciesResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.policies(tenant, &request.into_inner()).await)
    }

    async fn create_policy(
        &self,
        request: Request<pb::CreatePolicyRequest>,
    ) -> Answer<pb::CreatePolicyResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.create_given(tenant, request.into_inner()).await)
    }

    async fn evaluate_policy(
        &self,
        request: Request<pb::EvaluatePolicyRequest>,
    ) -> Answer<pb::EvaluatePolicyResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.evaluated(tenant, &request.into_inner()).await)
    }

    async fn promote_policy(
        &self,
        request: Request<pb::PromotePolicyRequest>,
    ) -> Answer<pb::PromotePolicyResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.promote(tenant, request.into_inner()).await)
    }

    async fn stop_policy(
        &self,
        request: Request<pb::StopPolicyRequest>,
    ) -> Answer<pb::StopPolicyResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.stop_promoted(tenant, request.into_inner()).await)
    }

    async fn set_objectives(
        &self,
        request: Request<pb::SetObjectivesRequest>,
    ) -> Answer<pb::SetObjectivesResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.set_goals(tenant, request.into_inner()).await)
    }

    async fn get_objectives(
        &self,
        request: Request<pb::GetObjectivesRequest>,
    ) -> Answer<pb::GetObjectivesResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.goals(tenant, &request.into_inner()).await)
    }

    async fn analyze_parity(
        &self,
        request: Request<Streaming<pb::AnalyzeParityRequest>>,
    ) -> Answer<pb::AnalyzeParityResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        Ok(Response::new(self.compared(tenant, request.into_inner()).await?))
    }

    type ExportPersonDataStream = Streamed<pb::ExportPersonDataResponse>;

    async fn export_person_data(
        &self,
        request: Request<pb::ExportPersonDataRequest>,
    ) -> Answer<Self::ExportPersonDataStream> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.export(tenant, &request.into_inner()).await)
    }

    async fn erase_person_data(
        &self,
        request: Request<pb::ErasePersonDataRequest>,
    ) -> Answer<pb::ErasePersonDataResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.erase(tenant, request.into_inner()).await)
    }
}
