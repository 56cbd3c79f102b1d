//! gRPC adapters: requests become commands, results become replies.

mod blocks;
mod contact;
pub mod convert;
mod message;
mod people;
pub mod receipt;

use kulanz_chassis::{Answer, Streamed, not_yet};
use kulanz_proto::messaging::v1 as proto;
use kulanz_proto::messaging::v1::messaging_service_server::MessagingService;
use tonic::Request;

use crate::app::Messaging;

/// The gRPC server of messaging.
pub struct Api(pub Messaging);

#[tonic::async_trait]
impl MessagingService for Api {
    type ExportPersonDataStream = Streamed<proto::ExportPersonDataResponse>;

    async fn count_variants(
        &self,
        request: Request<proto::CountVariantsRequest>,
    ) -> Answer<proto::CountVariantsResponse> {
        blocks::count_variants(&self.0, request).await
    }

    async fn preview_message(
        &self,
        request: Request<proto::PreviewMessageRequest>,
    ) -> Answer<proto::PreviewMessageResponse> {
        blocks::preview(&self.0, request).await
    }

    async fn lint_text(
        &self,
        request: Request<proto::LintTextRequest>,
    ) -> Answer<proto::LintTextResponse> {
        blocks::lint_text(request)
    }

    async fn create_block(
        &self,
        request: Request<proto::CreateBlockRequest>,
    ) -> Answer<proto::CreateBlockResponse> {
        blocks::create(&self.0, request).await
    }

    async fn approve_block(
        &self,
        request: Request<proto::ApproveBlockRequest>,
    ) -> Answer<proto::ApproveBlockResponse> {
        blocks::approve(&self.0, request).await
    }

    async fn list_blocks(
        &self,
        request: Request<proto::ListBlocksRequest>,
    ) -> Answer<proto::ListBlocksResponse> {
        blocks::list(&self.0, request).await
    }

    async fn send_message(
        &self,
        request: Request<proto::SendMessageRequest>,
    ) -> Answer<proto::SendMessageResponse> {
        message::send(&self.0, request).await
    }

    async fn get_message(
        &self,
        request: Request<proto::GetMessageRequest>,
    ) -> Answer<proto::GetMessageResponse> {
        message::get(&self.0, request).await
    }

    async fn list_messages(
        &self,
        request: Request<proto::ListMessagesRequest>,
    ) -> Answer<proto::ListMessagesResponse> {
        message::list(&self.0, request).await
    }

    async fn cancel_message(
        &self,
        request: Request<proto::CancelMessageRequest>,
    ) -> Answer<proto::CancelMessageResponse> {
        message::cancel(&self.0, request).await
    }

    async fn set_contact_preferences(
        &self,
        request: Request<proto::SetContactPreferencesRequest>,
    ) -> Answer<proto::SetContactPreferencesResponse> {
        contact::set_preferences(&self.0, request).await
    }

    async fn pause_contact(
        &self,
        request: Request<proto::PauseContactRequest>,
    ) -> Answer<proto::PauseContactResponse> {
        contact::pause(&self.0, request).await
    }

    async fn get_contact_budget(
        &self,
        request: Request<proto::GetContactBudgetRequest>,
    ) -> Answer<proto::GetContactBudgetResponse> {
        contact::budget(&self.0, request).await
    }

    async fn receive_inbound(
        &self,
        _: Request<proto::ReceiveInboundRequest>,
    ) -> Answer<proto::ReceiveInboundResponse> {
        Err(not_yet("ReceiveInbound"))
    }

    async fn report_receipt(
        &self,
        request: Request<proto::ReportReceiptRequest>,
    ) -> Answer<proto::ReportReceiptResponse> {
        receipt::report(&self.0, request).await
    }

    async fn verify_message(
        &self,
        request: Request<proto::VerifyMessageRequest>,
    ) -> Answer<proto::VerifyMessageResponse> {
        message::verify(&self.0, request).await
    }

    async fn export_person_data(
        &self,
        request: Request<proto::ExportPersonDataRequest>,
    ) -> Answer<Self::ExportPersonDataStream> {
        people::export(&self.0, request).await
    }

    async fn erase_person_data(
        &self,
        request: Request<proto::ErasePersonDataRequest>,
    ) -> Answer<proto::ErasePersonDataResponse> {
        people::erase(&self.0, request).await
    }
}
