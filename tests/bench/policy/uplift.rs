//! What learning earns over a plain policy in small made-up worlds, most of which lies outside the model:
//! ten hidden types behind eight blurred personas, effects of three levels together, frailty, money that
//! comes days later. A tool for tuning, not a claim; the simulator makes the claims.

use std::collections::{BTreeMap, VecDeque};

use kulanz_policy::{
    Action, Aims, Context, Credit, Decided, DecisionStream, Dials, Expectation, Features,
    HORIZON_DAYS, Learner, LevelName, MILESTONES, Mask, Objective, Plan, Question, Schema, Scratch,
    Settings, Situation, Space, Weights, decide, probability,
};

const TYPES: usize = 10;
const PER_DAY: usize = 3_000;
const DAYS: usize = 100;
/// Standard deviation of the effects per factor, at scale 1.
const EFFECTS: [f64; 6] = [0.2, 0.05, 0.05, 0.08, 0.15, 0.02];

/// A hidden truth.
struct Truth {
    seed: u64,
    scale: f64,
    incumbent: Action,
}

struct Debtor {
    kind: usize,
    frailty: f64,
    seen: f64,
    balance: f64,
}

/// A number of the standard normal distribution that belongs to these words (of twelve even ones).
fn fixed(seed: u64, words: &[usize]) -> f64 {
    let word = words.iter().fold(seed, |hash, word| {
        (hash ^ (*word as u64 + 0x9E37)).wrapping_mul(0x0100_0000_01B3_5A4D).rotate_left(29)
    });
    let mut stream = DecisionStream::new(word);
    (0..12).map(|_| stream.unit()).sum::<f64>() - 6.0
}

fn normal(stream: &mut DecisionStream) -> f64 {
    (0..12).map(|_| stream.unit()).sum::<f64>() - 6.0
}

impl Truth {
    /// The incumbent is the best of thirty actions, as a good pilot would find it.
    fn new(seed: u64, scale: f64, sizes: &[usize]) -> Self {
        let first = Action::new(&[0; 6]).unwrap();
        let mut truth = Self { seed, scale, incumbent: first };
        let mut stream = DecisionStream::new(seed);
        let any = |stream: &mut DecisionStream| {
            let levels: Vec<usize> = sizes
                .iter()
                .map(|size| {
                    (0..*size).find(|at| stream.unit() * ((size - at) as f64) <= 1.0).unwrap_or(0)
                })
                .collect();
            Action::new(&levels).unwrap()
        };
        let mean = |truth: &Self, action: &Action| {
            (0..TYPES).map(|kind| truth.effect(kind, action)).sum::<f64>()
        };
        let candidates: Vec<Action> = (0..30).map(|_| any(&mut stream)).collect();
        let best =
            candidates.into_iter().max_by(|a, b| mean(&truth, a).total_cmp(&mean(&truth, b)));
        truth.incumbent = best.unwrap();
        truth
    }

    fn effect(&self, kind: usize, action: &Action) -> f64 {
        let levels: Vec<usize> = action.levels().collect();
        let single = |(factor, level): (usize, &usize)| {
            let half = fixed(self.seed, &[1, factor, *level]);
            let own = fixed(self.seed, &[2, factor, *level, kind]);
            EFFECTS[factor] * (half + 0.8 * own)
        };
        let singles: f64 = levels.iter().enumerate().map(single).sum();
        let triple = 0.08 * fixed(self.seed, &[3, levels[0], levels[2], levels[4], kind])
            + 0.05 * fixed(self.seed, &[4, levels[1], levels[2], kind]);
        self.scale * (singles + triple)
    }

    fn probability(&self, debtor: &Debtor, action: &Action) -> f64 {
        probability(-2.9 + debtor.frailty + self.effect(debtor.kind, action))
    }
}

impl Debtor {
    fn new(stream: &mut DecisionStream) -> Self {
        let kind = (stream.unit() * TYPES as f64) as usize;
        let (seen, unseen) = (0.5 * normal(stream), 0.4 * normal(stream));
        let balance = 150.0 + 600.0 * stream.unit();
        Self { kind, frailty: seen + unseen, seen, balance }
    }

    /// What is believed of the person beforehand: only a part of the frailty is seen.
    fn base_rate(&self) -> f64 {
        probability(-2.9 + self.seen)
    }

    /// Personas see the type blurred, and two types as one.
    fn situation(&self, schema: &Schema, stream: &mut DecisionStream) -> Situation {
        let sure = 0.4 + 0.5 * stream.unit();
        let other = (stream.unit() * 8.0) as usize;
        let mut shares = BTreeMap::new();
        *shares.entry(schema.personas[self.kind % 8].clone()).or_insert(0.0) += sure;
        *shares.entry(schema.personas[other].clone()).or_insert(0.0) += 1.0 - sure;
        let context =
            Context { balance: self.balance, age_days: 60.0, contacts: 1.0, open_claims: 1.0 };
        schema.situation(&shares, &context).unwrap()
    }

    fn weights(&self) -> Weights {
        let paid = self.base_rate();
        let expected =
            Expectation { balance: self.balance, share: 1.0, paid, harm: 0.0, kept: 0.5 };
        Aims::default().weights(&expected).unwrap()
    }
}

/// A decision whose outcome is open.
struct Open {
    features: Features,
    base_rate: f64,
    channel: String,
    credit: Credit,
    pays_after: Option<usize>,
}

/// What one run earned against the incumbent: over all days, and over the last fifth.
pub struct Earned {
    pub whole: f64,
    pub last: f64,
}

