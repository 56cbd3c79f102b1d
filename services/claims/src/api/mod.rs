//! The gRPC adapters: request to domain to response.

mod access;
mod account;
pub mod audit;
mod challenges;
mod claims;
pub mod convert;
mod creditors;
mod debtors;
mod disputes;
pub mod erasure;
mod evidence;
mod export;
mod imports;
mod limitation;
mod movements;
mod outreach;
mod placement;
mod protections;
mod questions;
mod reports;
mod restriction;
mod rows;
mod settlement_authority;
mod statements;
mod tenants;
mod watch;
mod webhooks;
mod who;

use std::str::FromStr;
use std::sync::Arc;

use kulanz_chassis::{Answer, Caller, Clients, Issuer, PageKey, Streamed, answer};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::claims_service_server::ClaimsService;
use kulanz_store::{Begin, Store, Work};
use prost::Message;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Streaming};

use crate::domain::access::AccessKey;
use crate::domain::webhook::{Reach, WebhookKey};
use crate::error::Error;
use crate::store::access_link;
use who::Who;

/// The claims service as it answers calls.
#[derive(Clone)]
pub struct Api {
    /// Where everything is kept.
    pub store: Store,
    /// Signs debtors' session tokens.
    pub issuer: Issuer,
    /// Seals page tokens.
    pub page_key: PageKey,
    /// Signs access links.
    pub access_key: AccessKey,
    /// The other services, under our own identity.
    pub clients: Clients,
    /// Derives the secrets of webhook endpoints.
    pub webhook_key: WebhookKey,
    /// Which addresses webhooks may be sent to.
    pub webhook_reach: Reach,
    /// Letters that may be set at once.
    pub letters: Arc<Semaphore>,
}

impl Api {
    /// Refuses a debtor's session whose link was revoked since.
    async fn check_session(&self, who: &Who) -> Result<(), Error> {
        let Some(link) = who.link() else { return Ok(()) };
        let work = self.store.begin(who.tenant).await?;
        let link = access_link::find(&work, link).await?;
        let lasts = link.is_some_and(|row| row.revoked_at.is_none());
        if lasts { Ok(()) } else { Err(Error::SessionRevoked) }
    }
}

/// The id behind a text; what is none does not exist.
fn id<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::not_found(text))
}

/// What begins a write finds: the earlier answer, or a transaction.
async fn begin<R: Message + Default>(
    api: &Api,
    who: &Who,
    method: &'static str,
    request_id: &str,
    request: &impl Message,
) -> Result<Begin<R>, Error> {
    let begun = api.store.begin_write(who.tenant, method, request_id, request).await?;
    if let Begin::Fresh(work) = &begun {
        work.by(&who.actor);
    }
    Ok(begun)
}

/// Ends a write: keeps its answer, or undoes all of it where only a check was asked for.
async fn finish<R: Message>(work: Work, validate_only: bool, reply: R) -> Result<R, Error> {
    if validate_only {
        return Ok(reply);
    }
    Ok(work.finish(reply).await?)
}

macro_rules! call {
    ($api:ident, $request:ident, $function:path) => {{
        let who = Who::of(&$request)?;
        if let Err(revoked) = $api.check_session(&who).await {
            return answer(Err(revoked));
        }
        answer($function($api, who, $request.into_inner()).await)
    }};
}

