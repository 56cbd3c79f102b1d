//! How a candidate would have done on the decisions of others: what each logged decision says of it, and
//! what stands against putting it to use.
//!
//! A log holds silences too. Whether to contact is one more factor of every decision, and nothing is booked to
//! a silence. Of the other factors a contact tells what it would have been: where the candidate would rather
//! have said nothing, its level counts only as far as the candidate would have made the contact.

mod judged;

use kulanz_policy::{Evaluation, FactorProbability, LogError, LoggedAction, Predicted, evaluate};

pub use judged::{Failure, judge};

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// Euros that count, less what the contact cost.
    pub value: f64,
    /// The chance that the person objected or complained: 0 or 1 where that was seen to the end.
    pub harm: f64,
    /// Whether a message was sent.
    pub contacted: bool,
}

/// One chosen level, and how likely it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The factor.
    pub factor: String,
    /// The level.
    pub level: String,
    /// Probability in the log, silence included.
    pub logged: f64,
    /// Probability under the candidate, silence included.
    pub target: f64,
}

/// A decision whose outcome is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The levels that were chosen; empty for silence.
    pub choices: Vec<Choice>,
    /// Probability of the very action: in the log, under the candidate.
    pub joint: [f64; 2],
    /// Probability of silence: in the log, under the candidate.
    pub silence: [f64; 2],
    /// What came of it.
    pub reached: Reached,
    /// What a model expects of value and harm.
    pub expected: Option<[Predicted; 2]>,
    /// Whom it was about, as a group that is to be treated like the others.
    pub group: String,
}

/// What was decided, in numbers: a few hundred bytes a decision.
#[derive(Debug, Default)]
pub struct Log {
    /// The factor "contact" first.
    factors: Vec<String>,
    /// The names of the levels of each factor.
    levels: Vec<Vec<String>>,
    rows: Vec<Row>,
    groups: Vec<String>,
}

#[derive(Debug)]
struct Row {
    /// By the factor's position.
    chosen: Vec<(usize, FactorProbability)>,
    joint: [f64; 2],
    contact: [f64; 2],
    reached: Reached,
    expected: Option<[Predicted; 2]>,
}

/// Whether to contact, as a factor.
const CONTACT: &str = "contact";
/// What stands where a decision does not have a factor.
const ABSENT: usize = usize::MAX;

impl Log {
    /// Takes a decision in.
    pub fn push(&mut self, known: Known) {
        let acted = !known.choices.is_empty();
        let contact =
            if acted { known.silence.map(|silence| 1.0 - silence) } else { known.silence };
        let level = self.numbered(CONTACT, if acted { "yes" } else { "no" });
        let of_contact =
            FactorProbability { level: level.1, logged: contact[0], target: contact[1] };
        let mut chosen = vec![(level.0, of_contact)];
        for choice in known.choices {
            let (factor, level) = self.numbered(&choice.factor, &choice.level);
            chosen.push((factor, given_contact(level, &choice, contact)));
        }
        let Known { joint, reached, expected, group, .. } = known;
        self.rows.push(Row { chosen, joint, contact, reached, expected });
        self.groups.push(group);
    }

    /// How many decisions.
    pub fn decisions(&self) -> usize {
        self.rows.len()
    }

    fn numbered(&mut self, factor: &str, level: &str) -> (usize, usize) {
        let factor = position(&mut self.factors, factor);
        if self.levels.len() <= factor {
            self.levels.push(Vec::new());
        }
        (factor, position(&mut self.levels[factor], level))
    }

    /// The log with one number per decision as its reward; `model` picks what was expected of it.
    fn rewarded(&self, reward: impl Fn(&Reached) -> f64, model: usize) -> Vec<LoggedAction> {
        let row = |row: &Row| {
            let absent = FactorProbability { level: ABSENT, logged: 1.0, target: 1.0 };
            let mut factors = vec![absent; self.factors.len()];
            for (factor, chosen) in &row.chosen {
                factors[*factor] = *chosen;
            }
            LoggedAction {
                reward: reward(&row.reached),
                propensity: row.joint[0],
                target: row.joint[1],
                factors,
                predicted: row.expected.map(|expected| expected[model]),
            }
        };
        self.rows.iter().map(row).collect()
    }

    fn valued(&self) -> Vec<LoggedAction> {
        self.rewarded(|reached| reached.value, 0)
    }

    /// What the log says of the candidate: value, harm, contacts.
    pub fn evaluated(&self) -> Result<Evaluated, LogError> {
        let contact = |row: &Row| LoggedAction {
            reward: f64::from(u8::from(row.reached.contacted)),
            propensity: row.contact[0],
            target: row.contact[1],
            factors: Vec::new(),
            predicted: None,
        };
        let contacts: Vec<_> = self.rows.iter().map(contact).collect();
        Ok(Evaluated {
            value: supported(evaluate(&self.valued())?),
            harm: supported(evaluate(&self.rewarded(|reached| reached.harm, 1))?),
            contacts: evaluate(&contacts)?,
        })
    }
}

/// What silence earns is known without evidence, nothing is booked to it; so is what an absent factor does.
fn supported(mut evaluation: Evaluation) -> Evaluation {
    evaluation.levels.retain(|level| level.factor != 0 && level.level != ABSENT);
    evaluation
}

/// What a log says of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// Euros that count, less the costs of contact.
    pub value: Evaluation,
    /// Signs of harm.
    pub harm: Evaluation,
    /// Messages sent.
    pub contacts: Evaluation,
}

/// How likely the level was, given a contact. Where the candidate contacts less than the log, the rest is
/// taken as the log's own, so that the slate weight of the whole is the weight of the contact times that of
/// the levels.
fn given_contact(level: usize, choice: &Choice, contact: [f64; 2]) -> FactorProbability {
    let logged = share(choice.logged, contact[0]);
    let target = if contact[1] > 0.0 { share(choice.target, contact[1]) } else { logged };
    let made = share(contact[1], contact[0]);
    FactorProbability { level, logged, target: (1.0 - made) * logged + made * target }
}

/// A part of a whole that holds it, as far as rounding does not say otherwise.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn position(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

#[cfg(test)]
mod tests;
