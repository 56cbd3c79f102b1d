//! An accepted row becomes a claim with its account, its holds and its first step.

use chrono::NaiveDate;
use kulanz_bus::Outgoing;
use kulanz_law::InterestRate;
use kulanz_proto::events::v1::ClaimOpened;
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, Money};

use crate::app::account::{Draft, add_note, append, keep};
use crate::app::challenges::Stated;
use crate::app::holds::{NewHold, placed, row as hold_row};
use crate::app::limitation::{self, at_intake, watch_from};
use crate::app::today;
use crate::domain::account::{Entry, EntryKind, Snapshot, Subject, replay};
use crate::domain::intake::{Accepted, Standing};
use crate::domain::lifecycle::{Facts, HoldKind, state};
use crate::domain::limitation::{Fact, FactKind};
use crate::domain::terms::Terms;
use crate::error::Error;
use crate::store::{claim, entry, hold, import, limitation_fact, state_change};

/// Everything that one chunk opens.
#[derive(Default)]
pub struct Openings {
    claims: Vec<claim::Model>,
    entries: Vec<entry::Model>,
    holds: Vec<hold::Model>,
    steps: Vec<state_change::Model>,
    titles: Vec<limitation_fact::Model>,
    disputes: Stated,
    events: Vec<Outgoing>,
    reasons: Vec<Reason>,
    /// When the first of the claims has to be looked at for limitation.
    look_on: Option<NaiveDate>,
}

/// What the creditor's own costs are for, in its words, with the places of the claim and of its last entry.
struct Reason {
    claim: usize,
    entry: usize,
    words: String,
}

impl Openings {
    /// Keeps them; the events that tell of them. The debtors have their keys by then.
    pub async fn write(mut self, work: &Work) -> Result<Vec<Outgoing>, Error> {
        for Reason { claim, entry, words } in &self.reasons {
            let place = (self.claims.get_mut(*claim), self.entries.get_mut(*entry));
            if let (Some(claim), Some(entry)) = place {
                add_note(work, claim, entry, words).await?;
            }
        }
        claim::insert_many(work, self.claims).await?;
        entry::insert_many(work, self.entries).await?;
        hold::insert_many(work, self.holds).await?;
        state_change::insert_many(work, self.steps).await?;
        limitation_fact::insert_many(work, self.titles).await?;
        self.disputes.write(work).await?;
        watch_from(work, self.look_on).await?;
        Ok(self.events)
    }

    /// Opens a claim; its id.
    pub fn open(
        &mut self,
        work: &Work,
        context: &Context<'_>,
        debtor: DebtorId,
        (row, terms): (&Accepted, &Terms),
        content_index: String,
    ) -> Result<String, Error> {
        let claim_id = ClaimId::generate(work.seeds(), work.now());
        let mut claim = blank(work, context, claim_id, debtor, row, content_index);
        claim.put_snapshot(&Snapshot::empty(row.principal.currency(), terms));
        claim.terms = serde_json::to_string(terms)?;
        if matches!(terms.rate, InterestRate::Fixed(_)) {
            context.standing.rate_reason(row).clone_into(&mut claim.rate_reason);
        }
        claim.facts = serde_json::to_string(&row.facts)?;
        let entries = first_entries(work, &mut claim, terms, row, context.actor)?;
        self.entries.extend(entries);
        self.note_reason(row);
        at_intake(&mut claim, row.title_final_on, today(work))?;
        self.titles.extend(row.title_final_on.map(|day| title(work, &claim, day, context.actor)));
        self.look_on = self.look_on.into_iter().chain(claim.limitation_look_on).min();
        let holds: &[HoldKind] = if row.disputed { &[HoldKind::Dispute] } else { &[] };
        let time_barred = claim.time_barred;
        state(&Facts { time_barred, holds, ..Facts::default() })
            .name()
            .clone_into(&mut claim.state);
        self.steps.push(first_step(work, &claim, context.actor));
        self.events.push(opened(&claim, row.principal));
        if row.disputed {
            self.dispute(work, &claim, context.actor);
        }
        let id = claim.claim_id.clone();
        self.claims.push(claim);
        Ok(id)
    }

    /// Notes what the costs are for whose entry came last.
    fn note_reason(&mut self, row: &Accepted) {
        let subject = self.entries.last().map(|entry| entry.subject.as_str());
        if subject == Some(Subject::CreditorCosts.name()) {
            self.reasons.push(Reason {
                claim: self.claims.len(),
                entry: self.entries.len() - 1,
                words: row.creditor_costs_reason.clone(),
            });
        }
    }

    fn dispute(&mut self, work: &Work, claim: &claim::Model, actor: &str) {
        let (challenge_id, told) = self.disputes.open(work, claim, actor);
        let kind = HoldKind::Dispute;
        let reason = "the debtor has objected to the creditor";
        let new = NewHold::new(kind, reason).by(&challenge_id);
        let hold = hold_row(work, &claim.claim_id, &new, actor);
        let event = placed(claim, &hold, kind);
        self.events.push(Outgoing::new(&claim.claim_id, &claim.debtor_id, claim.version, &event));
        self.events.push(told);
        self.holds.push(hold);
    }
}

