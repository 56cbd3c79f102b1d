//! One stream of an import: rows go out, verdicts come back, until the end or a break.

use kulanz_chassis::{KulanzChannel, outgoing_as};
use kulanz_proto::claims::v1::claims_service_client::ClaimsServiceClient;
use kulanz_proto::claims::v1::import_claims_request::Part;
use kulanz_proto::claims::v1::import_claims_response::Part as Answer;
use kulanz_proto::claims::v1::{
    ImportAccepted, ImportClaimsRequest, ImportClaimsResponse, ImportFinish, ImportHeader,
    NumberedRow,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// Rows that may wait for the network; what bounds memory is the server's flow control.
const ROWS_AHEAD: usize = 256;

/// An open stream whose header was accepted.
pub(super) struct Session {
    rows: mpsc::Sender<ImportClaimsRequest>,
    answers: Streaming<ImportClaimsResponse>,
    accepted: ImportAccepted,
}

impl Session {
    /// Opens a stream and waits until claims says where to begin; `None` if the import is over.
    pub async fn open(
        client: &mut ClaimsServiceClient<KulanzChannel>,
        token: &str,
        header: ImportHeader,
    ) -> Result<Option<Self>, Status> {
        let (rows, waiting) = mpsc::channel(ROWS_AHEAD);
        // There is room: nothing was sent yet, and the receiver is in hand.
        let _ = rows.try_send(ImportClaimsRequest { part: Some(Part::Header(header)) });
        let request = outgoing_as(token, ReceiverStream::new(waiting));
        let mut answers = client.import_claims(request).await?.into_inner();
        match answers.message().await?.and_then(|answer| answer.part) {
            Some(Answer::AcceptedHeader(accepted)) => Ok(Some(Self { rows, answers, accepted })),
            Some(Answer::Summary(_)) => Ok(None),
            _ => Err(Status::unknown("the stream ended before the header was accepted")),
        }
    }

    /// Where claims wants to go on, and under which import.
    pub const fn accepted(&self) -> &ImportAccepted {
        &self.accepted
    }

    /// The two ends, to be used at the same time.
    pub fn split(self) -> (RowSender, AnswerReceiver) {
        (RowSender(self.rows), AnswerReceiver(self.answers))
    }
}

/// Sends rows.
pub(super) struct RowSender(mpsc::Sender<ImportClaimsRequest>);

impl RowSender {
    /// Sends a row; `false` once the stream is broken, which the other end explains.
    pub async fn row(&self, row: NumberedRow) -> bool {
        self.0.send(ImportClaimsRequest { part: Some(Part::Row(row)) }).await.is_ok()
    }

    /// Says that there are no more rows.
    pub async fn finish(self) {
        let part = Some(Part::Finish(ImportFinish {}));
        let _ = self.0.send(ImportClaimsRequest { part }).await;
    }
}

/// Receives answers.
pub(super) struct AnswerReceiver(Streaming<ImportClaimsResponse>);

impl AnswerReceiver {
    /// The next answer; a stream that ends before its summary is broken.
    pub async fn next(&mut self) -> Result<Answer, Status> {
        loop {
            match self.0.message().await? {
                Some(ImportClaimsResponse { part: Some(answer) }) => return Ok(answer),
                Some(ImportClaimsResponse { part: None }) => {}
                None => return Err(Status::unavailable("the stream ended before its summary")),
            }
        }
    }
}
