//! gRPC adapters: requests become commands, rows become answers. Contract types end here.

mod arrangements;
mod fields;
mod payments;
mod people;
mod statements;
mod wire;

use kulanz_chassis::{Answer, Caller, Streamed, not_yet};
use kulanz_proto::payments::v1;
use kulanz_proto::payments::v1::payments_service_server::{PaymentsService, PaymentsServiceServer};
use tonic::{Request, Status, Streaming};

use crate::app::{Desk, Write};

/// Greatest message: a piece of a statement file and a little around it.
const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The service on the wire.
#[derive(Clone)]
pub struct PaymentsApi {
    desk: Desk,
}

impl PaymentsApi {
    /// An adapter in front of the use cases.
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// The server to mount.
    pub fn into_server(self) -> PaymentsServiceServer<Self> {
        PaymentsServiceServer::new(self).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }
}

/// The frame of a write.
fn write<'a, R>(
    caller: &'a Caller,
    method: &'static str,
    (request_id, request): (&'a str, &'a R),
) -> Result<Write<'a, R>, Status> {
    let tenant = caller.tenant()?;
    Ok(Write { tenant, caller, method, request_id, request })
}

macro_rules! later {
    ($method:literal) => {
        Err(not_yet(concat!("kulanz.payments.v1.PaymentsService/", $method)))
    };
}

#[tonic::async_trait]
impl PaymentsService for PaymentsApi {
    async fn list_payment_options(
        &self,
        request: Request<v1::ListPaymentOptionsRequest>,
    ) -> Answer<v1::ListPaymentOptionsResponse> {
        payments::list_options(&self.desk, request).await
    }

    async fn create_payment(
        &self,
        _: Request<v1::CreatePaymentRequest>,
    ) -> Answer<v1::CreatePaymentResponse> {
        later!("CreatePayment")
    }

    async fn get_payment(
        &self,
        request: Request<v1::GetPaymentRequest>,
    ) -> Answer<v1::GetPaymentResponse> {
        payments::get(&self.desk, request).await
    }

    async fn report_provider_event(
        &self,
        _: Request<v1::ReportProviderEventRequest>,
    ) -> Answer<v1::ReportProviderEventResponse> {
        later!("ReportProviderEvent")
    }

    async fn quote_arrangement(
        &self,
        request: Request<v1::QuoteArrangementRequest>,
    ) -> Answer<v1::QuoteArrangementResponse> {
        arrangements::quote(&self.desk, request).await
    }

    async fn get_quote(
        &self,
        request: Request<v1::GetQuoteRequest>,
    ) -> Answer<v1::GetQuoteResponse> {
        arrangements::get_quote(&self.desk, request).await
    }

    async fn confirm_cost_notice(
        &self,
        request: Request<v1::ConfirmCostNoticeRequest>,
    ) -> Answer<v1::ConfirmCostNoticeResponse> {
        arrangements::confirm_cost_notice(&self.desk, request).await
    }

    async fn accept_arrangement(
        &self,
        request: Request<v1::AcceptArrangementRequest>,
    ) -> Answer<v1::AcceptArrangementResponse> {
        arrangements::accept(&self.desk, request).await
    }

    async fn change_arrangement(
        &self,
        _: Request<v1::ChangeArrangementRequest>,
    ) -> Answer<v1::ChangeArrangementResponse> {
        later!("ChangeArrangement")
    }

    async fn get_arrangement(
        &self,
        request: Request<v1::GetArrangementRequest>,
    ) -> Answer<v1::GetArrangementResponse> {
        arrangements::get(&self.desk, request).await
    }

    async fn make_promise(
        &self,
        request: Request<v1::MakePromiseRequest>,
    ) -> Answer<v1::MakePromiseResponse> {
        arrangements::make_promise(&self.desk, request).await
    }

    async fn import_bank_statement(
        &self,
        request: Request<Streaming<v1::ImportBankStatementRequest>>,
    ) -> Answer<v1::ImportBankStatementResponse> {
        statements::import(&self.desk, request).await
    }

    async fn list_unmatched_entries(
        &self,
        request: Request<v1::ListUnmatchedEntriesRequest>,
    ) -> Answer<v1::ListUnmatchedEntriesResponse> {
        statements::list_unmatched(&self.desk, request).await
    }

    async fn match_entry(
        &self,
        request: Request<v1::MatchEntryRequest>,
    ) -> Answer<v1::MatchEntryResponse> {
        statements::match_entry(&self.desk, request).await
    }

    async fn refund_payment(
        &self,
        _: Request<v1::RefundPaymentRequest>,
    ) -> Answer<v1::RefundPaymentResponse> {
        later!("RefundPayment")
    }

    async fn create_account_consent(
        &self,
        _: Request<v1::CreateAccountConsentRequest>,
    ) -> Answer<v1::CreateAccountConsentResponse> {
        later!("CreateAccountConsent")
    }

    async fn refresh_account_view(
        &self,
        _: Request<v1::RefreshAccountViewRequest>,
    ) -> Answer<v1::RefreshAccountViewResponse> {
        later!("RefreshAccountView")
    }

    async fn get_account_insight(
        &self,
        _: Request<v1::GetAccountInsightRequest>,
    ) -> Answer<v1::GetAccountInsightResponse> {
        later!("GetAccountInsight")
    }

    async fn revoke_account_consent(
        &self,
        _: Request<v1::RevokeAccountConsentRequest>,
    ) -> Answer<v1::RevokeAccountConsentResponse> {
        later!("RevokeAccountConsent")
    }

    type ExportDirectDebitsStream = Streamed<v1::ExportDirectDebitsResponse>;

    async fn export_direct_debits(
        &self,
        _: Request<v1::ExportDirectDebitsRequest>,
    ) -> Answer<Self::ExportDirectDebitsStream> {
        later!("ExportDirectDebits")
    }

    async fn create_payout(
        &self,
        _: Request<v1::CreatePayoutRequest>,
    ) -> Answer<v1::CreatePayoutResponse> {
        later!("CreatePayout")
    }

    async fn get_trial_balance(
        &self,
        request: Request<v1::GetTrialBalanceRequest>,
    ) -> Answer<v1::GetTrialBalanceResponse> {
        payments::trial_balance(&self.desk, request).await
    }

    type ExportPersonDataStream = Streamed<v1::ExportPersonDataResponse>;

    async fn export_person_data(
        &self,
        request: Request<v1::ExportPersonDataRequest>,
    ) -> Answer<Self::ExportPersonDataStream> {
        people::export(&self.desk, request).await
    }

    async fn erase_person_data(
        &self,
        request: Request<v1::ErasePersonDataRequest>,
    ) -> Answer<v1::ErasePersonDataResponse> {
        people::erase(&self.desk, request).await
    }
}