/// What all claims of an import share.
pub struct Context<'a> {
    /// The import.
    pub import: &'a import::Model,
    /// What the creditor has said once for all of its claims.
    pub standing: &'a Standing,
    /// Who imports.
    pub actor: &'a str,
}

/// The title that a claim came with (§ 197 Abs. 1 Nr. 3 BGB), under the import's id.
fn title(
    work: &Work,
    claim: &claim::Model,
    from: NaiveDate,
    actor: &str,
) -> limitation_fact::Model {
    let fact = Fact { kind: FactKind::Title, from, to: None, served: None };
    let import_id = claim.import_id.as_deref().unwrap_or_default();
    limitation::row(work, &claim.claim_id, import_id, fact, ("stated at intake", actor))
}

/// The first entries of a claim, at the beginning of its chain, and where its account stands after them.
fn first_entries(
    work: &Work,
    claim: &mut claim::Model,
    terms: &Terms,
    row: &Accepted,
    actor: &str,
) -> Result<Vec<entry::Model>, Error> {
    use Subject::{CreditorCosts, Invoice, PaidBefore};
    let due = row.due_date;
    let paid = row.already_paid.map(|paid| (EntryKind::Credit, PaidBefore, due, paid));
    let costs = row.creditor_costs.zip(terms.default_start);
    let costs =
        costs.map(|(costs, start)| (EntryKind::Cost, CreditorCosts, start.first_day, costs));
    let principal = Some((EntryKind::Principal, Invoice, due, row.principal));
    let mut rows = Vec::new();
    let mut plain = Vec::new();
    for (kind, subject, value_date, amount) in [principal, paid, costs].into_iter().flatten() {
        let row = append(work, claim, Draft::new(kind, subject, value_date, amount, actor))?;
        plain.push(Entry { id: row.entry_id.parse()?, kind, value_date, amount });
        rows.push(row);
    }
    let today = today(work);
    let last = plain.iter().map(|entry| entry.value_date).max().unwrap_or(today).max(today);
    keep(claim, &replay(claim.currency()?, terms, &plain, last)?);
    Ok(rows)
}

fn blank(
    work: &Work,
    context: &Context<'_>,
    claim_id: ClaimId,
    debtor: DebtorId,
    row: &Accepted,
    content_index: String,
) -> claim::Model {
    let currency = row.principal.currency();
    claim::Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_string(),
        creditor_id: context.import.creditor_id.clone(),
        debtor_id: debtor.to_string(),
        reference: row.reference.clone(),
        case_reference: case_reference(claim_id),
        contract_subject: row.contract_subject.clone(),
        contract_date: row.contract_date,
        invoice_date: row.invoice_date,
        due_date: row.due_date,
        reminder_date: row.reminder_date,
        consumer: row.consumer,
        currency: currency.code().to_owned(),
        principal: row.principal.minor_units(),
        terms: String::new(),
        facts: String::new(),
        content_index,
        import_id: Some(context.import.import_id.clone()),
        state: String::new(),
        closure: None,
        settled: false,
        time_barred: false,
        contacted: false,
        open_principal: 0,
        open_costs: 0,
        interest_exact: String::new(),
        interest_paid: 0,
        accrue_from: None,
        overpaid: 0,
        waived: 0,
        credited: 0,
        entry_count: 0,
        account_hash: String::new(),
        booked_until: None,
        views: 0,
        version: 1,
        created_at: work.now(),
        limitation_expires_on: None,
        limitation_look_on: None,
        secured: row.secured,
        rate_reason: String::new(),
    }
}

/// The last ten characters of the id in capitals: 50 bits, of which 32 are random, without I, L, O, U.
fn case_reference(claim_id: ClaimId) -> String {
    let text = claim_id.to_string().to_uppercase();
    text[text.len() - 10..].to_owned()
}

fn first_step(work: &Work, claim: &claim::Model, actor: &str) -> state_change::Model {
    state_change::Model {
        tenant_id: claim.tenant_id.clone(),
        claim_id: claim.claim_id.clone(),
        version: claim.version,
        from_state: None,
        to_state: claim.state.clone(),
        changed_at: work.now(),
        actor: actor.to_owned(),
        reason: "IMPORTED".to_owned(),
        context: format!("[\"{}\"]", claim.import_id.as_deref().unwrap_or_default()),
        note: String::new(),
    }
}

fn opened(claim: &claim::Model, principal: Money) -> Outgoing {
    let event = ClaimOpened {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        principal: Some(principal.into()),
        due_date: Some(claim.due_date.into()),
        case_reference: claim.case_reference.clone(),
        consumer: claim.consumer,
    };
    Outgoing::new(&claim.claim_id, &claim.debtor_id, claim.version, &event)
}
