//! Asks claims what is owed. The answer is used at once and never kept as truth.

use chrono::NaiveDate;
use kulanz_chassis::{Clients, Code, outgoing};
use kulanz_law::{InterestRate, Parts, Percent};
use kulanz_proto::claims::v1::{
    CheckSettlementRequest, ClaimShare, ClaimState, GetStatementRequest, GetTenantRequest,
    PreviewAllocationRequest, PreviewAllocationResponse, Statement, StatementLineKind,
};
use kulanz_proto::types::v1 as types;
use kulanz_types::{ClaimId, Iban, Money, TenantId};

use crate::domain::matching::Relation;
use crate::domain::plan::{Debt, interest_of};
use crate::domain::settlement::Authority;
use crate::error::Error;
use crate::store::receivable::Parties;

/// What is owed on a claim today, as claims states it.
#[derive(Debug, Clone)]
pub struct Owed {
    /// Whose claim and debt it is.
    pub parties: Parties,
    /// The body of the payment reference.
    pub case_reference: String,
    /// Where the claim stands.
    pub state: ClaimState,
    /// What is open and what each day costs.
    pub debt: Debt,
    /// What is to be paid; negative if overpaid.
    pub total: Money,
    /// Everything credited so far.
    pub credits: Money,
}

impl Owed {
    /// Whether payment may be asked for and agreed about.
    pub fn require_collectable(&self) -> Result<(), Error> {
        let collectable = self.state.is_pursued() || self.state == ClaimState::Arranged;
        if collectable {
            return Ok(());
        }
        Err(Error::ClaimState { claim_id: self.parties.claim.to_string() })
    }

    /// Principal and costs: what does not move by itself from day to day.
    pub fn fixed_debt(&self) -> Result<Money, Error> {
        Ok(self.debt.open.principal.checked_add(self.debt.open.costs)?)
    }
}

/// Where debtors pay to.
#[derive(Debug, Clone)]
pub struct CollectionAccount {
    /// Account holder exactly as the bank knows it.
    pub holder: String,
    /// The account.
    pub iban: Iban,
    /// BIC; may be empty.
    pub bic: String,
}

/// Asks for today's statement of a claim.
pub async fn owed(clients: &Clients, tenant: TenantId, claim: ClaimId) -> Result<Owed, Error> {
    let request = GetStatementRequest { claim_id: claim.to_string(), ..Default::default() };
    let reply = clients.claims().get_statement(outgoing(tenant, request)).await;
    let reply = reply.map_err(|status| refused(status, claim))?.into_inner();
    reply.statement.and_then(|statement| read(&statement)).ok_or(UNREADABLE)
}

/// Asks for the tenant's collection account.
pub async fn collection_account(
    clients: &Clients,
    tenant: TenantId,
) -> Result<CollectionAccount, Error> {
    let reply = clients.claims().get_tenant(outgoing(tenant, GetTenantRequest {})).await;
    let reply = reply.map_err(|status| refused(status, tenant))?.into_inner();
    let account = reply.tenant.and_then(|tenant| tenant.collection_account);
    let account = account.ok_or(Error::CollectionAccountMissing)?;
    let iban = account.iban.parse().map_err(|_| Error::CollectionAccountMissing)?;
    Ok(CollectionAccount { holder: account.holder, iban, bic: account.bic })
}

/// What of a payment goes to which claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// The shares, above zero, in the order of the norm.
    pub shares: Vec<(ClaimId, Money)>,
    /// What is left once nothing is open: it stays the payer's.
    pub overpayment: Money,
}

/// Asks how a payment is divided among one debtor's claims of one creditor (§ 366 BGB); `designated` are
/// those that the debtor named, in that order.
pub async fn divide(
    clients: &Clients,
    tenant: TenantId,
    relation: Relation,
    designated: &[ClaimId],
    (amount, value_on): (Money, NaiveDate),
) -> Result<Division, Error> {
    let request = PreviewAllocationRequest {
        debtor_id: relation.debtor.to_string(),
        creditor_id: relation.creditor.to_string(),
        amount: Some(amount.into()),
        value_date: Some(value_on.into()),
        designated_claim_ids: designated.iter().map(ToString::to_string).collect(),
    };
    let reply = clients.claims().preview_allocation(outgoing(tenant, request)).await;
    let reply = reply.map_err(|status| refused(status, relation.debtor))?.into_inner();
    read_division(&reply, amount).ok_or(UNREADABLE)
}

