//! A question as one version meets it: asked now, asked again, or put to a candidate.

use std::sync::Arc;

use kulanz_policy::{Costs, Masked, Plan, Question, Situation, SituationError, Weights};

use super::policies::Version;
use crate::domain::goals::{Terms, costs};
use crate::domain::known::Known;
use crate::error::Error;

/// Everything of a question but its id.
pub struct Posed {
    /// The version's plan of the space.
    pub plan: Arc<Plan>,
    mask: Masked,
    situation: Situation,
    weights: Weights,
    costs: Costs,
    silence: f32,
}

impl Posed {
    /// Lays out what is known and what counts; `mask` is of `plan`, and `plan` of `version`.
    pub fn new(
        version: &Version,
        plan: Arc<Plan>,
        mask: Masked,
        seen: &Known,
        terms: &Terms,
    ) -> Result<Self, Error> {
        let wrong = |flaw: SituationError| Error::field("context", flaw.to_string());
        #[expect(clippy::cast_possible_truncation, reason = "the kernel computes in f32")]
        let silence = terms.silence as f32;
        Ok(Self {
            mask,
            situation: seen.situation(version.policy.schema()).map_err(wrong)?,
            weights: terms.aims.weights(&seen.expectation()).map_err(wrong)?,
            costs: plan.costs(&costs(terms.cost)).map_err(wrong)?,
            silence,
            plan,
        })
    }

    /// The question under an id; nothing is tried out on a `protected` person.
    pub const fn question<'a>(&'a self, decision_id: &'a str, protected: bool) -> Question<'a> {
        Question {
            decision_id,
            mask: &self.mask,
            situation: &self.situation,
            weights: &self.weights,
            costs: &self.costs,
            silence: self.silence,
            protected,
        }
    }
}
