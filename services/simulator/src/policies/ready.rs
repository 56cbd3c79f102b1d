//! A policy of crates/policy made ready to be asked.

use std::collections::BTreeMap;

use kulanz_policy::{
    Costs, Dials, Factor, Learner, LevelName, Masked, Plan, Policy as Model, Space,
};

use super::learned::LearnedError;
use super::seen::wire_mask;
use crate::run::Mask;
use crate::space::FACTORS;

/// What a policy is asked with, prepared once.
#[derive(Debug)]
pub(super) struct Ready {
    pub model: Model,
    pub plan: Plan,
    pub costs: Costs,
    masks: BTreeMap<Mask, Masked>,
}

impl Ready {
    /// The next policy of a learner.
    pub fn new(
        learner: &mut Learner,
        dials: &Dials,
        costs: &BTreeMap<LevelName, f64>,
    ) -> Result<Self, LearnedError> {
        let model = learner.refresh(dials)?;
        let factor = |(name, levels): (&str, &[&str])| Factor {
            name: name.to_owned(),
            levels: levels.iter().map(ToString::to_string).collect(),
        };
        let space = Space::new(FACTORS.into_iter().map(factor).collect())?;
        let plan = Plan::new(&model, space)?;
        let costs = plan.costs(costs)?;
        Ok(Self { model, plan, costs, masks: BTreeMap::new() })
    }

    /// Resolves a mask, once.
    pub fn learn_mask(&mut self, mask: Mask) -> Result<(), LearnedError> {
        if !self.masks.contains_key(&mask) {
            let masked = self.plan.mask(&wire_mask(mask))?;
            self.masks.insert(mask, masked);
        }
        Ok(())
    }

    /// A mask that was resolved.
    pub fn mask(&self, mask: Mask) -> &Masked {
        &self.masks[&mask]
    }
}
