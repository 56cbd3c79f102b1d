//! What a person tells us that silences claims at once: not me, already paid.

use std::collections::HashSet;

use chrono::NaiveDate;
use kulanz_bus::publish;
use kulanz_proto::claims::v1::ContactPointKind;
use kulanz_proto::events::v1::ContactPointDisowned;
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, DisputeId, Money};
use serde::Serialize;

use super::change::{Why, locked_open};
use super::debtors;
use super::disputes::answer_by;
use super::holds::{NewHold, place};
use crate::domain::lifecycle::HoldKind;
use crate::domain::person::{ContactKind, ContactPoint, Profile};
use crate::error::Error;
use crate::store::{claim, debtor, disowned_address, report};

/// Column under which a report's words are sealed.
const DETAILS: &str = "report.details";

/// What is wrong about the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPerson {
    /// Never was the one.
    NotMe,
    /// The contact point belongs to someone else.
    ContactPointNotMine,
    /// The person moved away.
    Moved,
    /// The person died.
    Deceased,
    /// Someone used the person's name.
    IdentityTheft,
}

impl WrongPerson {
    const fn hold(self) -> HoldKind {
        match self {
            Self::NotMe | Self::ContactPointNotMine | Self::Moved => HoldKind::WrongPerson,
            Self::Deceased => HoldKind::Protection,
            Self::IdentityTheft => HoldKind::IdentityTheft,
        }
    }

    const fn debtor_state(self) -> &'static str {
        match self {
            Self::Deceased => "protected",
            _ => "identity_doubted",
        }
    }

    /// Whether the addresses we hold belong to someone else.
    const fn disowns(self) -> bool {
        matches!(self, Self::NotMe | Self::ContactPointNotMine)
    }
}

/// A report to be noted.
pub struct NewReport<'a> {
    /// What is wrong.
    pub reason: WrongPerson,
    /// Its number in the contract's enum.
    pub number: i32,
    /// In their words.
    pub explanation: &'a str,
    /// Who says so.
    pub actor: &'a str,
}

/// Notes that someone is not the person who owes: every claim of the debtor is silent at once, and no
/// address of the debtor is used for anyone. By when it will have been looked at.
pub async fn wrong_person(
    work: &Work,
    debtor_id: DebtorId,
    new: NewReport<'_>,
) -> Result<NaiveDate, Error> {
    debtors::get(work, debtor_id).await?;
    let details = Details { explanation: new.explanation, ..Details::default() };
    keep(work, debtor_id, None, ("wrong_person", new.number, new.actor), &details).await?;
    let mut silent = HashSet::new();
    silence_all(work, debtor_id, &new, &mut silent).await?;
    work.about(debtor_id);
    let view = debtors::locked(work, debtor_id).await?;
    // An import that had the debtor in hand may have added claims meanwhile.
    silence_all(work, debtor_id, &new, &mut silent).await?;
    let mut row = view.row;
    new.reason.debtor_state().clone_into(&mut row.state);
    match view.profile {
        Some(mut profile) if new.reason.disowns() => {
            disown(work, &row, &mut profile).await?;
            debtors::change(work, row, &profile, &["state", "contact_points"]).await?;
        }
        _ => drop(debtors::touch(work, row, &["state"]).await?),
    }
    Ok(answer_by(work))
}

/// Silences every claim of the debtor that is not `silent` yet.
async fn silence_all(
    work: &Work,
    debtor_id: DebtorId,
    new: &NewReport<'_>,
    silent: &mut HashSet<ClaimId>,
) -> Result<(), Error> {
    for claim in claim::of_debtors(work, vec![debtor_id.to_string()]).await? {
        let id = claim.id()?;
        if silent.insert(id) {
            silence(work, id, new).await?;
        }
    }
    Ok(())
}

async fn silence(work: &Work, claim_id: ClaimId, new: &NewReport<'_>) -> Result<(), Error> {
    let claim = match locked_open(work, claim_id).await {
        Err(Error::ClaimState { .. }) => return Ok(()),
        other => other?,
    };
    let kind = new.reason.hold();
    let hold = NewHold { kind, reason: "reported by whoever was reached", expires_at: None };
    let why = Why::new(new.actor, "WRONG_PERSON_REPORTED");
    place(work, claim, hold, why).await?;
    Ok(())
}

async fn disown(work: &Work, row: &debtor::Model, profile: &mut Profile) -> Result<(), Error> {
    for point in profile.contact_points.iter_mut().filter(|point| point.usable) {
        point.usable = false;
        "disowned by whoever was reached there".clone_into(&mut point.note);
        let event = disowned(work, row, point);
        disowned_address::note(work, &event.address_hash, &row.debtor_id).await?;
        publish(work, &row.debtor_id, &row.debtor_id, row.version + 1, &event).await?;
    }
    Ok(())
}

fn disowned(work: &Work, row: &debtor::Model, point: &ContactPoint) -> ContactPointDisowned {
    let kind = match point.kind {
        ContactKind::Email => ContactPointKind::Email,
        ContactKind::Mobile => ContactPointKind::Mobile,
        ContactKind::Phone => ContactPointKind::Phone,
    };
    ContactPointDisowned {
        debtor_id: row.debtor_id.clone(),
        kind: kind.into(),
        address_hash: disowned_address::hash(work, &point.value),
    }
}

/// What the debtor says about a payment of theirs.
#[derive(Debug, Default, Serialize)]
pub struct Details<'a> {
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// How much.
    pub amount: Option<Money>,
    /// To whom and how, or whatever else was said.
    pub explanation: &'a str,
}

/// Notes that the debtor says that a claim is paid. The claim, and by when it will have been looked at.
pub async fn already_paid(
    work: &Work,
    claim_id: ClaimId,
    details: &Details<'_>,
    actor: &str,
) -> Result<(claim::Model, NaiveDate), Error> {
    let claim = locked_open(work, claim_id).await?;
    keep(work, claim.debtor()?, Some(claim_id), ("already_paid", 0, actor), details).await?;
    let kind = HoldKind::AlreadyPaid;
    let hold = NewHold { kind, reason: "the debtor says that it is paid", expires_at: None };
    let why = Why::new(actor, "PAYMENT_CLAIMED");
    let (claim, _) = place(work, claim, hold, why).await?;
    Ok((claim, answer_by(work)))
}

async fn keep(
    work: &Work,
    debtor: DebtorId,
    claim_id: Option<ClaimId>,
    (kind, reason, actor): (&str, i32, &str),
    details: &Details<'_>,
) -> Result<(), Error> {
    let report_id = DisputeId::generate(work.seeds(), work.now()).to_string();
    let row = report::Model {
        tenant_id: work.tenant().to_string(),
        details: Some(work.seal_json(debtor, DETAILS, &report_id, details).await?),
        report_id,
        debtor_id: debtor.to_string(),
        claim_id: claim_id.map(|id| id.to_string()),
        kind: kind.to_owned(),
        reason: reason.into(),
        reported_at: work.now(),
        answer_by: answer_by(work),
        actor: actor.to_owned(),
    };
    Ok(report::insert(work, row).await?)
}
