//! Domain and rows to the contract's messages. prost types end in this room.

use kulanz_law::AllocationRule;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::timestamp;
use kulanz_proto::types::v1::PostalAddress;
use kulanz_store::StoreError;
use kulanz_types::Money;

use crate::app::claims::View;
use crate::app::debtors::DebtorView;
use crate::app::protections::Shield;
use crate::app::told::{balance, claim_state, hold_kind, protection_kind};
use crate::domain::challenge::ChallengeState;
use crate::domain::intake::{Problem, Severity};
use crate::domain::lifecycle::{ClaimState, HoldKind};
use crate::domain::person::{Address, ContactKind, ContactPoint, Profile};
use crate::error::Error;
use crate::store::{challenge, claim, hold, import, state_change};

/// A state of the domain, none for unspecified.
pub fn state_of(state: wire::ClaimState) -> Option<ClaimState> {
    ClaimState::ALL.into_iter().find(|known| claim_state(*known) == state)
}

/// A hold's kind of the domain, none for unspecified.
pub fn kind_of(kind: wire::HoldKind) -> Option<HoldKind> {
    HoldKind::ALL.into_iter().find(|known| hold_kind(*known) == kind)
}

/// A hold.
pub fn hold(row: &hold::Model) -> Result<wire::Hold, StoreError> {
    Ok(wire::Hold {
        hold_id: row.hold_id.clone(),
        kind: hold_kind(row.hold_kind()?).into(),
        reason: row.reason.clone(),
        placed_at: Some(timestamp(row.placed_at)),
        placed_by: row.placed_by.clone(),
        expires_at: row.expires_at.map(timestamp),
        cause_id: row.cause.clone().unwrap_or_default(),
    })
}

fn step(row: &state_change::Model) -> Result<wire::StateChange, StoreError> {
    let (from, to) = row.states()?;
    Ok(wire::StateChange {
        from_state: from.map_or(wire::ClaimState::Unspecified, claim_state).into(),
        to_state: claim_state(to).into(),
        at: Some(timestamp(row.changed_at)),
        actor: row.actor.clone(),
        reason: row.reason.clone(),
        context: row.causes()?,
        note: row.note.clone(),
    })
}

/// What a claim is for.
pub fn contract(row: &claim::Model) -> wire::Contract {
    wire::Contract {
        subject: row.contract_subject.clone(),
        date: row.contract_date.map(Into::into),
    }
}

/// A claim.
pub fn claim(view: &View) -> Result<wire::Claim, Error> {
    let row = &view.claim;
    Ok(wire::Claim {
        claim_id: row.claim_id.clone(),
        creditor_id: row.creditor_id.clone(),
        debtor_id: row.debtor_id.clone(),
        reference: row.reference.clone(),
        case_reference: row.case_reference.clone(),
        contract: Some(contract(row)),
        invoice_date: row.invoice_date.map(Into::into),
        due_date: Some(row.due_date.into()),
        default_since: row.terms()?.default_start.map(|start| start.first_day.into()),
        principal: Some(Money::new(row.currency()?, row.principal).into()),
        consumer: row.consumer,
        state: claim_state(row.state()?).into(),
        holds: view.holds.iter().map(hold).collect::<Result<_, _>>()?,
        state_history: view.history.iter().map(step).collect::<Result<_, _>>()?,
        balance: Some(balance(&view.balance)),
        etag: row.version.to_string(),
        intake_facts: row.facts()?.into_iter().collect(),
        create_time: Some(timestamp(row.created_at)),
        creditor_name: view.creditor_name.clone(),
        reminder_sent_on: row.reminder_date.map(Into::into),
        version: row.version,
        limitation_expires_on: row.limitation_expires_on.map(Into::into),
        assignment: view.assignment.as_ref().map(|sale| wire::Assignment {
            buyer_name: sale.buyer_name.clone(),
            assigned_on: Some(sale.assigned_on.into()),
        }),
        consumer_loan: row.terms()?.allocation == AllocationRule::ConsumerLoan,
        secured: row.secured,
    })
}

fn summary(view: &View) -> Result<wire::ClaimSummary, Error> {
    let mut claim = claim(view)?;
    if let Some(day) = view.claim.reminder_date {
        // A fact about the customer like the others, under the feature registry's name.
        claim.intake_facts.insert("reminder_sent_on".to_owned(), day.to_string());
    }
    Ok(wire::ClaimSummary {
        claim_id: claim.claim_id,
        creditor_id: claim.creditor_id,
        state: claim.state,
        balance: claim.balance,
        due_date: claim.due_date,
        default_since: claim.default_since,
        create_time: claim.create_time,
        intake_facts: claim.intake_facts,
        case_reference: claim.case_reference,
        consumer: claim.consumer,
        holds: claim.holds,
        creditor_name: claim.creditor_name,
        reference: claim.reference,
        invoice_date: claim.invoice_date,
    })
}

/// A debtor.
pub fn debtor(view: &DebtorView) -> Result<wire::Debtor, Error> {
    let row = &view.row;
    let profile = view.profile.clone().unwrap_or_default();
    let refs = view.numbers.iter().map(|number| wire::ExternalRef {
        creditor_id: number.creditor_id.clone(),
        customer_number: number.customer_number.clone(),
    });
    Ok(wire::Debtor {
        debtor_id: row.debtor_id.clone(),
        party: view.profile.as_ref().map(party),
        address: view.profile.as_ref().map(|profile| address(&profile.address)),
        contact_points: profile.contact_points.iter().map(contact_point).collect(),
        external_refs: refs.collect(),
        state: debtor_state(&row.state).into(),
        language: profile.language,
        form_of_address: profile.form_of_address,
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.created_at)),
        update_time: Some(timestamp(row.updated_at)),
        version: row.version,
        claims: view.claims.iter().map(summary).collect::<Result<_, _>>()?,
        processing_restricted: view.restricted,
        ..wire::Debtor::default()
    })
}

