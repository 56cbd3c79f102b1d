//! Claims as they are read.

use std::collections::HashMap;

use kulanz_store::Work;
use kulanz_types::ClaimId;

use super::today;
use crate::domain::lifecycle::Closure;
use crate::domain::statement::Totals;
use crate::error::Error;
use crate::store::{assignment, claim, creditor, hold, state_change};

/// A claim with what belongs to it.
pub struct View {
    /// The claim.
    pub claim: claim::Model,
    /// Its creditor's name.
    pub creditor_name: String,
    /// Holds in force.
    pub holds: Vec<hold::Model>,
    /// How it came to its state; empty in lists.
    pub history: Vec<state_change::Model>,
    /// What is open today.
    pub balance: Totals,
    /// To whom it was sold.
    pub assignment: Option<assignment::Model>,
}

/// The claim of this id with its history.
pub async fn get(work: &Work, id: ClaimId) -> Result<View, Error> {
    let claim = claim::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    view(work, claim).await
}

/// A claim with its history.
pub async fn view(work: &Work, claim: claim::Model) -> Result<View, Error> {
    let history = state_change::of_claim(work, &claim.claim_id).await?;
    let mut views = views(work, vec![claim]).await?;
    let view = views.pop().ok_or_else(|| Error::not_found("claim"))?;
    Ok(View { history, ..view })
}

/// Claims without their histories: three further statements for any number.
pub async fn views(work: &Work, claims: Vec<claim::Model>) -> Result<Vec<View>, Error> {
    let ids = claims.iter().map(|claim| claim.claim_id.clone()).collect();
    let mut creditors: Vec<String> = claims.iter().map(|claim| claim.creditor_id.clone()).collect();
    creditors.sort_unstable();
    creditors.dedup();
    let names = creditor::names(work, creditors).await?;
    let mut holds: HashMap<String, Vec<hold::Model>> = HashMap::new();
    for row in hold::in_force(work, ids).await? {
        holds.entry(row.claim_id.clone()).or_default().push(row);
    }
    let is_sold = |claim: &&claim::Model| claim.closure.as_deref() == Some(Closure::Sold.name());
    let sold = claims.iter().filter(is_sold).map(|claim| claim.claim_id.clone()).collect();
    let mut assignments = assignment::of_claims(work, sold).await?;
    let date = today(work);
    let view = |claim: claim::Model| {
        Ok(View {
            creditor_name: names.get(&claim.creditor_id).cloned().unwrap_or_default(),
            holds: holds.remove(&claim.claim_id).unwrap_or_default(),
            history: Vec::new(),
            balance: super::account::balance(&claim, date)?,
            assignment: assignments.remove(&claim.claim_id),
            claim,
        })
    };
    claims.into_iter().map(view).collect()
}
