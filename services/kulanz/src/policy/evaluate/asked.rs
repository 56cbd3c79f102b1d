//! A policy file that is asked each question of an exported log anew: docs/decision-log.md describes the columns.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use kulanz_experimentation::domain::goals::{Goals, Terms, costs};
use kulanz_experimentation::domain::known::Known;
use kulanz_policy::{
    Costs, Distribution, Factor, LevelExclusion, LevelName, Mask, PairExclusion, Plan, Policy,
    Question, Scratch, Space,
};
use serde::de::DeserializeOwned;

use super::error::{EvaluateError, PolicyProblem};
use crate::table::{Column, Header, Row};

/// A policy and where the log says what was asked.
pub(super) struct Asked {
    policy: Policy,
    terms: Terms,
    columns: Columns,
    /// Spaces by how they stand in the log.
    spaces: HashMap<String, Laid>,
    scratch: Scratch,
}

/// A policy laid out over a space.
struct Laid {
    plan: Plan,
    costs: Costs,
}

/// What an exported log knows of a question.
struct Columns {
    personas: Column,
    balance: Column,
    payment_probability: Column,
    claim_count: Column,
    contact_count: Column,
    oldest_due_days: Column,
    protected: Column,
    origin: Column,
    narrowed: Column,
    space: Column,
    levels: Column,
    excluded: Column,
}

/// Reads a policy over the features that its file names.
pub(super) fn read(path: &Path) -> Result<Policy, EvaluateError> {
    let wrong = |why: PolicyProblem| EvaluateError::Policy(path.display().to_string(), why);
    let bytes = std::fs::read(path).map_err(|error| wrong(error.into()))?;
    Policy::read_own(&bytes).map_err(|error| wrong(error.into()))
}

impl Asked {
    /// The policy over a table with this header. What counts is what counts where nobody set objectives.
    pub fn new(policy: Policy, header: &Header) -> Result<Self, EvaluateError> {
        Ok(Self {
            policy,
            terms: Goals::default().terms(&[]),
            columns: Columns::find(header)?,
            spaces: HashMap::new(),
            scratch: Scratch::default(),
        })
    }

    /// Whether a row says nothing of a policy, because nothing else could have been done: for the hold-out,
    /// about protected people, where an arm of an experiment took levels away; or because the person was erased.
    pub fn leaves_out(&self, cells: &Row) -> Result<bool, EvaluateError> {
        let Columns { protected, narrowed, origin, claim_count, .. } = &self.columns;
        let erased = cells.cell(claim_count).is_empty();
        let held_out = cells.cell(origin) == "holdout";
        Ok(erased || held_out || cells.number(narrowed)? > 0.0 || cells.number(protected)? > 0.0)
    }

    /// The probability of the logged action, then of its level of each of these factors, given that the policy
    /// makes contact.
    pub fn probabilities(
        &mut self,
        cells: &Row,
        factors: &[String],
    ) -> Result<Vec<f64>, EvaluateError> {
        let row = cells.number;
        let wrong = |column, problem: String| EvaluateError::Question { row, column, problem };
        self.lay(cells)?;
        let Laid { plan, costs } = &self.spaces[cells.text(&self.columns.space)?];
        let space = plan.space();
        let (known, mask) = (self.columns.known(cells)?, mask(cells, &self.columns.excluded)?);
        let mask = plan.mask(&mask).map_err(|flaw| wrong("excluded", flaw.to_string()))?;
        let situation = known.situation(self.policy.schema());
        let situation = situation.map_err(|flaw| wrong("personas", flaw.to_string()))?;
        let weights = self.terms.aims.weights(&known.expectation());
        let weights = weights.map_err(|flaw| wrong("payment_probability", flaw.to_string()))?;
        #[expect(clippy::cast_possible_truncation, reason = "the kernel computes in f32")]
        let silence = self.terms.silence as f32;
        let question = Question {
            decision_id: "",
            mask: &mask,
            situation: &situation,
            weights: &weights,
            costs,
            silence,
            protected: false,
        };
        let asked = Distribution::new(&self.policy, plan, &question, &mut self.scratch)
            .map_err(|flaw| wrong("space", flaw.to_string()))?;
        let levels: BTreeMap<String, String> = structure(cells, &self.columns.levels, "levels")?;
        let outside = || wrong("levels", "are not of the space".to_owned());
        let action = space.action(&levels).ok_or_else(outside)?;
        let speaks = 1.0 - asked.null();
        // Sums of shares may exceed the whole by a rounding.
        let given =
            |probability: f64| if speaks > 0.0 { (probability / speaks).min(1.0) } else { 0.0 };
        let mut found = vec![given(asked.joint(&action))];
        for name in factors {
            let place = space.factors().iter().position(|factor| factor.name == *name);
            let place = place.ok_or_else(|| wrong("space", format!("has no factor `{name}`")))?;
            found.push(given(asked.marginal(place, action.level(place))));
        }
        Ok(found)
    }

