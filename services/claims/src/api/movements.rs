//! The stream of a creditor's movements.

use kulanz_chassis::{Violations, status};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{instant, timestamp};
use kulanz_store::StoreError;
use kulanz_types::{CreditorId, Money};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::who::Who;
use super::{Api, Streamed, id};
use crate::app::creditors;
use crate::app::movements::{Cursor, Movement, Reader};
use crate::error::Error;
use crate::store::movements::{Query, Row};

/// Movements that wait for a reader who is slower than we are.
const AHEAD: usize = 64;

type Answer = Result<wire::ListMovementsResponse, Status>;

/// Streams what happened to a creditor's claims after a cursor.
pub async fn list(
    api: &Api,
    who: Who,
    request: wire::ListMovementsRequest,
) -> Result<Streamed<wire::ListMovementsResponse>, Error> {
    let creditor_id: CreditorId = id(&request.creditor_id)?;
    let work = api.store.begin(who.tenant).await?;
    creditors::get(&work, creditor_id).await?;
    drop(work);
    let mut violations = Violations::default();
    let cursor = match request.after.as_str() {
        "" => Some(Cursor::default()),
        text => text.parse().ok(),
    };
    violations.require(cursor.is_some(), "after", "is no cursor of this call");
    let from = request.from.as_ref().and_then(|at| violations.parse("from", instant(at)));
    let until = request.until.as_ref().and_then(|at| violations.parse("until", instant(at)));
    let reversed = from.zip(until).is_some_and(|(from, until)| until < from);
    violations.require(!reversed, "until", "lies before `from`");
    violations.into_result()?;
    let query = Query { creditor_id: creditor_id.to_string(), from, until };
    let cursor = cursor.unwrap_or_default();
    let reader = Reader::new(api.store.clone(), who.tenant, query, cursor);
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(send(reader, sender));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

async fn send(mut reader: Reader, sender: Sender<Answer>) {
    loop {
        let answer = match reader.next().await {
            Ok(Some((movement, cursor))) => told(movement, cursor).map_err(status),
            Ok(None) => return,
            Err(error) => Err(status(error)),
        };
        let failed = answer.is_err();
        if sender.send(answer).await.is_err() || failed {
            return;
        }
    }
}

fn told(movement: Movement, cursor: Cursor) -> Result<wire::ListMovementsResponse, Error> {
    let movement = match movement {
        Movement::Entry(row) => entry(row)?,
        Movement::Step(row) => step(row),
    };
    let movement = Some(wire::Movement { cursor: cursor.to_string(), ..movement });
    Ok(wire::ListMovementsResponse { movement })
}

fn entry(row: Row) -> Result<wire::Movement, Error> {
    let unreadable = StoreError::Unreadable { what: "claim.currency" };
    let currency = row.currency.parse().map_err(|_| unreadable)?;
    let amount = Money::new(currency, row.amount.unwrap_or_default());
    Ok(wire::Movement {
        kind: row.kind.to_uppercase(),
        value_date: row.value_date.map(Into::into),
        amount: Some(amount.into()),
        cause_id: row.cause.clone().unwrap_or_default(),
        ..of_claim(&row)
    })
}

fn step(row: Row) -> wire::Movement {
    wire::Movement {
        kind: "STATE".to_owned(),
        to_state: row.kind.to_uppercase(),
        reason: row.cause.clone().unwrap_or_default(),
        ..of_claim(&row)
    }
}

fn of_claim(row: &Row) -> wire::Movement {
    wire::Movement {
        claim_id: row.claim_id.clone(),
        reference: row.reference.clone(),
        recorded_at: Some(timestamp(row.recorded_at)),
        ..wire::Movement::default()
    }
}
