//! gRPC adapters: requests become commands, results become replies.

mod blocks;
mod contact;
pub mod convert;
mod message;
pub mod receipt;

use kulanz_proto::messaging::v1 as proto;
use kulanz_proto::messaging::v1::messaging_service_server::MessagingService;
use tonic::{Request, Response, Status};

use crate::app::Messaging;

/// The gRPC server of messaging.
pub struct Api(pub Messaging);

type Reply<T> = Result<Response<T>, Status>;

/// What a stream of exported records is made of.
type Records =
    tokio_stream::Iter<std::vec::IntoIter<Result<proto::ExportPersonDataResponse, Status>>>;

#[tonic::async_trait]
impl MessagingService for Api {
    type ExportPersonDataStream = Records;

    async fn count_variants(
        &self,
        request: Request<proto::CountVariantsRequest>,
    ) -> Reply<proto::CountVariantsResponse> {
        blocks::count_variants(&self.0, request).await
    }

    async fn preview_message(
        &self,
        request: Request<proto::PreviewMessageRequest>,
    ) -> Reply<proto::PreviewMessageResponse> {
        blocks::preview(&self.0, request).await
    }

    async fn lint_text(
        &self,
        request: Request<proto::LintTextRequest>,
    ) -> Reply<proto::LintTextResponse> {
        blocks::lint_text(request)
    }

    async fn create_block(
        &self,
        request: Request<proto::CreateBlockRequest>,
    ) -> Reply<proto::CreateBlockResponse> {
        blocks::create(&self.0, request).await
    }

    async fn approve_block(
        &self,
        request: Request<proto::ApproveBlockRequest>,
    ) -> Reply<proto::ApproveBlockResponse> {
        blocks::approve(&self.0, request).await
    }

    async fn list_blocks(
        &self,
        request: Request<proto::ListBlocksRequest>,
    ) -> Reply<proto::ListBlocksResponse> {
        blocks::list(&self.0, request).await
    }

    async fn send_message(
        &self,
        request: Request<proto::SendMessageRequest>,
    ) -> Reply<proto::SendMessageResponse> {
        message::send(&self.0, request).await
    }

    async fn get_message(
        &self,
        request: Request<proto::GetMessageRequest>,
    ) -> Reply<proto::GetMessageResponse> {
        message::get(&self.0, request).await
    }

    async fn list_messages(
        &self,
        request: Request<proto::ListMessagesRequest>,
    ) -> Reply<proto::ListMessagesResponse> {
        message::list(&self.0, request).await
    }

    async fn cancel_message(
        &self,
        request: Request<proto::CancelMessageRequest>,
    ) -> Reply<proto::CancelMessageResponse> {
        message::cancel(&self.0, request).await
    }

    async fn set_contact_preferences(
        &self,
        request: Request<proto::SetContactPreferencesRequest>,
    ) -> Reply<proto::SetContactPreferencesResponse> {
        contact::set_preferences(&self.0, request).await
    }

    async fn get_contact_budget(
        &self,
        request: Request<proto::GetContactBudgetRequest>,
    ) -> Reply<proto::GetContactBudgetResponse> {
        contact::budget(&self.0, request).await
    }

    async fn receive_inbound(
        &self,
        _: Request<proto::ReceiveInboundRequest>,
    ) -> Reply<proto::ReceiveInboundResponse> {
        Err(kulanz_chassis::not_yet("ReceiveInbound"))
    }

    async fn report_receipt(
        &self,
        request: Request<proto::ReportReceiptRequest>,
    ) -> Reply<proto::ReportReceiptResponse> {
        receipt::report(&self.0, request).await
    }

    async fn verify_message(
        &self,
        request: Request<proto::VerifyMessageRequest>,
    ) -> Reply<proto::VerifyMessageResponse> {
        message::verify(&self.0, request).await
    }

    async fn export_person_data(
        &self,
        _: Request<proto::ExportPersonDataRequest>,
    ) -> Reply<Records> {
        Err(kulanz_chassis::not_yet("ExportPersonData"))
    }

    async fn erase_person_data(
        &self,
        _: Request<proto::ErasePersonDataRequest>,
    ) -> Reply<proto::ErasePersonDataResponse> {
        Err(kulanz_chassis::not_yet("ErasePersonData"))
    }
}
