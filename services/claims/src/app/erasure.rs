//! Erasure (Art. 17 GDPR): here at once, in every other service as soon as it can be reached.

use chrono::NaiveDate;
use kulanz_store::{Due, Store, StoreError, Work};
use kulanz_types::{DebtorId, DisputeId, TenantId, berlin_date};
use serde::{Deserialize, Serialize};

use super::settlements::WAIVE_REST;
use super::today;
use crate::domain::lifecycle::ClaimState;
use crate::domain::retention::{Class, duty};
use crate::error::Error;
use crate::store::{claim, debtor, entry, erasure, hold, person_rows};

/// Due work that asks the other services until each has erased.
pub const ERASE_PERSON: &str = "erase_person";

/// Every service that holds something about people, beside this one.
pub const OTHERS: [&str; 4] = ["experimentation", "messaging", "payments", "personas"];

const OWN: &str = "claims";
const ERASED: &str = "erased";

/// What a duty keeps, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retained {
    /// The service that keeps it.
    pub service: String,
    /// What it is.
    pub kind: String,
    /// The duty.
    pub norm: String,
    /// How many records.
    pub count: i64,
    /// Last day of the duty, if it is known.
    pub until: Option<NaiveDate>,
}

/// An order to erase.
pub struct Order<'a> {
    /// Why. It is not kept: free text may name the person.
    pub reason: &'a str,
    /// Who orders it.
    pub actor: &'a str,
}

/// What became of an order.
pub struct Standing {
    /// What duties keep, of every service that has answered.
    pub retained: Vec<Retained>,
    /// Services that have not erased yet.
    pub pending: Vec<String>,
}

/// What would stay here, or the reason why nothing may be erased yet.
pub async fn foresee(work: &Work, id: DebtorId) -> Result<Vec<Retained>, Error> {
    let row = debtor::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let claims = closed_claims(work, &row).await?;
    retained(work, &row.debtor_id, &claims).await
}

/// Erases what claims holds and orders the same of every other service. A person who is erased already
/// stays so.
///
/// # Errors
/// `CLAIM_STATE` while a claim of theirs is not closed: it is needed to establish or defend legal claims
/// (Art. 17 Abs. 3 lit. e GDPR).
pub async fn order(work: &Work, id: DebtorId, order: &Order<'_>) -> Result<(), Error> {
    work.about(id);
    let claims = claim::of_debtors(work, vec![id.to_string()]).await?;
    for claim in &claims {
        claim::find_locked(work, claim.id()?).await?;
    }
    let found = debtor::find_locked(work, vec![id.to_string()]).await?.pop();
    let row = found.ok_or_else(|| Error::not_found(id))?;
    if row.state == ERASED {
        return Ok(());
    }
    let claims = closed_claims(work, &row).await?;
    let kept = retained(work, &row.debtor_id, &claims).await?;
    forget(work, &row.debtor_id, &claims).await?;
    erasure::blank(work, &row.debtor_id).await?;
    work.destroy_keys(id).await?;
    let reason_index = work.blind_index("erasure reason", order.reason);
    work.fact("reason_index", &reason_index);
    note(work, &row.debtor_id, (&reason_index, order.actor), &kept).await?;
    work.schedule(Due::new(ERASE_PERSON, id, work.now())).await?;
    leave_shell(work, row).await
}

/// The debtor's claims, if every one of them is closed.
async fn closed_claims(work: &Work, row: &debtor::Model) -> Result<Vec<claim::Model>, Error> {
    let claims = claim::of_debtors(work, vec![row.debtor_id.clone()]).await?;
    for claim in &claims {
        let state = claim.state()?;
        if !state.is_closed() {
            return Err(Error::ClaimState { claim_id: claim.claim_id.clone(), state });
        }
    }
    let ids = claims.iter().map(|claim| claim.claim_id.clone()).collect();
    let objected = |hold: &hold::Model| {
        let challenge = hold.cause.as_ref().is_some_and(|id| id.parse::<DisputeId>().is_ok());
        challenge || hold.kind == "dispute"
    };
    let undecided = hold::in_force(work, ids).await?.into_iter().find(objected);
    match undecided {
        // A closed claim that is still objected to: the answer is owed first.
        Some(hold) => {
            Err(Error::ClaimState { claim_id: hold.claim_id, state: ClaimState::Disputed })
        }
        None => Ok(claims),
    }
}

