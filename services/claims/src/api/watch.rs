//! A claim followed by a stream.

use std::time::Duration;

use kulanz_chassis::status;
use kulanz_proto::claims::v1 as wire;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::claims::claim_id;
use super::who::Who;
use super::{Api, Streamed, convert};
use crate::app::claims::get;
use crate::error::Error;

/// How soon a change is seen. Read from the table, as another replica may have made it.
const LOOK: Duration = Duration::from_millis(250);

type Answer = Result<wire::WatchClaimResponse, Status>;

/// Sends a claim now and after every change.
pub async fn watch(
    api: &Api,
    who: Who,
    request: wire::WatchClaimRequest,
) -> Result<Streamed<wire::WatchClaimResponse>, Error> {
    let first = look(api, &who, &request.claim_id).await?;
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(follow(api.clone(), who, first, sender));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

async fn follow(api: Api, who: Who, first: wire::Claim, sender: Sender<Answer>) {
    let (id, mut version) = (first.claim_id.clone(), first.version);
    let mut next = Some(Ok(first));
    loop {
        if let Some(answer) = next.take() {
            let failed = answer.is_err();
            let answer = answer.map(|claim| wire::WatchClaimResponse { claim: Some(claim) });
            if sender.send(answer).await.is_err() || failed {
                return;
            }
        }
        tokio::select! {
            () = sender.closed() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        match look(&api, &who, &id).await {
            Ok(claim) if claim.version == version => {}
            Ok(claim) => {
                version = claim.version;
                next = Some(Ok(claim));
            }
            Err(error) => next = Some(Err(status(error))),
        }
    }
}

async fn look(api: &Api, who: &Who, id: &str) -> Result<wire::Claim, Error> {
    let work = api.store.begin(who.tenant).await?;
    let view = get(&work, claim_id(id)?).await?;
    who.may_see(&view.claim.debtor_id, id)?;
    convert::claim(&view)
}