macro_rules! unary {
    (
        $($method:ident: $request:ident -> $response:ident = $function:path;)*
    ) => {
        #[tonic::async_trait]
        impl ClaimsService for Api {
            type ImportClaimsStream = Streamed<wire::ImportClaimsResponse>;
            type WatchClaimStream = Streamed<wire::WatchClaimResponse>;
            type ExportDebtorDataStream = Streamed<wire::ExportDebtorDataResponse>;
            type GetEvidenceStream = Streamed<wire::GetEvidenceResponse>;
            type ListMovementsStream = Streamed<wire::ListMovementsResponse>;
            type ListAuditRecordsStream = Streamed<wire::ListAuditRecordsResponse>;

            $(
                async fn $method(
                    &self,
                    request: Request<wire::$request>,
                ) -> Answer<wire::$response> {
                    call!(self, request, $function)
                }
            )*

            async fn create_tenant(
                &self,
                request: Request<wire::CreateTenantRequest>,
            ) -> Answer<wire::CreateTenantResponse> {
                let actor = Caller::of(&request)?.actor();
                answer(tenants::create(self, &actor, request.into_inner()).await)
            }

            async fn open_access(
                &self,
                request: Request<wire::OpenAccessRequest>,
            ) -> Answer<wire::OpenAccessResponse> {
                answer(access::open(self, request.into_inner()).await)
            }

            async fn report_wrong_person(
                &self,
                request: Request<wire::ReportWrongPersonRequest>,
            ) -> Answer<wire::ReportWrongPersonResponse> {
                reports::wrong_person(self, request).await.map(Response::new)
            }

            async fn import_claims(
                &self,
                request: Request<Streaming<wire::ImportClaimsRequest>>,
            ) -> Answer<Self::ImportClaimsStream> {
                let who = Who::of(&request)?;
                Ok(Response::new(imports::stream(self, who, request.into_inner())))
            }

            async fn watch_claim(
                &self,
                request: Request<wire::WatchClaimRequest>,
            ) -> Answer<Self::WatchClaimStream> {
                call!(self, request, watch::watch)
            }

            async fn export_debtor_data(
                &self,
                request: Request<wire::ExportDebtorDataRequest>,
            ) -> Answer<Self::ExportDebtorDataStream> {
                call!(self, request, export::export)
            }

            async fn upload_evidence(
                &self,
                request: Request<Streaming<wire::UploadEvidenceRequest>>,
            ) -> Answer<wire::UploadEvidenceResponse> {
                let who = Who::of(&request)?;
                if let Err(revoked) = self.check_session(&who).await {
                    return answer(Err(revoked));
                }
                evidence::upload(self, who, request.into_inner()).await.map(Response::new)
            }

            async fn get_evidence(
                &self,
                request: Request<wire::GetEvidenceRequest>,
            ) -> Answer<Self::GetEvidenceStream> {
                call!(self, request, evidence::get)
            }

            async fn list_movements(
                &self,
                request: Request<wire::ListMovementsRequest>,
            ) -> Answer<Self::ListMovementsStream> {
                call!(self, request, movements::list)
            }

            async fn list_audit_records(
                &self,
                request: Request<wire::ListAuditRecordsRequest>,
            ) -> Answer<Self::ListAuditRecordsStream> {
                call!(self, request, audit::list)
            }
        }
    };
}

