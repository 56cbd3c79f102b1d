//! A file that shows what the person says. It goes to claims while it comes in: the portal keeps nothing
//! of it, and what was cut off on the way is not taken for a whole file.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Path};
use axum::response::Response;
use http::StatusCode;
use kulanz_proto::claims::v1::upload_evidence_request::Part;
use kulanz_proto::claims::v1::{EvidenceHeader, UploadEvidenceRequest};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};

use super::objections::ObjectionPage;
use super::report::noted;
use crate::answer::form_again;
use crate::error::{PortalError, is_about_input, reason};
use crate::session::Notice;
use crate::texts::Objections;
use crate::visit::{Debtor, Proof};

/// Most bytes of an upload that are read. It is far more than claims takes: a browser shows an answer
/// only when it has sent everything, so what is too large is read to its end and dropped.
pub(super) const READ_MAX: usize = 128 * 1024 * 1024;
/// Most bytes of a field that is no file.
const FIELD_MAX: usize = 200;
/// Most bytes of one message to claims.
const PIECE_MAX: usize = 256 * 1024;
/// Most characters of a file's name.
const NAME_MAX: usize = 200;

/// What came before the file.
struct Fields {
    proof: Proof,
    slot: String,
}

/// Takes a file in.
pub(super) async fn upload(
    debtor: Debtor,
    Path(challenge_id): Path<String>,
    mut form: Multipart,
) -> Result<Response, PortalError> {
    let proof = Proof { csrf: String::new(), request_id: String::new() };
    let mut fields = Fields { proof, slot: String::new() };
    while let Some(mut field) = form.next_field().await.map_err(|_| PortalError::FormOutdated)? {
        match field.name() {
            Some("csrf") => fields.proof.csrf = short(&mut field).await?,
            Some("request_id") => fields.proof.request_id = short(&mut field).await?,
            Some("slot") => fields.slot = short(&mut field).await?,
            Some("file") => {
                debtor.visit.check(&fields.proof)?;
                return take(&debtor, &challenge_id, fields, field).await;
            }
            _ => {}
        }
    }
    debtor.visit.check(&fields.proof)?;
    again(&debtor, &challenge_id, &fields.slot, |text| text.no_file).await
}

/// The text of a field of a few letters.
async fn short(field: &mut Field<'_>) -> Result<String, PortalError> {
    let mut bytes = Vec::new();
    while let Some(more) = field.chunk().await.map_err(|_| PortalError::FormOutdated)? {
        bytes.extend_from_slice(&more);
        if bytes.len() > FIELD_MAX {
            return Err(PortalError::FormOutdated);
        }
    }
    String::from_utf8(bytes).map_err(|_| PortalError::FormOutdated)
}

async fn take(
    debtor: &Debtor,
    challenge_id: &str,
    fields: Fields,
    field: Field<'_>,
) -> Result<Response, PortalError> {
    let file_name = name(field.file_name().unwrap_or_default());
    let Fields { proof, slot } = fields;
    if file_name.is_empty() {
        return again(debtor, challenge_id, &slot, |text| text.no_file).await;
    }
    let header = EvidenceHeader {
        request_id: proof.request_id,
        challenge_id: challenge_id.to_owned(),
        slot: slot.clone(),
        file_name,
    };
    match pass_on(debtor, header, field).await {
        Ok(Ok(())) => Ok(noted(debtor, Notice::Uploaded, &format!("/objections/{challenge_id}"))),
        Ok(Err(status)) => match reason(&status).as_deref() {
            Some("EVIDENCE_TOO_LARGE") => {
                again(debtor, challenge_id, &slot, |text| text.too_large).await
            }
            Some("EVIDENCE_TYPE") => {
                again(debtor, challenge_id, &slot, |text| text.wrong_type).await
            }
            _ if is_about_input(&status) => {
                again(debtor, challenge_id, &slot, |text| text.bad_input).await
            }
            _ => Err(status.into()),
        },
        Err(cut_off) if cut_off.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            again(debtor, challenge_id, &slot, |text| text.too_large).await
        }
        Err(_) => Err(PortalError::FormOutdated),
    }
}

