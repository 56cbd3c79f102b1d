//! An accepted row becomes a claim with its account, its holds and its first step.

use chrono::NaiveDate;
use kulanz_bus::Outgoing;
use kulanz_law::{DefaultReason, DefaultStart};
use kulanz_proto::events::v1::ClaimOpened;
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, EntryId, Money};

use crate::app::holds::{NewHold, placed, row as hold_row};
use crate::app::limitation::{at_intake, watch_from};
use crate::app::today;
use crate::domain::account::{Entry, EntryKind, Snapshot, replay};
use crate::domain::intake::{Accepted, Problem};
use crate::domain::lifecycle::{Facts, HoldKind, state};
use crate::domain::terms::{ClaimFacts, CreditorTerms, Terms};
use crate::error::Error;
use crate::store::{claim, entry, hold, import, record, state_change};

/// Everything that one chunk opens.
#[derive(Default)]
pub struct Openings {
    claims: Vec<claim::Model>,
    entries: Vec<entry::Model>,
    holds: Vec<hold::Model>,
    steps: Vec<state_change::Model>,
    events: Vec<Outgoing>,
    /// When the first of the claims has to be looked at for limitation.
    look_on: Option<NaiveDate>,
}

impl Openings {
    /// Keeps them; the events that tell of them.
    pub async fn write(self, work: &Work) -> Result<Vec<Outgoing>, Error> {
        claim::insert_many(work, self.claims).await?;
        entry::insert_many(work, self.entries).await?;
        hold::insert_many(work, self.holds).await?;
        state_change::insert_many(work, self.steps).await?;
        watch_from(work, self.look_on).await?;
        Ok(self.events)
    }

    /// Opens a claim; its id.
    pub fn open(
        &mut self,
        work: &Work,
        context: &Context<'_>,
        debtor: DebtorId,
        row: &Accepted,
        content_index: String,
    ) -> Result<String, Error> {
        let claim_id = ClaimId::generate(work.seeds(), work.now());
        let terms = terms(context.terms, row);
        let entries = entries(work, claim_id, &terms, row, context.actor);
        let mut claim = blank(work, context, claim_id, debtor, row, content_index);
        claim.terms = serde_json::to_string(&terms)?;
        claim.facts = serde_json::to_string(&row.facts)?;
        account(&mut claim, &terms, &entries, today(work))?;
        at_intake(&mut claim, None, today(work))?;
        self.look_on = self.look_on.into_iter().chain(claim.limitation_look_on).min();
        let holds: &[HoldKind] = if row.disputed { &[HoldKind::Dispute] } else { &[] };
        state(&Facts { holds, ..Facts::default() }).name().clone_into(&mut claim.state);
        self.steps.push(first_step(work, &claim, context.actor));
        self.events.push(opened(&claim, row.principal));
        if row.disputed {
            self.dispute(work, &claim, context.actor);
        }
        self.entries.extend(entries.into_iter().map(|(row, _)| row));
        let id = claim.claim_id.clone();
        self.claims.push(claim);
        Ok(id)
    }

    fn dispute(&mut self, work: &Work, claim: &claim::Model, actor: &str) {
        let kind = HoldKind::Dispute;
        let reason = "the debtor has objected to the creditor";
        let hold = hold_row(work, &claim.claim_id, &NewHold::new(kind, reason), actor);
        let event = placed(claim, &hold, kind);
        self.events.push(Outgoing::new(&claim.claim_id, &claim.debtor_id, claim.version, &event));
        self.holds.push(hold);
    }
}

/// What all claims of an import share.
pub struct Context<'a> {
    /// The import.
    pub import: &'a import::Model,
    /// The creditor's terms.
    pub terms: CreditorTerms,
    /// Who imports.
    pub actor: &'a str,
}

fn terms(creditor: CreditorTerms, row: &Accepted) -> Terms {
    let facts = ClaimFacts {
        arose: row.contract_date.or(row.invoice_date).unwrap_or(row.due_date),
        invoiced: row.invoice_date,
        due: row.due_date,
        reminder: row.reminder_date,
        consumer: row.consumer,
        consumer_loan: false,
    };
    let mut terms = Terms::of(creditor, &facts);
    if let Some(first_day) = row.default_since {
        terms.default_start = Some(DefaultStart { first_day, reason: DefaultReason::Reminder });
    }
    terms
}

/// Costs before default are nobody's to claim (§ 280 Abs. 2, § 286 BGB): they are left out, with a
/// warning.
pub fn refused_costs(creditor: CreditorTerms, row: &Accepted) -> Option<Problem> {
    let refused = row.creditor_costs.is_some() && terms(creditor, row).default_start.is_none();
    let message = "charged before default: left out (§§ 280, 286 BGB)";
    refused.then(|| Problem::warning("COSTS_WITHOUT_DEFAULT", "creditor_costs", message))
}

fn entries(
    work: &Work,
    claim_id: ClaimId,
    terms: &Terms,
    row: &Accepted,
    actor: &str,
) -> Vec<(entry::Model, Entry)> {
    let make = |kind, value_date, amount, norm: &str| {
        let id = EntryId::generate(work.seeds(), work.now());
        let entry = Entry { id, kind, value_date, amount };
        (entry_row(work, claim_id, &entry, norm, actor), entry)
    };
    let principal = make(EntryKind::Principal, row.due_date, row.principal, "§ 241 Abs. 1 BGB");
    let paid = row
        .already_paid
        .map(|paid| make(EntryKind::Credit, row.due_date, paid, "§ 362 Abs. 1 BGB"));
    let costs = row.creditor_costs.zip(terms.default_start).map(|(costs, start)| {
        make(EntryKind::Cost, start.first_day, costs, "§ 280 Abs. 1, 2, § 286 BGB")
    });
    [Some(principal), paid, costs].into_iter().flatten().collect()
}

fn entry_row(
    work: &Work,
    claim_id: ClaimId,
    entry: &Entry,
    norm: &str,
    actor: &str,
) -> entry::Model {
    let (kind, payment_id) = record::entry_columns(entry.kind);
    entry::Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_string(),
        entry_id: entry.id.to_string(),
        kind: kind.to_owned(),
        value_date: entry.value_date,
        amount: entry.amount.minor_units(),
        payment_id,
        norm: norm.to_owned(),
        formula: String::new(),
        actor: actor.to_owned(),
        booked_at: work.now(),
    }
}

fn account(
    claim: &mut claim::Model,
    terms: &Terms,
    entries: &[(entry::Model, Entry)],
    today: NaiveDate,
) -> Result<(), Error> {
    let plain: Vec<Entry> = entries.iter().map(|(_, entry)| entry.clone()).collect();
    let last = plain.iter().map(|entry| entry.value_date).max().unwrap_or(today).max(today);
    let replayed = replay(claim.currency()?, terms, &plain, last)?;
    claim.put_snapshot(&replayed.snapshot);
    claim.credited = plain
        .iter()
        .filter(|entry| entry.kind == EntryKind::Credit)
        .map(|entry| entry.amount.minor_units())
        .sum();
    Ok(())
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
    let mut claim = claim::Model {
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
        views: 0,
        version: 1,
        created_at: work.now(),
        limitation_expires_on: None,
        limitation_look_on: None,
    };
    let terms = terms(context.terms, row);
    claim.put_snapshot(&Snapshot::empty(currency, &terms));
    claim
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
