//! A settlement as payments tells of it: once what was agreed is paid the rest is waived, and what was
//! waived is owed again where the payment goes back.

use chrono::Days;
use kulanz_law::LawError;
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::{ClaimId, Money, MoneyError};

use super::account::{Draft, book};
use super::change::{Cause, Why, follow};
use super::today;
use crate::domain::account::{Entry, EntryKind, Subject};
use crate::domain::settlement::{paid, rest_on};
use crate::error::Error;
use crate::store::arrangement::{self, Outcome};
use crate::store::{claim, entry};

/// Due work that waives what could not be waived yet.
pub const WAIVE_REST: &str = "waive_rest";

/// On what it rests that a waiver falls with the payment that was its condition.
const CONDITION: &str = "§ 158 Abs. 1, § 397 Abs. 1 BGB";

/// Why a claim is owed again.
const NOT_KEPT: &str = "SETTLEMENT_NOT_KEPT";

/// Notes that a settlement was kept: what was agreed is paid, the rest is waived.
pub async fn settle(
    work: &Work,
    claim_id: ClaimId,
    arrangement_id: &str,
    settled_for: Money,
) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    if settled_for.currency() != claim.currency()? {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let agreed = Some(settled_for.minor_units());
    arrangement::note(work, &claim.claim_id, arrangement_id, Some(Outcome::Kept), agreed).await?;
    let why = Why::new("service:payments", "ARRANGEMENT_COMPLETED");
    let claim = follow(work, claim, why.by(&[arrangement_id]), None).await?;
    weigh(work, claim).await
}

/// Brings what was waived on a claim in line with its settlements and with what came in and stayed: news
/// of money and of settlements come in any order.
pub async fn weigh(work: &Work, mut claim: claim::Model) -> Result<(), Error> {
    let mut settlements = arrangement::of_claim(work, &claim.claim_id).await?;
    settlements.retain(|row| row.settled_for.is_some());
    if settlements.is_empty() {
        return Ok(());
    }
    let currency = claim.currency()?;
    let rows = entry::facts(work, vec![claim.claim_id.clone()]).await?;
    let entries = rows.iter().map(|row| row.entry(currency)).collect::<Result<Vec<Entry>, _>>()?;
    let paid = paid(currency, &entries)?.minor_units();
    let mut stands = false;
    for settlement in &settlements {
        let id = settlement.arrangement_id.as_str();
        let holds = settlement.is_kept() && settlement.settled_for.is_some_and(|it| it <= paid);
        stands |= holds;
        let waiver = rows.iter().find(|row| row.is_credit_for(id));
        claim = match waiver {
            Some(waiver) if !holds => take_back(work, claim, waiver, id).await?,
            None if holds => waive(work, claim, &entries, id).await?,
            _ => claim,
        };
    }
    if claim.settled && !stands {
        claim.settled = false;
        follow(work, claim, Why::new("service:payments", NOT_KEPT), None).await?;
    }
    Ok(())
}

/// Waives what could not be waived when its settlement was kept, or looks again tomorrow.
pub async fn waive_waiting(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    if let Some(claim) = claim::find_locked(&work, item.key.parse()?).await? {
        weigh(&work, claim).await?;
    }
    Ok(work.commit().await?)
}

/// Waives the rest by an entry of today (§ 397 Abs. 1 BGB). Where the news of the payments come after that
/// of the settlement it waits for them: else it would waive what the payments cover.
async fn waive(
    work: &Work,
    mut claim: claim::Model,
    entries: &[Entry],
    arrangement_id: &str,
) -> Result<claim::Model, Error> {
    let rest = match rest_on(claim.currency()?, &claim.terms()?, entries, today(work)) {
        Err(LawError::Provisional { .. }) => return wait(work, claim, arrangement_id).await,
        rest => rest?,
    };
    if !rest.is_positive() {
        return Ok(claim);
    }
    let why = Why::new("service:payments", "ARRANGEMENT_COMPLETED");
    let subject = Subject::Settlement;
    let draft = Draft::new(EntryKind::Credit, subject, today(work), rest, why.actor);
    book(work, &mut claim, draft.caused_by(arrangement_id)).await?;
    claim.settled = true;
    follow(work, claim, why.by(&[arrangement_id]), Some(Cause::Credit)).await
}

/// No rest is posted that rests on a base rate not announced yet. Until it is, the claim is settled all the
/// same: what its account shows is not asked for.
async fn wait(
    work: &Work,
    mut claim: claim::Model,
    arrangement_id: &str,
) -> Result<claim::Model, Error> {
    let tomorrow = work.now().checked_add_days(Days::new(1)).unwrap_or(work.now());
    work.schedule(Due::new(WAIVE_REST, &claim.claim_id, tomorrow)).await?;
    if claim.settled {
        return Ok(claim);
    }
    claim.settled = true;
    let why = Why::new("service:payments", "ARRANGEMENT_COMPLETED");
    follow(work, claim, why.by(&[arrangement_id]), None).await
}

/// The payment was the condition of the waiver: what was waived is owed as if it had never been. Nothing is
/// waived by the same settlement again, whatever is paid later.
async fn take_back(
    work: &Work,
    mut claim: claim::Model,
    waiver: &entry::Fact,
    arrangement_id: &str,
) -> Result<claim::Model, Error> {
    let entry_id = waiver.entry_id.as_str();
    if entry::is_booked(work, &claim.claim_id, "correction", Some(entry_id)).await? {
        return Ok(claim);
    }
    let why = Why::new("service:payments", NOT_KEPT);
    let kind = EntryKind::Correction(entry_id.parse()?);
    let amount = Money::new(claim.currency()?, waiver.amount);
    let draft = Draft::new(kind, Subject::Settlement, waiver.value_date, amount, why.actor);
    book(work, &mut claim, draft.norm(CONDITION)).await?;
    claim.settled = false;
    follow(work, claim, why.by(&[arrangement_id]), Some(Cause::Correction)).await
}
