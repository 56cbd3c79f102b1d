//! The call that counts before every contact.

use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::timestamp;

use super::Api;
use super::who::Who;
use crate::app::outreach::{self, Check, Objection};
use crate::domain::outreach::Purpose;
use crate::error::Error;

const LARGEST_BATCH: usize = 500;

/// May these debtors be contacted about these claims now?
pub async fn check(
    api: &Api,
    who: Who,
    request: wire::CheckOutreachRequest,
) -> Result<wire::CheckOutreachResponse, Error> {
    if request.checks.is_empty() || request.checks.len() > LARGEST_BATCH {
        return Err(Error::field("checks", "needs 1 to 500 contacts"));
    }
    let checks: Vec<Check> = request.checks.into_iter().map(check_of).collect();
    let work = api.store.begin(who.tenant).await?;
    let objections = outreach::check(&work, &checks).await?;
    let verdict = |(check, blocks): (Check, Vec<Objection>)| wire::OutreachVerdict {
        debtor_id: check.debtor_id,
        allowed: blocks.is_empty(),
        blocks: blocks.into_iter().map(block).collect(),
    };
    let verdicts = checks.into_iter().zip(objections).map(verdict).collect();
    let as_of = Some(timestamp(work.now()));
    Ok(wire::CheckOutreachResponse { verdicts, as_of })
}

/// A purpose that is not stated is the strictest.
fn check_of(check: wire::OutreachCheck) -> Check {
    let purpose = match wire::OutreachPurpose::try_from(check.purpose) {
        Ok(wire::OutreachPurpose::Answer) => Purpose::Answer,
        Ok(wire::OutreachPurpose::LegalNotice) => Purpose::LegalNotice,
        _ => Purpose::Collect,
    };
    let wire::OutreachCheck { debtor_id, claim_ids, address, to_representative, .. } = check;
    Check { debtor_id, claim_ids, purpose, address, to_representative }
}

fn block(objection: Objection) -> wire::OutreachBlock {
    wire::OutreachBlock {
        claim_id: objection.claim_id,
        rule_id: objection.rule_id,
        reason: objection.reason.to_owned(),
    }
}
