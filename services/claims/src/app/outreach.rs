//! The answer that counts: may these debtors be contacted about these claims now?

use std::collections::{HashMap, HashSet};

use kulanz_store::{StoreError, Work};

use crate::domain::lifecycle::HoldKind;
use crate::domain::outreach::{self, Purpose, Reader, blocks};
use crate::error::Error;
use crate::store::{claim, debtor, disowned_address, hold, protection, restriction};

/// One contact in question.
pub struct Check {
    /// Whom.
    pub debtor_id: String,
    /// About which claims.
    pub claim_ids: Vec<String>,
    /// What for.
    pub purpose: Purpose,
    /// Where it would go; empty for letters and the portal.
    pub address: String,
    /// It would go to whoever acts for the debtor.
    pub to_representative: bool,
}

/// One thing that stands against a contact; no claim: the debtor as such.
pub struct Objection {
    /// The claim, empty for the debtor as such.
    pub claim_id: String,
    /// The rule.
    pub rule_id: String,
    /// Why, for staff.
    pub reason: &'static str,
}

/// What stands against each contact, from committed state alone: five statements for any number, a
/// sixth where someone acts for a debtor.
pub async fn check(work: &Work, checks: &[Check]) -> Result<Vec<Vec<Objection>>, Error> {
    let debtor_ids: Vec<String> = checks.iter().map(|check| check.debtor_id.clone()).collect();
    let claim_ids: Vec<String> =
        checks.iter().flat_map(|check| check.claim_ids.iter().cloned()).collect();
    let restricted = restriction::in_force(work, Vec::clone(&debtor_ids)).await?;
    let represented = represented(work, checks).await?;
    let debtors = debtor::find_many(work, debtor_ids).await?;
    let claims = claim::find_many(work, claim_ids.clone()).await?;
    let hashes = checks.iter().filter(|check| !check.address.is_empty());
    let hashes = hashes.map(|check| disowned_address::hash(work, &check.address)).collect();
    let known = Known {
        disowned: disowned_address::among(work, hashes).await?.into_iter().collect(),
        debtors: debtors.into_iter().map(|row| (row.debtor_id, row.state)).collect(),
        restricted: restricted.into_iter().map(|row| row.debtor_id).collect(),
        represented,
        claims: claims.into_iter().map(|row| (row.claim_id.clone(), row)).collect(),
        holds: holds(hold::in_force(work, claim_ids).await?)?,
    };
    checks.iter().map(|check| known.objections(work, check)).collect()
}

/// The debtors of contacts with a representative for whom one is named.
async fn represented(work: &Work, checks: &[Check]) -> Result<HashSet<String>, StoreError> {
    let asked = checks.iter().filter(|check| check.to_representative);
    let asked: Vec<String> = asked.map(|check| check.debtor_id.clone()).collect();
    if asked.is_empty() {
        return Ok(HashSet::new());
    }
    let lasting = protection::lasting(work, asked).await?.into_iter();
    let named = lasting.filter(|row| row.representative.is_some());
    Ok(named.map(|row| row.debtor_id).collect())
}

fn holds(rows: Vec<hold::Model>) -> Result<HashMap<String, Vec<HoldKind>>, StoreError> {
    let mut holds: HashMap<String, Vec<HoldKind>> = HashMap::new();
    for row in rows {
        let kind = row.hold_kind()?;
        holds.entry(row.claim_id).or_default().push(kind);
    }
    Ok(holds)
}

struct Known {
    debtors: HashMap<String, String>,
    restricted: HashSet<String>,
    /// Debtors for whom someone acts who is named.
    represented: HashSet<String>,
    claims: HashMap<String, claim::Model>,
    holds: HashMap<String, Vec<HoldKind>>,
    /// Hashes of addresses that belong to someone else.
    disowned: HashSet<String>,
}

impl Known {
    fn objections(&self, work: &Work, check: &Check) -> Result<Vec<Objection>, Error> {
        let mut found = Vec::new();
        let mut object = |rule_id: &str, reason| {
            let rule_id = rule_id.to_owned();
            found.push(Objection { claim_id: String::new(), rule_id, reason });
        };
        match self.debtors.get(&check.debtor_id).map(String::as_str) {
            None => object(outreach::DEBTOR_UNKNOWN, "there is no such debtor"),
            Some("erased") => object(outreach::DEBTOR_ERASED, "the personal data was erased"),
            Some("identity_doubted") if check.purpose != Purpose::Answer => {
                object(outreach::IDENTITY_DOUBTED, "this may not be the person who owes");
            }
            Some("protected") if check.purpose != Purpose::Answer || !check.to_representative => {
                object(outreach::DEBTOR_PROTECTED, "the person is protected by law");
            }
            Some(_) => {}
        }
        let disowned = !self.disowned.is_empty()
            && !check.address.is_empty()
            && self.disowned.contains(&disowned_address::hash(work, &check.address));
        if disowned {
            object(outreach::CONTACT_POINT_DISOWNED, "whoever reads there is not the debtor");
        }
        if check.purpose != Purpose::Answer && self.restricted.contains(&check.debtor_id) {
            object(outreach::RESTRICTED, "the processing of the person's data is restricted");
        }
        if check.to_representative && !self.represented.contains(&check.debtor_id) {
            object(outreach::UNREPRESENTED, "nobody is named who acts for the debtor");
        }
        if check.claim_ids.is_empty() {
            object(outreach::CLAIM_MISSING, "a contact needs a claim to be about");
        }
        for claim_id in &check.claim_ids {
            found.extend(self.about(check, claim_id)?);
        }
        Ok(found)
    }

    fn about(&self, check: &Check, claim_id: &str) -> Result<Vec<Objection>, Error> {
        let Some(claim) = self.claims.get(claim_id).filter(|row| row.debtor_id == check.debtor_id)
        else {
            return Ok(vec![Objection {
                claim_id: claim_id.to_owned(),
                rule_id: outreach::CLAIM_UNKNOWN.to_owned(),
                reason: "this debtor has no such claim",
            }]);
        };
        let holds = self.holds.get(claim_id).map(Vec::as_slice).unwrap_or_default();
        let objection = |block: outreach::Block| Objection {
            claim_id: claim_id.to_owned(),
            rule_id: block.rule_id,
            reason: block.reason,
        };
        let to = if check.to_representative { Reader::Representative } else { Reader::Debtor };
        Ok(blocks(claim.state()?, holds, check.purpose, to).into_iter().map(objection).collect())
    }
}
