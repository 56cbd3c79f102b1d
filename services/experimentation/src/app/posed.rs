//! A question as one version meets it: asked now, asked again, or put to a candidate.

use std::sync::Arc;

use kulanz_policy::{Costs, Masked, Question, Situation, SituationError, Weights};

use super::version::{Prepared, Version};
use crate::domain::goals::Terms;
use crate::domain::known::Known;
use crate::error::Error;

/// Everything of a question but its id.
pub struct Posed<'a> {
    /// The version's view of the space.
    pub prepared: Arc<Prepared>,
    mask: &'a Masked,
    situation: Situation,
    weights: Weights,
    costs: Arc<Costs>,
    silence: f32,
}

impl<'a> Posed<'a> {
    /// Lays out what is known and what counts; `mask` is of the space, and `prepared` of `version`.
    pub fn new(
        version: &Version,
        prepared: Arc<Prepared>,
        mask: &'a Masked,
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
            costs: prepared.costs(terms.cost)?,
            silence,
            prepared,
        })
    }

    /// The question under an id; nothing is tried out on a `protected` person.
    pub fn question<'q>(&'q self, decision_id: &'q str, protected: bool) -> Question<'q> {
        Question {
            decision_id,
            mask: self.mask,
            situation: &self.situation,
            weights: &self.weights,
            costs: &self.costs,
            silence: self.silence,
            protected,
        }
    }
}
