//! What the services say came of it: the movements of the creditor's claims.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kulanz_proto::claims::v1::{ListMovementsRequest, Movement};
use kulanz_simulator::behaviour::{Cause, Event};

use super::house::Agency;
use super::rows;

/// Money that was booked on a claim.
pub(super) struct Payment {
    pub place: usize,
    pub value_date: NaiveDate,
    pub cents: i64,
}

impl Payment {
    /// The payment as it is counted; why it came nobody but the payer knows.
    pub const fn event(&self) -> Event {
        Event::Paid { cents: self.cents, cause: Cause::Contact }
    }
}

/// What moved.
#[derive(Default)]
pub(super) struct Movements {
    pub payments: Vec<Payment>,
    /// Whose claims were paid in full.
    pub settled: BTreeSet<usize>,
}

/// Reads all movements of the creditor's claims.
pub(super) async fn movements(agency: &Agency) -> anyhow::Result<Movements> {
    let request = ListMovementsRequest {
        creditor_id: agency.creditor.to_string(),
        ..ListMovementsRequest::default()
    };
    let request = agency.session.request(request);
    let mut stream = agency.session.clients.claims().list_movements(request).await?.into_inner();
    let mut found = Movements::default();
    while let Some(answer) = stream.message().await? {
        let Some(movement) = answer.movement else { continue };
        let Some(place) = rows::place_of(&movement.reference) else { continue };
        if movement.to_state == "PAID" {
            found.settled.insert(place);
        }
        found.payments.extend(payment(place, &movement)?);
    }
    Ok(found)
}

fn payment(place: usize, movement: &Movement) -> anyhow::Result<Option<Payment>> {
    let (Some(date), Some(amount)) = (movement.value_date, &movement.amount) else {
        return Ok(None);
    };
    if movement.kind != "PAYMENT" {
        return Ok(None);
    }
    let value_date = NaiveDate::try_from(date)?;
    Ok(Some(Payment { place, value_date, cents: -amount.minor_units }))
}