    /// Lays the policy out over the space of a row, once for each space.
    fn lay(&mut self, cells: &Row) -> Result<(), EvaluateError> {
        let space = cells.text(&self.columns.space)?;
        if self.spaces.contains_key(space) {
            return Ok(());
        }
        let factors: Vec<Factor> = structure(cells, &self.columns.space, "space")?;
        let wrong = |problem: String| EvaluateError::Question {
            row: cells.number,
            column: "space",
            problem,
        };
        let known = Space::new(factors).map_err(|flaw| wrong(flaw.to_string()))?;
        let plan = Plan::new(&self.policy, known).map_err(|flaw| wrong(flaw.to_string()))?;
        let costs = plan.costs(&costs(self.terms.cost)).map_err(|flaw| wrong(flaw.to_string()))?;
        self.spaces.insert(space.to_owned(), Laid { plan, costs });
        Ok(())
    }
}

impl Columns {
    fn find(header: &Header) -> Result<Self, EvaluateError> {
        Ok(Self {
            personas: header.column("personas")?,
            balance: header.column("balance")?,
            payment_probability: header.column("payment_probability")?,
            claim_count: header.column("claim_count")?,
            contact_count: header.column("contact_count")?,
            oldest_due_days: header.column("oldest_due_days")?,
            protected: header.column("protected")?,
            origin: header.column("origin")?,
            narrowed: header.column("narrowed")?,
            space: header.column("space")?,
            levels: header.column("levels")?,
            excluded: header.column("excluded")?,
        })
    }

    /// What was known; an amount or a probability that is missing was unknown then.
    fn known(&self, cells: &Row) -> Result<Known, EvaluateError> {
        let optional = |column: &Column| {
            let known = !cells.cell(column).is_empty();
            known.then(|| cells.number(column)).transpose()
        };
        let count = |column: &Column| {
            #[expect(clippy::cast_possible_truncation, reason = "written from an i32")]
            let whole = cells.number(column)?.round() as i32;
            Ok::<i32, EvaluateError>(whole)
        };
        let balance = optional(&self.balance)?.map(|balance| {
            #[expect(clippy::cast_possible_truncation, reason = "written from minor units")]
            let minor_units = (balance * 100.0).round() as i64;
            (String::new(), minor_units)
        });
        Ok(Known {
            personas: structure(cells, &self.personas, "personas")?,
            claim_count: count(&self.claim_count)?,
            balance,
            contact_count: count(&self.contact_count)?,
            payment_probability: optional(&self.payment_probability)?.unwrap_or_default(),
            oldest_due_days: count(&self.oldest_due_days)?,
            ..Known::default()
        })
    }
}

fn structure<T: DeserializeOwned>(
    cells: &Row,
    column: &Column,
    name: &'static str,
) -> Result<T, EvaluateError> {
    serde_json::from_str(cells.text(column)?).map_err(|error| EvaluateError::Question {
        row: cells.number,
        column: name,
        problem: error.to_string(),
    })
}

/// `["channel=sms", rule]` takes a level away, `["channel=sms", "motive=closure", rule]` a pair.
fn mask(cells: &Row, column: &Column) -> Result<Mask, EvaluateError> {
    let excluded: Vec<Vec<String>> = structure(cells, column, "excluded")?;
    let level = |text: &str| {
        let (factor, level) = text.split_once('=')?;
        Some(LevelName::new(factor, level))
    };
    let mut mask = Mask::default();
    for one in &excluded {
        let added = match one.as_slice() {
            [only, rule] => level(only).map(|level| {
                mask.levels.push(LevelExclusion { level, rule_id: rule.clone() });
            }),
            [first, second, rule] => level(first).zip(level(second)).map(|(first, second)| {
                mask.pairs.push(PairExclusion { first, second, rule_id: rule.clone() });
            }),
            _ => None,
        };
        added.ok_or_else(|| EvaluateError::Question {
            row: cells.number,
            column: "excluded",
            problem: format!(
                "{one:?} is neither [\"factor=level\", rule] nor a pair of levels and a rule"
            ),
        })?;
    }
    Ok(mask)
}
