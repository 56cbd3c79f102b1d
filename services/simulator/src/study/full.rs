//! A study whose contacts were decided and sent by a constellation.

use super::figures::{PolicyFigures, RampFigures, WorldFigures};
use super::stage::Stage;
use super::worlds::{Plan, Study, summed_up};
use crate::policies::{FixedSequence, Replayed, Sequence};
use crate::run::{Lived, Rules, play};

/// The policies of such a study: static dunning without services, the constellation's own policy, and
/// the same treatments once more without services.
pub const FULL: [&str; 3] = ["static", "service", "service-replayed"];

impl Stage<'_> {
    /// The figures of what a constellation did, beside static dunning and beside its own treatments
    /// played without it; `ramp` is how it let in what it learned, where somebody saw to that.
    pub fn figures_of(&self, lived: &Lived, ramp: Option<RampFigures>) -> WorldFigures {
        let (people, rules) = (self.people(), self.rules());
        let tally = lived.tally(people, &rules, &self.world.parameters.cost);
        let base = self.run(&mut FixedSequence(Sequence::static_dunning()));
        let mut again = Replayed(lived.said());
        let replayed = play(&self.nature(), people, &as_it_came(rules), &mut again);
        let played = FULL.into_iter().zip([(&base, None), (&tally, ramp), (&replayed, None)]);
        WorldFigures {
            world: self.world.name.clone(),
            seed: self.world.seed,
            baseline: self.baseline,
            policies: played
                .map(|(name, (tally, ramp))| PolicyFigures::of(name, people, tally, &base, ramp))
                .collect(),
        }
    }
}

/// Budget and pauses were the services' own affair: what was said is said again whenever it was said.
const fn as_it_came(rules: Rules) -> Rules {
    Rules { contacts: u32::MAX, pause: 0, vulnerable_pause: 0, ..rules }
}

/// The study of worlds that a constellation lived through.
pub fn full(plan: &Plan<'_>, worlds: Vec<WorldFigures>) -> Study {
    summed_up(plan, "full", &FULL.map(str::to_owned), worlds)
}