/// How the learner is set up.
#[derive(Clone, Copy)]
pub struct Setup {
    pub warm: f64,
    pub alpha: f64,
    pub epsilon: f64,
}

/// Runs the words `uplift`, world by world.
pub fn run() {
    let worlds: u64 = std::env::var("WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let read = |name: &str, usual: f64| {
        std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
    };
    let setup = Setup {
        warm: read("WARM", 1.0),
        alpha: read("ALPHA", 0.3),
        epsilon: read("EPSILON", 0.05),
    };
    let scales = std::env::var("SCALES").unwrap_or_else(|_| "0 0.5 1".to_owned());
    for scale in scales.split(' ').filter_map(|scale| scale.parse().ok()) {
        let mut all = Vec::new();
        for seed in 0..worlds {
            let earned = play(seed, scale, setup);
            println!(
                "  scale {scale}, world {seed}: {:+.2} % over all days, {:+.2} % over the last fifth",
                earned.whole, earned.last
            );
            all.push(earned);
        }
        let mean = |of: fn(&Earned) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        println!(
            "uplift over a good fixed action at scale {scale}: {:+.2} % / {:+.2} %",
            mean(|earned| earned.whole),
            mean(|earned| earned.last)
        );
    }
}

/// One run through a world.
struct Run {
    truth: Truth,
    space: Space,
    learner: Learner,
    stream: DecisionStream,
    scratch: Scratch,
    open: VecDeque<(usize, Vec<Open>)>,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

fn play(seed: u64, scale: f64, setup: Setup) -> Earned {
    let schema = Schema::default();
    let factors = schema.factors.iter().map(|known| known.factor.clone());
    let space = Space::new(factors.collect()).unwrap();
    let truth = Truth::new(seed, scale, &space.sizes().collect::<Vec<_>>());
    let incumbent: Vec<LevelName> = space
        .names(&truth.incumbent)
        .map(|(factor, level)| LevelName::new(factor, level))
        .collect();
    let mut learner = Learner::new(schema);
    learner.prefer(&incumbent, setup.warm);
    let mut run = Run {
        truth,
        space,
        learner,
        stream: DecisionStream::new(seed + 1_000),
        scratch: Scratch::default(),
        open: VecDeque::new(),
        ours: vec![0.0; DAYS],
        theirs: vec![0.0; DAYS],
    };
    for day in 0..DAYS {
        run.decide_all(day, setup);
        run.settle_all(day);
    }
    Earned { whole: run.uplift(0), last: run.uplift(DAYS - DAYS / 5) }
}

impl Run {
    fn decide_all(&mut self, day: usize, setup: Setup) {
        let settings = Settings { epsilon: setup.epsilon, null_share: 0.0, ..Settings::default() };
        let dials = Dials { seed: day as u64, alpha: setup.alpha, settings };
        let policy = self.learner.refresh(&dials).unwrap();
        let plan = Plan::new(&policy, self.space.clone()).unwrap();
        let mask = plan.mask(&Mask::default()).unwrap();
        let costs = plan.costs(&BTreeMap::new()).unwrap();
        let mut today = Vec::with_capacity(PER_DAY);
        for turn in 0..PER_DAY {
            let debtor = Debtor::new(&mut self.stream);
            let situation = debtor.situation(policy.schema(), &mut self.stream);
            let weights = debtor.weights();
            let question = Question {
                decision_id: &format!("{day}-{turn}"),
                mask: &mask,
                situation: &situation,
                weights: &weights,
                costs: &costs,
                silence: f32::NEG_INFINITY,
                protected: false,
            };
            let verdict = decide(&policy, &plan, &question, &mut self.scratch).unwrap();
            let action = verdict.action.unwrap();
            let chance = self.truth.probability(&debtor, &action);
            self.ours[day] += chance;
            self.theirs[day] += self.truth.probability(&debtor, &self.truth.incumbent);
            let delay = (1.4 + normal(&mut self.stream)).exp().min(27.0) as usize;
            let channel = &self.space.factors()[0].levels[action.level(0)];
            today.push(Open {
                features: policy.schema().features(&situation, self.space.names(&action)),
                base_rate: debtor.base_rate(),
                channel: channel.clone(),
                credit: Credit::new(Objective::Paid),
                pays_after: (self.stream.unit() < chance).then_some(delay),
            });
        }
        self.open.push_back((day, today));
    }

    fn settle_all(&mut self, day: usize) {
        for (begun, decisions) in &mut self.open {
            for decision in decisions {
                settle(&mut self.learner, decision, day + 1 - *begun);
            }
        }
        if self.open.front().is_some_and(|(begun, _)| day + 1 - begun >= HORIZON_DAYS) {
            self.open.pop_front();
        }
    }

    /// Percent over the incumbent from a day on.
    fn uplift(&self, from: usize) -> f64 {
        let (ours, theirs): (f64, f64) =
            (self.ours[from..].iter().sum(), self.theirs[from..].iter().sum());
        100.0 * (ours / theirs - 1.0)
    }
}

/// What is learned of a decision on the day it is so old.
fn settle(learner: &mut Learner, decision: &mut Open, age: usize) {
    let Open { features, base_rate, channel, credit, pays_after } = decision;
    let decided = Decided { features, base_rate: *base_rate, channel };
    if *pays_after == Some(age - 1) {
        learner.succeed(credit, &decided, 1.0).unwrap();
    } else if MILESTONES.contains(&age) {
        learner.wait(credit, &decided, age).unwrap();
        if age == HORIZON_DAYS
            && let Some(delay) = pays_after
        {
            learner.delay.count(channel, *delay);
        }
    }
}
