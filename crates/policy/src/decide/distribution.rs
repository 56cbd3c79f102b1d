//! The policy's distribution over one question's actions.

use std::collections::BTreeMap;

use super::verdict::{Origin, Propensities, Verdict};
use super::worth::Work;
use super::{Question, best, mask_for, tied};
use crate::elimination::Scratch;
use crate::masked::Masked;
use crate::plan::Plan;
use crate::policy::{DRAWS, Policy};
use crate::random::DecisionStream;
use crate::space::{Action, MAX_FACTORS, SpaceError};

/// What each draw would do, and what that comes to.
pub struct Distribution<'a> {
    /// The best action of each draw; `None` is silence.
    draws: [Option<Action>; DRAWS],
    mask: MaskOf<'a>,
    /// How many actions the mask permits.
    permitted: f64,
    epsilon: f64,
    null_share: f64,
    protected: bool,
}

enum MaskOf<'a> {
    Asked(&'a Masked),
    Narrowed(Masked),
}

impl MaskOf<'_> {
    const fn get(&self) -> &Masked {
        match self {
            Self::Asked(mask) => mask,
            Self::Narrowed(mask) => mask,
        }
    }
}

impl<'a> Distribution<'a> {
    /// Computes the best action of every draw.
    pub fn new(
        policy: &Policy,
        plan: &Plan,
        question: &Question<'a>,
        scratch: &mut Scratch,
    ) -> Result<Self, SpaceError> {
        let narrowed = mask_for(plan, question)?;
        let mask = narrowed.map_or(MaskOf::Asked(question.mask), MaskOf::Narrowed);
        let permitted = mask.get().count();
        let mut draws = [None; DRAWS];
        if permitted > 0.0 {
            fill(policy, plan, question, mask.get(), scratch, &mut draws)?;
        }
        let explores = f64::from(u8::from(!question.protected));
        Ok(Self {
            draws,
            mask,
            permitted,
            epsilon: explores * policy.settings.epsilon,
            null_share: explores * policy.settings.null_share,
            protected: question.protected,
        })
    }

    /// The best action of each draw; `None` is silence.
    pub const fn draws(&self) -> &[Option<Action>; DRAWS] {
        &self.draws
    }

    /// Whether the mask leaves any action besides silence.
    pub fn has_candidates(&self) -> bool {
        self.permitted > 0.0
    }

    /// The probability of silence.
    pub fn null(&self) -> f64 {
        if !self.has_candidates() {
            return 1.0;
        }
        self.null_share + self.learned_share() * self.share(Option::is_none)
    }

    /// The probability of exactly this action; 0 for one that the mask forbids.
    pub fn joint(&self, action: &Action) -> f64 {
        if !self.mask.get().permits(action) {
            return 0.0;
        }
        let learned = self.share(|draw| draw.as_ref() == Some(action));
        self.learned_share() * learned + self.explored_share() / self.permitted
    }

    /// The probability of an action with this level.
    pub fn marginal(&self, factor: usize, level: usize) -> f64 {
        if !self.has_candidates() {
            return 0.0;
        }
        let with = self.mask.get().count_with(factor, level);
        let learned = self.share(|draw| draw.is_some_and(|action| action.level(factor) == level));
        self.learned_share() * learned + self.explored_share() * with / self.permitted
    }

    fn learned_share(&self) -> f64 {
        (1.0 - self.null_share) * (1.0 - self.epsilon)
    }

    fn explored_share(&self) -> f64 {
        (1.0 - self.null_share) * self.epsilon
    }

    /// The share of the draws of which something holds.
    #[expect(clippy::cast_precision_loss, reason = "at most 64")]
    fn share(&self, holds: impl Fn(&Option<Action>) -> bool) -> f64 {
        self.draws.iter().filter(|draw| holds(draw)).count() as f64 / DRAWS as f64
    }

    /// What the policy reaches on average, by what each action is worth; silence is worth 0. Exact over the
    /// draws; the even slice is taken from `samples` of its actions.
    pub fn average(
        &self,
        stream: &mut DecisionStream,
        samples: u16,
        mut worth: impl FnMut(&Action) -> f64,
    ) -> f64 {
        if !self.has_candidates() {
            return 0.0;
        }
        let mut counts: BTreeMap<Action, f64> = BTreeMap::new();
        for action in self.draws.iter().flatten() {
            *counts.entry(*action).or_default() += 1.0;
        }
        let learned: f64 = counts.iter().map(|(action, count)| count * worth(action)).sum();
        let even = |_| worth(&self.mask.get().draw(stream));
        let explored = (0..samples).map(even).sum::<f64>() / f64::from(samples.max(1));
        #[expect(clippy::cast_precision_loss, reason = "64")]
        let draws = DRAWS as f64;
        self.learned_share() * learned / draws + self.explored_share() * explored
    }

    /// Draws what to do.
    pub fn draw(&self, stream: &mut DecisionStream) -> Verdict {
        if !self.has_candidates() {
            return Verdict::silence(Origin::NothingPermitted, 1.0);
        }
        if stream.unit() < self.null_share {
            return Verdict::silence(Origin::Silence, self.null());
        }
        if stream.unit() < self.epsilon {
            let action = self.mask.get().draw(stream);
            return self.acted(action, Origin::Explored, None);
        }
        // 64 divides 2^64: each draw is as likely.
        let draw = stream.next().to_le_bytes()[0] % 64;
        let origin = if self.protected { Origin::Safest } else { Origin::Learned };
        match self.draws[usize::from(draw)] {
            Some(action) => self.acted(action, origin, (!self.protected).then_some(draw)),
            None => Verdict::silence(Origin::NotWorthIt, self.null()),
        }
    }

    fn acted(&self, action: Action, origin: Origin, draw: Option<u8>) -> Verdict {
        let mut marginals = [0.0; MAX_FACTORS];
        let mut factors = 0;
        for (factor, level) in action.levels().enumerate() {
            marginals[factor] = self.marginal(factor, level);
            factors += 1;
        }
        let (joint, null) = (self.joint(&action), self.null());
        let propensities = Propensities { joint, marginals, factors, null };
        Verdict { action: Some(action), draw, propensities, ..Verdict::silence(origin, null) }
    }
}

fn fill(
    policy: &Policy,
    plan: &Plan,
    question: &Question<'_>,
    masked: &Masked,
    scratch: &mut Scratch,
    draws: &mut [Option<Action>; DRAWS],
) -> Result<(), SpaceError> {
    let mut kept = scratch.tied.take();
    let program = tied(plan, masked, &mut kept)?;
    let values = best(Work { policy, plan, question, masked, program, scratch });
    for (position, (draw, value)) in draws.iter_mut().zip(values.lanes()).enumerate() {
        // For protected people all draws are one.
        let lane = if question.protected { 0 } else { position };
        *draw = (*value > 0.0).then(|| program.trace(scratch, lane));
    }
    scratch.tied = kept;
    Ok(())
}
