//! The copy of everything that is held about a person (Art. 15 Abs. 3 GDPR): what claims holds, then what
//! every other service holds, record by record. A copy that cannot be completed ends with an error.

mod evidence;
mod json;
mod neighbours;
mod own;

use kulanz_chassis::{Streamed, status};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::types::v1::PersonDataPart;
use kulanz_types::DebtorId;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::Api;
use super::access::debtor_id;
use super::who::Who;
use crate::app::debtors;
use crate::error::Error;

/// Records that wait for a slow reader; then the next ones wait to be read.
const WAITING: usize = 16;

/// Why a copy ends before its end.
pub enum Ended {
    /// Nobody listens any more.
    Gone,
    /// It cannot be completed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Where the records go.
pub struct Copy {
    sender: Sender<Result<wire::ExportDebtorDataResponse, Status>>,
}

impl Copy {
    /// Hands on one record.
    pub async fn add(&self, part: PersonDataPart) -> Result<(), Ended> {
        let response = wire::ExportDebtorDataResponse { part: Some(part) };
        self.sender.send(Ok(response)).await.map_err(|_| Ended::Gone)
    }

    async fn add_all(&self, parts: Vec<PersonDataPart>) -> Result<(), Ended> {
        for part in parts {
            self.add(part).await?;
        }
        Ok(())
    }
}

/// Copies everything about a person.
pub async fn export(
    api: &Api,
    who: Who,
    request: wire::ExportDebtorDataRequest,
) -> Result<Streamed<wire::ExportDebtorDataResponse>, Error> {
    let id = debtor_id(&request.debtor_id)?;
    who.may_see(&request.debtor_id, id)?;
    let work = api.store.begin(who.tenant).await?;
    debtors::get(&work, id).await?;
    drop(work);
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(run(api.clone(), who, id, Copy { sender }));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

async fn run(api: Api, who: Who, id: DebtorId, copy: Copy) {
    if let Err(Ended::Failed(error)) = everything(&api, &who, id, &copy).await {
        drop(copy.sender.send(Err(status(error))).await);
    }
}

async fn everything(api: &Api, who: &Who, id: DebtorId, copy: &Copy) -> Result<(), Ended> {
    own::copy(api, who.tenant, id, copy).await?;
    evidence::copy(api, who.tenant, id, copy).await?;
    neighbours::copy(&api.clients, who.tenant, id, copy).await
}
