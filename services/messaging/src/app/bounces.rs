//! What is not used any more: addresses at which nothing arrives, or whose reader complained.

use kulanz_store::Work;

use crate::domain::bounce::{Bounce, SOFT_BOUNCES};
use crate::domain::message::MessageClass;
use crate::domain::message::MessageState;
use crate::error::Error;
use crate::store::claims;
use crate::store::contacts::PointKind;
use crate::store::contacts::suppression::{self, Reason};
use crate::store::messages::{self, Message};

/// The channel refused a message to `address` for good; whether the address is given up.
pub async fn refused(
    work: &Work,
    message: &Message,
    address: &str,
    code: &str,
) -> Result<bool, Error> {
    let Some(kind) = PointKind::of(message.treatment.channel) else { return Ok(false) };
    if address.is_empty() || Bounce::of(code) == Bounce::Soft {
        return Ok(false);
    }
    suppression::add(work, kind, &kind.blind(work, address), Reason::Bounced).await?;
    Ok(true)
}

/// A provider tells that a message did not arrive; it was kept as failed before. Whether the address
/// is given up: at once after a hard bounce, else after some in a row.
pub async fn bounced(work: &Work, message: &Message, code: &str) -> Result<bool, Error> {
    let Some((kind, blind)) = address(work, message).await? else { return Ok(false) };
    let gone = Bounce::of(code) == Bounce::Hard
        || messages::failed_in_a_row(work, &blind).await? >= SOFT_BOUNCES;
    if gone {
        suppression::add(work, kind, &blind, Reason::Bounced).await?;
    }
    Ok(gone)
}

/// The reader complained to the provider: nobody of the tenant writes there any more.
pub async fn complained(work: &Work, message: &Message) -> Result<(), Error> {
    if let Some((kind, blind)) = address(work, message).await? {
        suppression::add(work, kind, &blind, Reason::Complained).await?;
    }
    Ok(())
}

/// It arrived after all.
pub async fn arrived(work: &Work, message: &Message) -> Result<(), Error> {
    if let Some((kind, blind)) = address(work, message).await? {
        suppression::lift(work, kind, &blind, Reason::Bounced).await?;
    }
    Ok(())
}

async fn address(work: &Work, message: &Message) -> Result<Option<(PointKind, String)>, Error> {
    let blind = messages::address_index(work, message.id).await?;
    let kind = PointKind::of(message.treatment.channel);
    Ok(kind.map(|kind| (kind, blind)).filter(|(_, blind)| !blind.is_empty()))
}

/// Says anew when the claims of a first notice were told (§ 13a Abs. 1 RDG): by the first notice of
/// each that stands, this one or another. A notice that bounced was not given.
pub async fn count_notices(work: &Work, message: &Message) -> Result<(), Error> {
    if message.class != MessageClass::FirstNotice {
        return Ok(());
    }
    let given = [MessageState::Sent, MessageState::Delivered];
    let given = messages::of_debtor(work, message.debtor, &given).await?;
    for claim in &message.claims {
        let told = given
            .iter()
            .filter(|one| one.class == MessageClass::FirstNotice && one.claims.contains(claim))
            .filter_map(|one| one.sent_at)
            .min();
        claims::change(work, *claim, message.debtor, |mark| mark.notified_at = told).await?;
    }
    Ok(())
}
