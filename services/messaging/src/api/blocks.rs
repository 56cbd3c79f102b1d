//! Blocks, previews, counts and the linter.

use kulanz_chassis::{Answer, Caller, answer, status};
use kulanz_proto::messaging::v1 as proto;
use kulanz_store::Begin;
use kulanz_types::DebtorId;
use tonic::{Request, Response};

use super::convert::{self, channel, findings, id, language, message_class, treatment};
use crate::app::Messaging;
use crate::app::blocks::NewBlock;
use crate::app::preview::Question;
use crate::domain::blocks::Language;
use crate::domain::catalogue::Channel;
use crate::domain::lint::{Text, lint};
use crate::error::Error;
use crate::store::blocks as table;

pub(super) async fn count_variants(
    service: &Messaging,
    request: Request<proto::CountVariantsRequest>,
) -> Answer<proto::CountVariantsResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    let request = request.into_inner();
    let only = channel("channel", request.channel).map_err(status)?;
    let languages = match language(&request.language) {
        Some(one) => vec![one],
        None => vec![Language::De, Language::En],
    };
    let variants = service.variants(tenant, only, &languages).await.map_err(status)?;
    Ok(Response::new(proto::CountVariantsResponse {
        action_count: i64::try_from(variants.actions).unwrap_or(i64::MAX),
        text_count: i64::try_from(variants.texts).unwrap_or(i64::MAX),
        levels_by_factor: variants.levels,
    }))
}

pub(super) async fn preview(
    service: &Messaging,
    request: Request<proto::PreviewMessageRequest>,
) -> Answer<proto::PreviewMessageResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    let question = question(&request.into_inner()).map_err(status)?;
    let (composed, found) = service.preview(tenant, &question).await.map_err(status)?;
    Ok(Response::new(proto::PreviewMessageResponse {
        findings: findings(&composed.text, found),
        subject: composed.subject,
        body: composed.text,
        block_ids: composed
            .blocks
            .iter()
            .map(|block| format!("{}@{}", block.key, block.version))
            .collect(),
        sms_segments: composed.sms_parts.and_then(|parts| i32::try_from(parts).ok()).unwrap_or(0),
    }))
}

fn question(request: &proto::PreviewMessageRequest) -> Result<Question, Error> {
    let debtor = match request.debtor_id.as_str() {
        "" => None,
        stated => Some(id::<DebtorId>("debtor_id", stated)?),
    };
    let claims = request.claim_ids.iter().map(|claim| id("claim_ids", claim));
    Ok(Question {
        debtor,
        claims: claims.collect::<Result<_, _>>()?,
        treatment: treatment(channel("channel", request.channel)?, &request.levels)?,
        language: language(&request.language),
        class: message_class(request.policy_class()),
    })
}

pub(super) fn lint_text(
    request: Request<proto::LintTextRequest>,
) -> Answer<proto::LintTextResponse> {
    Caller::of(&request)?.tenant()?;
    let request = request.into_inner();
    let only = channel("channel", request.channel).map_err(status)?;
    let text = Text {
        subject: "",
        text: &request.text,
        own_words: &request.text,
        channel: only.unwrap_or(Channel::Email),
        language: Language::of(&request.language),
        salutation: None,
        persuasive: false,
    };
    let mut findings = findings(&request.text, lint(&text, None));
    findings.sort_by_key(|finding| (finding.start, finding.end));
    Ok(Response::new(proto::LintTextResponse { findings }))
}

pub(super) async fn create(
    service: &Messaging,
    request: Request<proto::CreateBlockRequest>,
) -> Answer<proto::CreateBlockResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    create_block(service, &caller, &request).await.map(Response::new)
}

async fn create_block(
    service: &Messaging,
    caller: &Caller,
    request: &proto::CreateBlockRequest,
) -> Result<proto::CreateBlockResponse, tonic::Status> {
    let new = new_block(request.block.as_ref()).map_err(status)?;
    let begun = service
        .store
        .begin_write(caller.tenant()?, "CreateBlock", &request.request_id, request)
        .await;
    let work = match begun.map_err(|error| status(Error::from(error)))? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let text = new.body.clone();
    let (block, found) =
        crate::app::blocks::create(&work, caller.actor(), new).await.map_err(status)?;
    let reply = proto::CreateBlockResponse {
        block: Some(convert::block(&block)),
        findings: findings(&text, found),
    };
    if request.validate_only {
        return Ok(reply);
    }
    work.finish(reply).await.map_err(|error| status(Error::from(error)))
}

fn new_block(block: Option<&proto::Block>) -> Result<NewBlock, Error> {
    let block = block.ok_or_else(|| Error::field("block", "is required"))?;
    let mut channels = Vec::new();
    for wire in &block.channels {
        let one = channel("block.channels", *wire)?;
        channels.extend(one.map(|one| one.level().to_owned()));
    }
    treatment(None, &block.levels)?;
    let language = if block.language.is_empty() { "de" } else { block.language.as_str() };
    Ok(NewBlock {
        slot: block.slot.clone(),
        language: Language::of(language).code().to_owned(),
        channels,
        levels: block.levels.clone(),
        body: block.text.clone(),
    })
}

pub(super) async fn approve(
    service: &Messaging,
    request: Request<proto::ApproveBlockRequest>,
) -> Answer<proto::ApproveBlockResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let block_id = id("block_id", &request.block_id).map_err(status)?;
    let begun = service
        .store
        .begin_write(caller.tenant()?, "ApproveBlock", &request.request_id, &request)
        .await;
    let work = match begun.map_err(|error| status(Error::from(error)))? {
        Begin::Replayed(reply) => return Ok(Response::new(reply)),
        Begin::Fresh(work) => work,
    };
    let block = crate::app::blocks::approve(&work, caller.actor(), block_id, &request.etag)
        .await
        .map_err(status)?;
    let reply = proto::ApproveBlockResponse { block: Some(convert::block(&block)) };
    let reply = work.finish(reply).await.map_err(|error| status(Error::from(error)))?;
    Ok(Response::new(reply))
}

pub(super) async fn list(
    service: &Messaging,
    request: Request<proto::ListBlocksRequest>,
) -> Answer<proto::ListBlocksResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    let request = request.into_inner();
    answer(list_blocks(service, tenant, &request).await)
}

async fn list_blocks(
    service: &Messaging,
    tenant: kulanz_types::TenantId,
    request: &proto::ListBlocksRequest,
) -> Result<proto::ListBlocksResponse, Error> {
    let filter = format!("{}|{}", request.slot, request.language);
    let page = service
        .pages
        .request(tenant, "ListBlocks", filter, request.page_size, &request.page_token)
        .map_err(Error::Page)?;
    let work = service.store.begin(tenant).await?;
    let (slot, language) = (&request.slot, &request.language);
    let rows = table::list(&work, slot, language, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |block| block.id.to_string());
    Ok(proto::ListBlocksResponse {
        blocks: rows.iter().map(convert::block).collect(),
        next_page_token,
    })
}