/// The shares, if together with what is left over they are the payment.
fn read_division(reply: &PreviewAllocationResponse, amount: Money) -> Option<Division> {
    let read = |share: &ClaimShare| {
        let money = Money::try_from(share.amount.as_ref()?).ok()?;
        Some((share.claim_id.parse().ok()?, money))
    };
    let shares: Vec<(ClaimId, Money)> = reply.shares.iter().map(read).collect::<Option<_>>()?;
    let overpayment = match &reply.overpayment {
        Some(money) => Money::try_from(money).ok()?,
        None => Money::zero(amount.currency()),
    };
    let parts = shares.iter().map(|(_, share)| *share).chain([overpayment]);
    let sum = Money::sum(amount.currency(), parts).ok()?;
    let sound = shares.iter().all(|(_, share)| share.is_positive()) && !overpayment.is_negative();
    (sound && sum == amount).then_some(Division { shares, overpayment })
}

/// Asks what the creditor allows: may the claim be settled for `amount`, paid by that day?
pub async fn authority(
    clients: &Clients,
    tenant: TenantId,
    claim: ClaimId,
    (amount, pay_by): (Money, NaiveDate),
) -> Result<Authority, Error> {
    let request = CheckSettlementRequest {
        claim_id: claim.to_string(),
        amount: Some(amount.into()),
        pay_by: Some(pay_by.into()),
    };
    let reply = clients.claims().check_settlement(outgoing(tenant, request)).await;
    let reply = reply.map_err(|status| refused(status, claim))?.into_inner();
    let read = |money: &types::Money| Money::try_from(money).map_err(|_| UNREADABLE);
    Ok(Authority {
        allowed: reply.allowed,
        floor: reply.floor.as_ref().map(read).transpose()?,
        open: read(&reply.open_total.ok_or(UNREADABLE)?)?,
    })
}

const UNREADABLE: Error = Error::Unexpected("claims answered what cannot be read");

fn refused(status: tonic::Status, resource: impl ToString) -> Error {
    match status.code() {
        Code::NotFound => Error::not_found(resource),
        _ => Error::Upstream(Box::new(status)),
    }
}

fn read(statement: &Statement) -> Option<Owed> {
    let totals = statement.totals.as_ref()?;
    let amount = |money: &Option<types::Money>| Money::try_from(money.as_ref()?).ok();
    let open = |money| {
        let money: Money = amount(money)?;
        Some(Money::new(money.currency(), money.minor_units().max(0)))
    };
    let principal = open(&totals.principal)?;
    let as_of = NaiveDate::try_from(statement.as_of.as_ref()?).ok()?;
    let parts = Parts { costs: open(&totals.costs)?, interest: open(&totals.interest)?, principal };
    Some(Owed {
        parties: Parties {
            claim: statement.claim_id.parse().ok()?,
            debtor: statement.debtor_id.parse().ok()?,
            creditor: statement.creditor_id.parse().ok()?,
            currency: principal.currency(),
        },
        case_reference: statement.case_reference.clone(),
        state: statement.state(),
        debt: Debt { as_of, open: parts, rate: rate(statement, as_of)? },
        total: amount(&totals.total)?,
        credits: amount(&totals.credits)?,
    })
}

/// The yearly rate of the latest interest line; none where the debtor is not in default.
fn rate(statement: &Statement, as_of: NaiveDate) -> Option<InterestRate> {
    let interest = statement
        .lines
        .iter()
        .filter(|line| line.kind() == StatementLineKind::Interest && !line.rate.is_empty());
    let day = |date: &Option<types::Date>| date.and_then(|date| NaiveDate::try_from(date).ok());
    let latest = interest.max_by_key(|line| day(&line.to).or_else(|| day(&line.from)));
    match latest {
        None => Some(InterestRate::Fixed(Percent::whole(0))),
        Some(line) => Some(interest_of(line.rate.parse().ok()?, as_of)),
    }
}
