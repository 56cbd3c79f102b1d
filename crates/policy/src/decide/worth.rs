//! What every level and pair is worth in every draw, and the best action of each.

use pulp::{Simd, WithSimd};

use super::Question;
use crate::elimination::{Program, Scratch, add, add_times};
use crate::masked::{Masked, bits};
use crate::plan::{Plan, Source};
use crate::policy::{Policy, Row};

/// Where the weights of a feature come from: the draws, or for protected people the mean.
trait Weigh {
    fn known(&self, belief: usize, feature: usize) -> Row;
    fn stranger(&self, belief: usize, level: usize) -> Row;
}

struct Draws<'a>(&'a Policy, &'a Plan);
struct Mean<'a>(&'a Policy);

impl Weigh for Draws<'_> {
    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn known(&self, belief: usize, feature: usize) -> Row {
        self.0.beliefs[belief].bank[feature]
    }

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn stranger(&self, belief: usize, level: usize) -> Row {
        self.1.prior_draws[belief][level]
    }
}

impl Weigh for Mean<'_> {
    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn known(&self, belief: usize, feature: usize) -> Row {
        Row::splat(self.0.beliefs[belief].mean[feature])
    }

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn stranger(&self, _: usize, _: usize) -> Row {
        Row::ZERO
    }
}

/// One question's work for the kernel.
pub(super) struct Work<'a> {
    pub policy: &'a Policy,
    pub plan: &'a Plan,
    pub question: &'a Question<'a>,
    pub masked: &'a Masked,
    pub program: &'a Program,
    pub scratch: &'a mut Scratch,
}

impl WithSimd for Work<'_> {
    type Output = Row;

    /// The best action's value of each draw, less what silence is worth.
    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Row {
        let (policy, plan) = (self.policy, self.plan);
        if self.question.protected {
            self.maximise(&Mean(policy))
        } else {
            self.maximise(&Draws(policy, plan))
        }
    }
}

impl Work<'_> {
    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn maximise(mut self, weigh: &impl Weigh) -> Row {
        self.program.prepare(self.masked, self.scratch);
        let mut terms = std::mem::take(&mut self.scratch.terms);
        list_terms(self.policy, self.question, &mut terms);
        self.weigh_levels(&terms, weigh);
        self.weigh_pairs(weigh);
        let mut total = Row::splat(-self.question.silence);
        add_block(&mut total, &terms, self.policy.schema.contact_block(), weigh);
        self.scratch.terms = terms;
        add(&mut total, &self.program.maximise(self.scratch));
        total
    }

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn weigh_levels(&mut self, terms: &[Term], weigh: &impl Weigh) {
        for (factor, sources) in self.plan.sources.iter().enumerate() {
            for level in bits(self.masked.allowed(factor)).map(usize::from) {
                let mut row = Row::splat(-self.question.costs.0[factor][level]);
                match sources[level] {
                    Source::Known(block) => add_block(&mut row, terms, block, weigh),
                    Source::Prior(stranger) => {
                        for (belief, worth) in worths(self.policy, self.question) {
                            add_times(&mut row, &weigh.stranger(belief, stranger), worth);
                        }
                    }
                }
                self.scratch.rows[self.program.level_row(factor, level)] = row;
            }
        }
    }

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn weigh_pairs(&mut self, weigh: &impl Weigh) {
        for (edge, (low, high)) in self.program.edges().iter().enumerate() {
            let known = self.plan.program.edges().iter().position(|known| known == &(*low, *high));
            let features = known.map(|known| self.plan.pair_features[known].as_slice());
            let forbidden =
                self.masked.forbidden.iter().find(|pair| pair.low == *low && pair.high == *high);
            let width = self.plan.sources[*high].len();
            for first in bits(self.masked.allowed(*low)).map(usize::from) {
                let never = forbidden.map_or(0, |pair| pair.by_low[first]);
                for second in bits(self.masked.allowed(*high)).map(usize::from) {
                    let feature = features.and_then(|features| features[first * width + second]);
                    self.scratch.rows[self.program.pair_row(edge, first, second)] =
                        if never >> second & 1 == 1 {
                            Row::NEVER
                        } else {
                            self.weigh_pair(feature, weigh)
                        };
                }
            }
        }
    }

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn weigh_pair(&self, feature: Option<usize>, weigh: &impl Weigh) -> Row {
        let mut row = Row::ZERO;
        if let Some(feature) = feature {
            for (belief, worth) in worths(self.policy, self.question) {
                add_times(&mut row, &weigh.known(belief, feature), worth);
            }
        }
        row
    }
}

/// One weight of a block that counts for this question: of which belief, where in the block, and how many
/// euros a logit of it is worth.
pub(crate) type Term = (usize, usize, f32);

/// The beliefs that are worth anything here, with their euros per logit.
pub(super) fn worths<'a>(
    policy: &'a Policy,
    question: &'a Question<'_>,
) -> impl Iterator<Item = (usize, f32)> + 'a {
    let worth = |belief: &crate::policy::Belief| question.weights.0[belief.objective.index()];
    policy.beliefs.iter().map(worth).enumerate().filter(|(_, worth)| *worth != 0.0)
}

fn list_terms(policy: &Policy, question: &Question<'_>, terms: &mut Vec<Term>) {
    terms.clear();
    for (belief, worth) in worths(policy, question) {
        #[expect(clippy::cast_possible_truncation, reason = "the kernel computes in f32")]
        let term = |(slot, value): &(usize, f64)| (belief, *slot, worth * *value as f32);
        terms.extend(question.situation.terms.iter().map(term));
    }
}

#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn add_block(sum: &mut Row, terms: &[Term], block: usize, weigh: &impl Weigh) {
    for (belief, slot, worth) in terms {
        add_times(sum, &weigh.known(*belief, block + slot), *worth);
    }
}
