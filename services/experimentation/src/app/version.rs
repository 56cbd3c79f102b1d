//! One version of a policy, ready to decide.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kulanz_policy::{Costs, Plan, Policy};

use super::catalogue::Catalogue;
use crate::domain::goals::costs;
use crate::error::Error;
use crate::store::policy::Model;

/// A policy version ready to decide.
pub struct Version {
    /// As decisions log it.
    pub name: String,
    /// The content.
    pub policy: Policy,
    /// Names of its features, for reasons.
    pub features: Vec<String>,
    /// Names its features and their order.
    pub features_named: String,
    plans: Mutex<HashMap<String, Arc<Prepared>>>,
}

/// A version prepared for one space.
pub struct Prepared {
    /// What decides over it.
    pub plan: Plan,
    /// What contacts cost there, as the last question counted it.
    costs: Mutex<Option<(f64, Arc<Costs>)>>,
}

impl Prepared {
    /// What contacts cost, each euro counted `weight` times: seldom another from question to question.
    pub fn costs(&self, weight: f64) -> Result<Arc<Costs>, Error> {
        let mut last = self.costs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, laid)) = &*last
            && of.to_bits() == weight.to_bits()
        {
            return Ok(Arc::clone(laid));
        }
        let laid = self.plan.costs(&costs(weight));
        let laid = Arc::new(laid.map_err(|flaw| Error::field("context", flaw.to_string()))?);
        *last = Some((weight, Arc::clone(&laid)));
        Ok(laid)
    }
}

/// Spaces that a version keeps plans for: a caller that sends ever new ones gets no memory from it.
const PLANS: usize = 64;

impl Version {
    /// Reads a row.
    pub fn read(row: &Model) -> Result<Self, Error> {
        Ok(Self::of(row.version.clone(), Policy::read_own(&row.content)?))
    }

    /// A policy under a name.
    pub fn of(name: String, policy: Policy) -> Self {
        Self {
            name,
            features: policy.schema().feature_names(),
            features_named: policy.schema().version(),
            policy,
            plans: Mutex::default(),
        }
    }

    /// The policy prepared for a space.
    pub fn prepared(&self, catalogue: &Catalogue) -> Result<Arc<Prepared>, Error> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = plans.get(&catalogue.hash) {
            return Ok(Arc::clone(known));
        }
        let plan = Plan::new(&self.policy, catalogue.space.clone());
        let plan = plan.map_err(|flaw| Error::field("space", flaw.to_string()))?;
        let prepared = Arc::new(Prepared { plan, costs: Mutex::default() });
        if plans.len() >= PLANS {
            plans.clear();
        }
        plans.insert(catalogue.hash.clone(), Arc::clone(&prepared));
        Ok(prepared)
    }
}