unary! {
    get_tenant: GetTenantRequest -> GetTenantResponse = tenants::get;
    update_tenant: UpdateTenantRequest -> UpdateTenantResponse = tenants::update;
    create_creditor: CreateCreditorRequest -> CreateCreditorResponse = creditors::create;
    get_creditor: GetCreditorRequest -> GetCreditorResponse = creditors::get;
    list_creditors: ListCreditorsRequest -> ListCreditorsResponse = creditors::list;
    update_creditor: UpdateCreditorRequest -> UpdateCreditorResponse = creditors::update;
    get_import: GetImportRequest -> GetImportResponse = imports::get;
    get_claim: GetClaimRequest -> GetClaimResponse = claims::get;
    list_claims: ListClaimsRequest -> ListClaimsResponse = claims::list;
    hold_claim: HoldClaimRequest -> HoldClaimResponse = claims::hold;
    release_claim: ReleaseClaimRequest -> ReleaseClaimResponse = claims::release;
    withdraw_claim: WithdrawClaimRequest -> WithdrawClaimResponse = claims::withdraw;
    write_off_claim: WriteOffClaimRequest -> WriteOffClaimResponse = claims::write_off;
    get_statement: GetStatementRequest -> GetStatementResponse = statements::get;
    list_entries: ListEntriesRequest -> ListEntriesResponse = account::list;
    book_cost: BookCostRequest -> BookCostResponse = account::book_cost;
    book_credit: BookCreditRequest -> BookCreditResponse = account::book_credit;
    reverse_entry: ReverseEntryRequest -> ReverseEntryResponse = account::reverse;
    preview_allocation: PreviewAllocationRequest -> PreviewAllocationResponse = account::preview_allocation;
    get_statement_document: GetStatementDocumentRequest -> GetStatementDocumentResponse = statements::document;
    get_debtor: GetDebtorRequest -> GetDebtorResponse = debtors::get;
    batch_get_debtors: BatchGetDebtorsRequest -> BatchGetDebtorsResponse = debtors::batch_get;
    update_debtor: UpdateDebtorRequest -> UpdateDebtorResponse = debtors::update;
    create_access_link: CreateAccessLinkRequest -> CreateAccessLinkResponse = access::create;
    revoke_access: RevokeAccessRequest -> RevokeAccessResponse = access::revoke;
    record_portal_visit: RecordPortalVisitRequest -> RecordPortalVisitResponse = access::visit;
    check_outreach: CheckOutreachRequest -> CheckOutreachResponse = outreach::check;
    open_dispute: OpenDisputeRequest -> OpenDisputeResponse = disputes::open;
    resolve_dispute: ResolveDisputeRequest -> ResolveDisputeResponse = disputes::resolve;
    report_already_paid: ReportAlreadyPaidRequest -> ReportAlreadyPaidResponse = reports::already_paid;
    restrict_processing: RestrictProcessingRequest -> RestrictProcessingResponse = restriction::set;
    erase_debtor: EraseDebtorRequest -> EraseDebtorResponse = erasure::erase;
    create_webhook_endpoint: CreateWebhookEndpointRequest -> CreateWebhookEndpointResponse = webhooks::create;
    list_webhook_endpoints: ListWebhookEndpointsRequest -> ListWebhookEndpointsResponse = webhooks::list;
    pause_webhook_endpoint: PauseWebhookEndpointRequest -> PauseWebhookEndpointResponse = webhooks::pause;
    rotate_webhook_secret: RotateWebhookSecretRequest -> RotateWebhookSecretResponse = webhooks::rotate;
    delete_webhook_endpoint: DeleteWebhookEndpointRequest -> DeleteWebhookEndpointResponse = webhooks::delete;
    list_webhook_deliveries: ListWebhookDeliveriesRequest -> ListWebhookDeliveriesResponse = webhooks::deliveries;
    replay_webhook_deliveries: ReplayWebhookDeliveriesRequest -> ReplayWebhookDeliveriesResponse = webhooks::replay;
    check_settlement: CheckSettlementRequest -> CheckSettlementResponse = settlement_authority::check;
    get_limitation: GetLimitationRequest -> GetLimitationResponse = limitation::get;
    record_limitation_fact: RecordLimitationFactRequest -> RecordLimitationFactResponse = limitation::record;
    sell_claim: SellClaimRequest -> SellClaimResponse = placement::sell;
    recall_claim: RecallClaimRequest -> RecallClaimResponse = placement::recall;
    get_challenge: GetChallengeRequest -> GetChallengeResponse = challenges::get;
    list_challenges: ListChallengesRequest -> ListChallengesResponse = challenges::list;
    request_evidence: RequestEvidenceRequest -> RequestEvidenceResponse = evidence::request;
    resolve_challenge: ResolveChallengeRequest -> ResolveChallengeResponse = challenges::resolve;
    protect_debtor: ProtectDebtorRequest -> ProtectDebtorResponse = protections::protect;
    end_protection: EndProtectionRequest -> EndProtectionResponse = protections::end;
    ask_creditor: AskCreditorRequest -> AskCreditorResponse = questions::ask;
    answer_question: AnswerQuestionRequest -> AnswerQuestionResponse = questions::answer;
    list_questions: ListQuestionsRequest -> ListQuestionsResponse = questions::list;
}