/// The last part of a name: some browsers send the folders of the person's machine with it.
fn name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(NAME_MAX).collect()
}

/// Hands the file to claims, piece by piece as it comes; what claims says to it, or why reading ended.
async fn pass_on(
    debtor: &Debtor,
    header: EvidenceHeader,
    mut field: Field<'_>,
) -> Result<Result<(), tonic::Status>, MultipartError> {
    let (sender, receiver) = mpsc::channel(1);
    let mut client = debtor.clients().claims();
    let call = client.upload_evidence(debtor.outgoing(messages(header, receiver)));
    let call = async { Ok(call.await.map(drop)) };
    let (answer, ()) = tokio::try_join!(call, read(&mut field, sender))?;
    Ok(answer)
}

/// The messages of an upload. They end where the file is whole; if reading breaks off before, they never
/// end, so that claims sees a call that was given up and keeps nothing.
fn messages(
    header: EvidenceHeader,
    pieces: mpsc::Receiver<Option<Vec<u8>>>,
) -> impl Stream<Item = UploadEvidenceRequest> {
    let message = |part| UploadEvidenceRequest { part: Some(part) };
    let pieces = ReceiverStream::new(pieces)
        .chain(tokio_stream::pending())
        .map_while(move |piece| piece.map(|bytes| message(Part::Chunk(bytes))));
    tokio_stream::once(message(Part::Header(header))).chain(pieces)
}

/// Reads the file to its end, whether claims still wants it or not; `None` follows the last piece.
async fn read(
    field: &mut Field<'_>,
    sender: Sender<Option<Vec<u8>>>,
) -> Result<(), MultipartError> {
    while let Some(bytes) = field.chunk().await? {
        for piece in bytes.chunks(PIECE_MAX) {
            // Nobody listens once claims has refused.
            let _ = sender.send(Some(piece.to_vec())).await;
        }
    }
    let _ = sender.send(None).await;
    Ok(())
}

async fn again(
    debtor: &Debtor,
    challenge_id: &str,
    slot: &str,
    problem: impl Fn(&'static Objections) -> &'static str,
) -> Result<Response, PortalError> {
    let mut answer = ObjectionPage::fetch(debtor, challenge_id).await?;
    answer.page = answer.page.problem(true);
    answer.problem = problem(answer.text);
    if !slot.is_empty() {
        slot.clone_into(&mut answer.chosen);
    }
    form_again(&answer)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn what_is_whole_ends_and_what_was_cut_off_never_does() {
        for whole in [true, false] {
            let (sender, receiver) = mpsc::channel(2);
            let mut sent = pin!(messages(EvidenceHeader::default(), receiver));
            sender.send(Some(b"half".to_vec())).await.unwrap();
            if whole {
                sender.send(None).await.unwrap();
            }
            drop(sender);
            let first = sent.next().await.and_then(|message| message.part);
            assert!(matches!(first, Some(Part::Header(_))));
            let second = sent.next().await.and_then(|message| message.part);
            assert_eq!(second, Some(Part::Chunk(b"half".to_vec())));
            let end = poll_fn(|context| Poll::Ready(sent.as_mut().poll_next(context))).await;
            assert_eq!(end, if whole { Poll::Ready(None) } else { Poll::Pending });
        }
    }

    #[test]
    fn a_name_loses_its_folders_and_what_is_too_long() {
        assert_eq!(name("C:\\Users\\Mona\\Beleg.pdf"), "Beleg.pdf");
        assert_eq!(name("/home/mona/Beleg.pdf"), "Beleg.pdf");
        assert_eq!(name("a\nb.pdf"), "ab.pdf");
        assert_eq!(name(&"ä".repeat(300)).chars().count(), 200);
        assert_eq!(name("folder/"), "");
    }
}