async fn retained(
    work: &Work,
    debtor_id: &str,
    claims: &[claim::Model],
) -> Result<Vec<Retained>, Error> {
    let today = today(work);
    let mut last = None;
    for claim in claims {
        let entries = entry::facts(work, vec![claim.claim_id.clone()]).await?;
        last = last.max(entries.iter().map(|entry| berlin_date(entry.booked_at)).max());
    }
    let made = last.unwrap_or(today);
    let [entries, challenges] = erasure::counts(work, debtor_id).await?;
    let claims = i64::try_from(claims.len()).unwrap_or(i64::MAX);
    let kept = |kind: &str, class, count| {
        let duty = duty(class, today);
        Retained {
            service: OWN.to_owned(),
            kind: kind.to_owned(),
            norm: duty.norm.to_owned(),
            count,
            until: Some(duty.until(made)),
        }
    };
    let all = [
        kept("claim", Class::Voucher, claims),
        kept("entry", Class::Book, entries),
        kept("challenge", Class::Letter, challenges),
    ];
    Ok(all.into_iter().filter(|one| one.count > 0).collect())
}

/// Removes scheduled work and remembered answers about the person.
async fn forget(work: &Work, debtor_id: &str, claims: &[claim::Model]) -> Result<(), Error> {
    let mut ids: Vec<String> = vec![debtor_id.to_owned()];
    ids.extend(claims.iter().map(|claim| claim.claim_id.clone()));
    ids.extend(person_rows::ids(work, debtor_id).await?);
    work.forget_answers(&ids).await?;
    let held = claims.iter().map(|claim| claim.claim_id.clone()).collect();
    ids.extend(hold::in_force(work, held).await?.into_iter().map(|hold| hold.hold_id));
    work.unschedule_all(&ids, &[ERASE_PERSON, WAIVE_REST]).await?;
    Ok(())
}

/// Notes what was ordered of whom.
async fn note(
    work: &Work,
    debtor_id: &str,
    (reason_index, actor): (&str, &str),
    kept: &[Retained],
) -> Result<(), Error> {
    let row = |service: &str, erased: bool, kept: &[Retained]| -> Result<_, Error> {
        Ok(erasure::Model {
            tenant_id: work.tenant().to_string(),
            debtor_id: debtor_id.to_owned(),
            service: service.to_owned(),
            request_id: uuid::Builder::from_random_bytes(work.seeds().bytes())
                .into_uuid()
                .to_string(),
            reason_index: reason_index.to_owned(),
            ordered_by: actor.to_owned(),
            ordered_at: work.now(),
            erased_at: erased.then(|| work.now()),
            retained: serde_json::to_string(kept)?,
        })
    };
    let mut rows = vec![row(OWN, true, kept)?];
    for service in OTHERS {
        rows.push(row(service, false, &[])?);
    }
    Ok(erasure::insert_many(work, rows).await?)
}

/// What stays of a debtor: an id, and that there was one.
async fn leave_shell(work: &Work, mut row: debtor::Model) -> Result<(), Error> {
    row.profile = Vec::new();
    row.name_index = String::new();
    row.birth_index = None;
    row.person_index = None;
    ERASED.clone_into(&mut row.state);
    super::debtors::touch(work, row, &["state"]).await?;
    Ok(())
}

/// What a service was asked, and under which id.
pub struct Asked {
    /// The service.
    pub service: String,
    /// The id of the call, the same for every repetition.
    pub request_id: String,
}

/// The services that have not erased a person yet.
pub async fn unanswered(
    store: &Store,
    tenant: TenantId,
    id: DebtorId,
) -> Result<Vec<Asked>, Error> {
    let work = store.begin(tenant).await?;
    let rows = erasure::of_debtor(&work, &id.to_string()).await?;
    let open = rows.into_iter().filter(|row| row.erased_at.is_none());
    Ok(open.map(|row| Asked { service: row.service, request_id: row.request_id }).collect())
}

/// Notes that a service has erased a person, and what it kept.
pub async fn answered(
    store: &Store,
    tenant: TenantId,
    id: DebtorId,
    service: &str,
    kept: &[Retained],
) -> Result<(), Error> {
    let work = store.begin(tenant).await?;
    let open = erasure::unanswered_locked(&work, &id.to_string(), service).await?;
    let Some(mut row) = open else { return Ok(()) };
    row.erased_at = Some(work.now());
    row.retained = serde_json::to_string(kept)?;
    erasure::update(&work, row).await?;
    work.act("service:claims", "PersonErased");
    work.about(id);
    work.fact("service", service);
    Ok(work.commit().await?)
}

/// How far the erasure of a person has come.
pub async fn standing(work: &Work, id: DebtorId) -> Result<Standing, Error> {
    let mut standing = Standing { retained: Vec::new(), pending: Vec::new() };
    for row in erasure::of_debtor(work, &id.to_string()).await? {
        if row.erased_at.is_none() {
            standing.pending.push(row.service);
            continue;
        }
        let kept: Vec<Retained> = serde_json::from_str(&row.retained)
            .map_err(|_| StoreError::Unreadable { what: "erasure.retained" })?;
        standing.retained.extend(kept);
    }
    Ok(standing)
}
