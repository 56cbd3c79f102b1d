//! What the bench decides about: people, contexts and masks of a usual portfolio.

use std::collections::BTreeMap;

use kulanz_policy::{
    Aims, Context, Costs, DecisionStream, Dials, Expectation, Features, Learner, LevelExclusion,
    LevelName, Mask, Masked, Objective, PairExclusion, Plan, Policy, Question, Schema, Situation,
    Space, Weights,
};

/// Different people.
const PEOPLE: usize = 1_000;
/// Outcomes the policy has learned from.
const OUTCOMES: usize = 20_000;

/// One person at one moment.
pub struct Person {
    pub memberships: BTreeMap<String, f64>,
    pub context: Context,
    situation: Situation,
    weights: Weights,
}

/// A policy with everything that questions to it borrow.
pub struct World {
    pub learner: Learner,
    pub policy: Policy,
    pub plan: Plan,
    pub people: Vec<Person>,
    open: Masked,
    usual: Masked,
    costs: Costs,
    outcomes: Vec<(Features, f64)>,
    ids: Vec<String>,
}

impl World {
    /// Learns random outcomes for payment and harm.
    pub fn new() -> Self {
        let schema = Schema::default();
        let mut stream = DecisionStream::new(11);
        let people: Vec<Person> = (0..PEOPLE).map(|_| Person::new(&schema, &mut stream)).collect();
        let outcomes: Vec<(Features, f64)> = (0..OUTCOMES)
            .map(|turn| outcome(&schema, &people[turn % PEOPLE], &mut stream))
            .collect();
        let mut learner = Learner::new(schema);
        for (features, outcome) in &outcomes {
            learner.learn(Objective::Paid, features, 0.1, *outcome, 1.0).unwrap();
            learner.learn(Objective::Harm, features, 0.02, 1.0 - outcome, 1.0).unwrap();
        }
        Self::of(learner, people, outcomes)
    }

    fn of(mut learner: Learner, people: Vec<Person>, outcomes: Vec<(Features, f64)>) -> Self {
        let policy = learner.refresh(&Dials::default()).unwrap();
        let factors = policy.schema().factors.iter().map(|known| known.factor.clone());
        let plan = Plan::new(&policy, Space::new(factors.collect()).unwrap()).unwrap();
        let cost = |level, euros| (LevelName::new("channel", level), euros);
        let costs =
            BTreeMap::from([cost("letter", 1.1), cost("sms", 0.07), cost("whatsapp", 0.08)]);
        Self {
            open: plan.mask(&Mask::default()).unwrap(),
            usual: plan.mask(&usual_mask()).unwrap(),
            costs: plan.costs(&costs).unwrap(),
            ids: (0..PEOPLE).map(|turn| format!("decision_{turn:026}")).collect(),
            learner,
            policy,
            plan,
            people,
            outcomes,
        }
    }

    /// The same with something learned of every objective.
    pub fn with_all_objectives(&self) -> Self {
        let mut learner = self.learner.clone();
        let mut stream = DecisionStream::new(11);
        let schema = learner.schema().clone();
        for (features, outcome) in &self.outcomes {
            for objective in [Objective::Share, Objective::Speed, Objective::Kept] {
                learner.learn(objective, features, 0.5, *outcome, 1.0).unwrap();
            }
        }
        let people = (0..PEOPLE).map(|_| Person::new(&schema, &mut stream)).collect();
        Self::of(learner, people, self.outcomes.clone())
    }

    /// The id of a decision.
    pub fn id(&self, turn: usize) -> &str {
        &self.ids[turn % self.ids.len()]
    }

    /// An outcome to learn.
    pub fn outcome(&self, turn: usize) -> (&Features, f64) {
        let (features, outcome) = &self.outcomes[turn % self.outcomes.len()];
        (features, *outcome)
    }

    /// A question about one of the people.
    pub fn question<'a>(&'a self, turn: usize, id: &'a str, masked: bool) -> Question<'a> {
        let person = &self.people[turn % self.people.len()];
        Question {
            decision_id: id,
            mask: if masked { &self.usual } else { &self.open },
            situation: &person.situation,
            weights: &person.weights,
            costs: &self.costs,
            silence: 0.0,
            protected: false,
        }
    }
}

impl Person {
    /// Four personas share a person, as the typology usually has it.
    fn new(schema: &Schema, stream: &mut DecisionStream) -> Self {
        let mut memberships = BTreeMap::new();
        let first = (stream.unit() * 8.0).floor();
        for (step, share) in [0.55, 0.25, 0.12, 0.08].into_iter().enumerate() {
            let at = (0..8).find(|at| f64::from(*at) >= first).unwrap_or(0);
            let persona = &schema.personas[(usize::try_from(at).unwrap() + 3 * step) % 8];
            memberships.insert(persona.clone(), share);
        }
        let context = Context {
            balance: 50.0 + 900.0 * stream.unit(),
            age_days: 200.0 * stream.unit(),
            contacts: (8.0 * stream.unit()).floor(),
            open_claims: (1.0 + 4.0 * stream.unit()).floor(),
        };
        let paid = 0.02 + 0.2 * stream.unit();
        let expected =
            Expectation { balance: context.balance, share: 0.7, paid, harm: 0.02, kept: 0.6 };
        Self {
            situation: schema.situation(&memberships, &context).unwrap(),
            weights: Aims::default().weights(&expected).unwrap(),
            memberships,
            context,
        }
    }
}

fn outcome(schema: &Schema, person: &Person, stream: &mut DecisionStream) -> (Features, f64) {
    let mut levels = Vec::new();
    for known in &schema.factors {
        let count = known.factor.levels.len();
        let at = (0..count).find(|at| stream.unit() * (count - at) as f64 <= 1.0).unwrap_or(0);
        levels.push((known.factor.name.as_str(), known.factor.levels[at].as_str()));
    }
    let paid = f64::from(u8::from(stream.unit() < 0.1));
    (schema.features(&person.situation, levels), paid)
}

/// What law, consent and the catalogue's own rules usually leave out.
fn usual_mask() -> Mask {
    let level = |factor, level| LevelExclusion {
        level: LevelName::new(factor, level),
        rule_id: "usual".to_owned(),
    };
    let pair = |(f, l), (g, m)| PairExclusion {
        first: LevelName::new(f, l),
        second: LevelName::new(g, m),
        rule_id: "usual".to_owned(),
    };
    Mask {
        levels: vec![level("channel", "whatsapp"), level("motive", "social_proof")],
        pairs: vec![
            pair(("channel", "sms"), ("offer", "conversation")),
            pair(("channel", "letter"), ("slot", "late_week_evening")),
            pair(("tone", "formal"), ("salutation", "du")),
            pair(("tone", "friendly"), ("motive", "loss_framing")),
        ],
    }
}
