//! The model in force: the starting typology, until one is trained.

use kulanz_chassis::PageKey;
use kulanz_proto::personas::v1 as pb;
use kulanz_types::TenantId;

use crate::domain::catalogue;
use crate::error::Error;

pub(super) fn get(request: &pb::GetModelRequest) -> Result<pb::GetModelResponse, Error> {
    let model = shipped();
    if request.model_id != model.model_id {
        return Err(Error::NotFound(request.model_id.clone()));
    }
    Ok(pb::GetModelResponse { model: Some(model) })
}

pub(super) fn list(
    pages: &PageKey,
    tenant: TenantId,
    request: &pb::ListModelsRequest,
) -> Result<pb::ListModelsResponse, Error> {
    let page = pages
        .request(tenant, "ListModels", "", request.page_size, &request.page_token)
        .map_err(Error::Page)?;
    let all = if page.cursor().is_none() { vec![shipped()] } else { Vec::new() };
    let (models, next_page_token) = page.finish(all, |model| model.model_id.clone());
    Ok(pb::ListModelsResponse { models, next_page_token })
}

fn shipped() -> pb::Model {
    let typology = &catalogue().typology;
    pb::Model {
        model_id: typology.model_id.to_string(),
        version: typology.version.clone(),
        state: pb::ModelState::Live.into(),
        etag: typology.version.clone(),
        ..pb::Model::default()
    }
}
