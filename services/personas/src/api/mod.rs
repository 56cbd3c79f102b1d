//! gRPC adapters. tonic and prost types end here.

mod features;
mod models;
mod people;
mod personas;

use kulanz_chassis::{Answer, Caller, PageKey, Streamed, answer, not_yet, parse_field, status};
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::personas::v1::personas_service_server::PersonasService;
use kulanz_store::Store;
use kulanz_types::DebtorId;
use tonic::{Request, Response, Streaming};

use crate::error::Error;

/// The service as tonic calls it.
#[derive(Clone)]
pub struct Server {
    /// This service's database.
    pub store: Store,
    /// Seals page tokens.
    pub page_key: PageKey,
}

fn debtor(id: &str, field: &str) -> Result<DebtorId, Error> {
    parse_field(field, id).map_err(Error::Invalid)
}

#[tonic::async_trait]
impl PersonasService for Server {
    async fn get_persona(
        &self,
        request: Request<pb::GetPersonaRequest>,
    ) -> Answer<pb::GetPersonaResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.persona(tenant, &request.into_inner()).await)
    }

    async fn list_personas(
        &self,
        request: Request<pb::ListPersonasRequest>,
    ) -> Answer<pb::ListPersonasResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.personas(tenant, &request.into_inner()))
    }

    async fn record_features(
        &self,
        request: Request<Streaming<pb::RecordFeaturesRequest>>,
    ) -> Answer<pb::RecordFeaturesResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        let mut batches = request.into_inner();
        let mut total = pb::RecordFeaturesResponse::default();
        while let Some(batch) = batches.message().await? {
            let taken = self.record_batch(tenant, batch).await.map_err(status)?;
            total.recorded_count += taken.recorded_count;
            total.unchanged_count += taken.unchanged_count;
        }
        Ok(Response::new(total))
    }

    async fn predict_payment(
        &self,
        request: Request<pb::PredictPaymentRequest>,
    ) -> Answer<pb::PredictPaymentResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.predict(tenant, &request.into_inner()).await)
    }

    async fn get_briefing(
        &self,
        request: Request<pb::GetBriefingRequest>,
    ) -> Answer<pb::GetBriefingResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(self.briefing(tenant, &request.into_inner()).await)
    }

    async fn set_preferences(
        &self,
        request: Request<pb::SetPreferencesRequest>,
    ) -> Answer<pb::SetPreferencesResponse> {
        let caller = Caller::of(&request)?;
        let (tenant, request) = (caller.tenant()?, request.into_inner());
        let whom = request.preferences.as_ref().map_or("", |stated| stated.debtor_id.as_str());
        let debtor = debtor(whom, "preferences.debtor_id").map_err(status)?;
        caller.may_see(debtor)?;
        answer(self.prefer(tenant, debtor, request).await)
    }

    async fn train_model(
        &self,
        _: Request<pb::TrainModelRequest>,
    ) -> Answer<pb::TrainModelResponse> {
        Err(not_yet("kulanz.personas.v1.PersonasService/TrainModel"))
    }

    async fn get_model(
        &self,
        request: Request<pb::GetModelRequest>,
    ) -> Answer<pb::GetModelResponse> {
        answer(models::get(&request.into_inner()))
    }

    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Answer<pb::ListModelsResponse> {
        let tenant = Caller::of(&request)?.tenant()?;
        answer(models::list(&self.page_key, tenant, &request.into_inner()))
    }

    async fn promote_model(
        &self,
        _: Request<pb::PromoteModelRequest>,
    ) -> Answer<pb::PromoteModelResponse> {
        Err(not_yet("kulanz.personas.v1.PersonasService/PromoteModel"))
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
