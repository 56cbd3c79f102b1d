//! A stand-in for claims: says what is owed, as the test wrote it down, and nothing else.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use kulanz_proto::claims::v1::claims_service_server::{ClaimsService, ClaimsServiceServer};
use kulanz_proto::claims::v1::*;
use kulanz_types::Money;
use tokio_stream::Stream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

/// What is owed on a claim.
#[derive(Debug, Clone)]
pub struct Owed {
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub case_reference: String,
    pub state: ClaimState,
    pub principal: i64,
    pub interest: i64,
    pub costs: i64,
    pub credits: i64,
    pub rate: &'static str,
}

/// What the stand-in answers from.
#[derive(Clone, Default)]
pub struct Claims {
    owed: Arc<Mutex<HashMap<String, Owed>>>,
    today: Arc<Mutex<NaiveDate>>,
}

/// The collection account of every tenant of the test.
pub const IBAN: &str = "DE02120300000000202051";

impl Claims {
    /// Writes down what is owed.
    pub fn owe(&self, owed: Owed) {
        self.owed.lock().unwrap().insert(owed.claim_id.clone(), owed);
    }

    /// Changes what is owed.
    pub fn change(&self, claim_id: &str, change: impl FnOnce(&mut Owed)) {
        change(self.owed.lock().unwrap().get_mut(claim_id).unwrap());
    }

    /// The day of which statements speak.
    pub fn set_today(&self, today: NaiveDate) {
        *self.today.lock().unwrap() = today;
    }

    /// Serves it until the test ends.
    pub async fn serve(&self) -> SocketAddr {
        kulanz_testkit::serve_peer(Routes::new(ClaimsServiceServer::new(self.clone()))).await
    }

    fn statement(&self, owed: &Owed) -> Statement {
        let money = |cents: i64| Some(Money::eur(cents).into());
        let today = *self.today.lock().unwrap();
        let line = StatementLine {
            kind: StatementLineKind::Interest.into(),
            amount: money(owed.interest),
            from: Some(today.into()),
            to: Some(today.into()),
            rate: owed.rate.to_owned(),
            ..Default::default()
        };
        Statement {
            claim_id: owed.claim_id.clone(),
            creditor_id: owed.creditor_id.clone(),
            debtor_id: owed.debtor_id.clone(),
            case_reference: owed.case_reference.clone(),
            as_of: Some(today.into()),
            lines: vec![line],
            totals: Some(Balance {
                principal: money(owed.principal),
                interest: money(owed.interest),
                costs: money(owed.costs),
                credits: money(owed.credits),
                total: money(owed.principal + owed.interest + owed.costs),
            }),
            state: owed.state.into(),
            ..Default::default()
        }
    }
}

fn not_here<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("the stand-in only states what is owed"))
}

type StreamOf<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

macro_rules! stand_in {
    ($($name:ident($request:ty) -> $response:ty;)*) => {
        #[tonic::async_trait]
        impl ClaimsService for Claims {
            async fn get_statement(
                &self,
                request: Request<GetStatementRequest>,
            ) -> Result<Response<GetStatementResponse>, Status> {
                let owed = self.owed.lock().unwrap();
                let owed = owed.get(&request.get_ref().claim_id);
                let owed = owed.ok_or_else(|| Status::not_found("no such claim"))?;
                let statement = Some(self.statement(owed));
                Ok(Response::new(GetStatementResponse { statement }))
            }

            async fn get_tenant(
                &self,
                _: Request<GetTenantRequest>,
            ) -> Result<Response<GetTenantResponse>, Status> {
                let collection_account = Some(CollectionAccount {
                    holder: "Muster Inkasso GmbH".to_owned(),
                    iban: IBAN.to_owned(),
                    bic: String::new(),
                });
                let tenant = Some(Tenant { collection_account, ..Default::default() });
                Ok(Response::new(GetTenantResponse { tenant }))
            }

            type ImportClaimsStream = StreamOf<ImportClaimsResponse>;

            async fn import_claims(
                &self,
                _: Request<Streaming<ImportClaimsRequest>>,
            ) -> Result<Response<Self::ImportClaimsStream>, Status> {
                not_here()
            }

            type WatchClaimStream = StreamOf<WatchClaimResponse>;

            async fn watch_claim(
                &self,
                _: Request<WatchClaimRequest>,
            ) -> Result<Response<Self::WatchClaimStream>, Status> {
                not_here()
            }

            type ExportDebtorDataStream = StreamOf<ExportDebtorDataResponse>;

            async fn export_debtor_data(
                &self,
                _: Request<ExportDebtorDataRequest>,
            ) -> Result<Response<Self::ExportDebtorDataStream>, Status> {
                not_here()
            }

            $(async fn $name(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                not_here()
            })*
        }
    };
}

stand_in! {
    create_tenant(CreateTenantRequest) -> CreateTenantResponse;
    update_tenant(UpdateTenantRequest) -> UpdateTenantResponse;
    create_creditor(CreateCreditorRequest) -> CreateCreditorResponse;
    get_creditor(GetCreditorRequest) -> GetCreditorResponse;
    list_creditors(ListCreditorsRequest) -> ListCreditorsResponse;
    update_creditor(UpdateCreditorRequest) -> UpdateCreditorResponse;
    get_import(GetImportRequest) -> GetImportResponse;
    get_claim(GetClaimRequest) -> GetClaimResponse;
    list_claims(ListClaimsRequest) -> ListClaimsResponse;
    get_debtor(GetDebtorRequest) -> GetDebtorResponse;
    batch_get_debtors(BatchGetDebtorsRequest) -> BatchGetDebtorsResponse;
    update_debtor(UpdateDebtorRequest) -> UpdateDebtorResponse;
    create_access_link(CreateAccessLinkRequest) -> CreateAccessLinkResponse;
    open_access(OpenAccessRequest) -> OpenAccessResponse;
    revoke_access(RevokeAccessRequest) -> RevokeAccessResponse;
    record_portal_visit(RecordPortalVisitRequest) -> RecordPortalVisitResponse;
    check_outreach(CheckOutreachRequest) -> CheckOutreachResponse;
    open_dispute(OpenDisputeRequest) -> OpenDisputeResponse;
    resolve_dispute(ResolveDisputeRequest) -> ResolveDisputeResponse;
    report_wrong_person(ReportWrongPersonRequest) -> ReportWrongPersonResponse;
    report_already_paid(ReportAlreadyPaidRequest) -> ReportAlreadyPaidResponse;
    hold_claim(HoldClaimRequest) -> HoldClaimResponse;
    release_claim(ReleaseClaimRequest) -> ReleaseClaimResponse;
    withdraw_claim(WithdrawClaimRequest) -> WithdrawClaimResponse;
    write_off_claim(WriteOffClaimRequest) -> WriteOffClaimResponse;
    ask_creditor(AskCreditorRequest) -> AskCreditorResponse;
    answer_question(AnswerQuestionRequest) -> AnswerQuestionResponse;
    erase_debtor(EraseDebtorRequest) -> EraseDebtorResponse;
}
