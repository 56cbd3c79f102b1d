//! Whether the log of decisions is what was logged.

use std::collections::BTreeMap;

use futures::stream;
use kulanz_chassis::{Streamed, Violations, status};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_types::TenantId;
use tonic::Status;

use super::Server;
use crate::app::verify::{Break, Flaw, Step, Walk};
use crate::error::Error;

impl Server {
    pub(super) fn stream_verification(
        &self,
        tenant: TenantId,
        request: pb::VerifyDecisionsRequest,
    ) -> Result<Streamed<pb::VerifyDecisionsResponse>, Error> {
        let walk = Walk::new(self.store.clone(), tenant, anchors(request.anchors)?);
        let steps = stream::try_unfold(Some(walk), |walk| async move {
            let Some(mut walk) = walk else { return Ok(None) };
            let step = walk.step().await.map_err(status)?;
            let told = response(&walk, &step);
            Ok::<_, Status>(Some((told, (step == Step::On).then_some(walk))))
        });
        Ok(Box::pin(steps))
    }
}

fn anchors(asked: Vec<pb::DecisionAnchor>) -> Result<BTreeMap<i64, String>, Error> {
    let (mut anchors, mut wrong) = (BTreeMap::new(), Violations::default());
    for (position, pb::DecisionAnchor { sequence, chain_hash }) in asked.into_iter().enumerate() {
        let field = |name: &str| format!("anchors[{position}].{name}");
        let digits = chain_hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        wrong.require(
            digits && chain_hash.len() == 64,
            &field("chain_hash"),
            "64 hexadecimal digits",
        );
        let is_new = sequence > 0 && anchors.insert(sequence, chain_hash).is_none();
        wrong.require(is_new, &field("sequence"), "a place from 1, each once");
    }
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(anchors)
}

fn response(walk: &Walk, step: &Step) -> pb::VerifyDecisionsResponse {
    let broken = match step {
        Step::Broken(found) => Some(found_break(found)),
        Step::On | Step::Whole => None,
    };
    pb::VerifyDecisionsResponse {
        length: walk.length,
        first_hash: walk.first_hash.clone(),
        last_hash: walk.last_hash.clone(),
        finished: *step != Step::On,
        broken,
    }
}

fn found_break(found: &Break) -> pb::DecisionBreak {
    let flaw = match found.flaw {
        Flaw::Missing => pb::ChainFlaw::Missing,
        Flaw::Changed => pb::ChainFlaw::Changed,
        Flaw::Context => pb::ChainFlaw::Context,
        Flaw::End => pb::ChainFlaw::End,
        Flaw::Anchor => pb::ChainFlaw::Anchor,
        Flaw::Cut => pb::ChainFlaw::Cut,
    };
    let (sequence, decision_id) = (found.sequence, found.decision_id.clone());
    pb::DecisionBreak { sequence, decision_id, flaw: flaw.into() }
}