/// Who supplied each datum of a debtor, by field.
pub fn provenance(view: &DebtorView) -> Vec<wire::Provenance> {
    let origins = view.profile.iter().flat_map(|profile| &profile.origins);
    origins
        .map(|(field, origin)| wire::Provenance {
            field: field.clone(),
            source: origin.source.clone(),
            recorded_at: Some(timestamp(origin.recorded_at)),
            import_id: origin.import_id.clone().unwrap_or_default(),
        })
        .collect()
}

/// What shields a debtor now.
pub fn protections(view: &DebtorView) -> Result<Vec<wire::Protection>, Error> {
    view.protections.iter().map(protection).collect()
}

fn protection(shield: &Shield) -> Result<wire::Protection, Error> {
    let row = &shield.row;
    Ok(wire::Protection {
        protection_id: row.protection_id.clone(),
        kind: protection_kind(row.kind()?).into(),
        file_number: shield.file_number.clone(),
        representative: shield.representative.clone(),
        protected_at: Some(timestamp(row.protected_at)),
        protected_by: row.protected_by.clone(),
        expires_at: row.expires_at.map(timestamp),
    })
}

fn debtor_state(name: &str) -> wire::DebtorState {
    match name {
        "identity_doubted" => wire::DebtorState::IdentityDoubted,
        "protected" => wire::DebtorState::Protected,
        "erased" => wire::DebtorState::Erased,
        _ => wire::DebtorState::Active,
    }
}

fn party(profile: &Profile) -> wire::debtor::Party {
    if profile.is_company() {
        return wire::debtor::Party::Company(wire::Company {
            company_name: profile.company_name.clone(),
            contact_name: profile.contact_name.clone(),
        });
    }
    wire::debtor::Party::Person(wire::Person {
        given_name: profile.given_name.clone(),
        family_name: profile.family_name.clone(),
        birth_date: profile.birth_date.map(Into::into),
        salutation: profile.salutation,
        title: profile.title.clone(),
    })
}

/// A postal address.
pub fn address(address: &Address) -> PostalAddress {
    PostalAddress {
        street: address.street.clone(),
        supplement: address.supplement.clone(),
        postcode: address.postcode.clone(),
        city: address.city.clone(),
        country_code: address.country_code.clone(),
    }
}

/// A postal address of the domain.
pub fn address_of(address: PostalAddress) -> Address {
    Address {
        street: address.street,
        supplement: address.supplement,
        postcode: address.postcode,
        city: address.city,
        country_code: address.country_code,
    }
}

fn contact_point(point: &ContactPoint) -> wire::ContactPoint {
    let kind = match point.kind {
        ContactKind::Email => wire::ContactPointKind::Email,
        ContactKind::Mobile => wire::ContactPointKind::Mobile,
        ContactKind::Phone => wire::ContactPointKind::Phone,
    };
    wire::ContactPoint {
        kind: kind.into(),
        value: point.value.clone(),
        usable: point.usable,
        note: point.note.clone(),
    }
}

/// A dispute without the debtor's words and the answer, which are personal.
pub fn dispute(row: &challenge::Model, claim: &claim::Model) -> Result<wire::Dispute, Error> {
    let currency = claim.currency()?;
    Ok(wire::Dispute {
        dispute_id: row.challenge_id.clone(),
        claim_id: claim.claim_id.clone(),
        reason: i32::try_from(row.reason).unwrap_or_default(),
        explanation: String::new(),
        disputed_amount: row.disputed_amount.map(|cents| Money::new(currency, cents).into()),
        state: dispute_state(row.state()?).into(),
        opened_at: Some(timestamp(row.opened_at)),
        answer_by: Some(row.answer_by.into()),
        resolution: String::new(),
        resolved_at: row.decided_at.map(timestamp),
    })
}

const fn dispute_state(state: ChallengeState) -> wire::DisputeState {
    match state {
        ChallengeState::Upheld => wire::DisputeState::Upheld,
        ChallengeState::PartlyUpheld => wire::DisputeState::PartlyUpheld,
        ChallengeState::Rejected => wire::DisputeState::Rejected,
        ChallengeState::Received
        | ChallengeState::EvidenceWanted
        | ChallengeState::WithCreditor
        | ChallengeState::ToDecide => wire::DisputeState::Open,
    }
}

/// An import and its counts.
pub fn import(row: &import::Model) -> wire::Import {
    let finished = row.state == "finished";
    let state = if finished { wire::ImportState::Finished } else { wire::ImportState::Running };
    wire::Import {
        import_id: row.import_id.clone(),
        creditor_id: row.creditor_id.clone(),
        source_name: row.source_name.clone(),
        state: state.into(),
        dry_run: row.dry_run,
        accepted_count: row.accepted,
        unchanged_count: row.unchanged,
        warned_count: row.warned,
        rejected_count: row.rejected,
        claim_count: row.claims,
        debtor_count: row.debtors,
        merged_count: row.merged,
        last_committed_row: row.last_row,
        create_time: Some(timestamp(row.created_at)),
        finish_time: row.finished_at.map(timestamp),
    }
}

/// A problem of a row.
pub fn problem(problem: &Problem) -> wire::RowProblem {
    let severity = match problem.severity {
        Severity::Warning => wire::ProblemSeverity::Warning,
        Severity::Error => wire::ProblemSeverity::Error,
    };
    wire::RowProblem {
        severity: severity.into(),
        code: problem.code.to_string(),
        field: problem.field.clone(),
        message: problem.message.clone(),
    }
}
