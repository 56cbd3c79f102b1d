//! One world of a study, made ready, and every policy played in it.

use super::figures::{GateFigures, PolicyFigures, RampFigures, WorldFigures};
use super::names::PolicyName;
use super::worlds::{Plan, StudyError};
use crate::behaviour::Nature;
use crate::calendar::{Calendar, FIRST};
use crate::calibration::{Baseline, calibrate};
use crate::policies::{
    DRAWN, Experience, Expert, FixedSequence, Judgement, Learned, LearnedError, Oracle, Planted,
    Ramp, Random, Sequence, best_sequence,
};
use crate::population::{Person, Population};
use crate::run::{Policy, Rules, Tally, play};
use crate::world::World;

/// Share of the people on whom the best fixed sequence is tuned.
const PILOT: f64 = 0.1;
/// Days of the year whose log the learned policy begins with.
const YEAR: f64 = 365.0;

/// A world made ready.
pub struct Stage<'a> {
    plan: &'a Plan<'a>,
    pub(super) world: World,
    pub(super) baseline: Baseline,
    calendar: Calendar,
    rules: Rules,
    people: Vec<Person>,
    experience: Option<Experience>,
}

impl<'a> Stage<'a> {
    /// Calibrates a world and draws its people.
    pub fn new(plan: &'a Plan<'a>, world: &World) -> Result<Self, StudyError> {
        let failed = |source| StudyError::World { world: world.name.clone(), source };
        let mut world = world.clone();
        world.seed ^= plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let baseline = calibrate(&world).map_err(failed)?;
        let rules = Rules::new(plan.days, world.parameters.claims.intake_days as u32);
        let calendar = Calendar::new(FIRST, rules.length() + 70);
        let people = people(plan, &world, baseline.mix, plan.debtors);
        let mut stage = Self { plan, world, baseline, calendar, rules, people, experience: None };
        let names = plan.names();
        if names.contains(&PolicyName::Learned) || names.contains(&PolicyName::LearnedRamp) {
            let planted = names.contains(&PolicyName::LearnedRamp);
            stage.experience = Some(stage.last_year(planted));
        }
        Ok(stage)
    }

    /// A year's people at the same rate of hand-over, under static dunning with its drawn share.
    fn last_year(&self, planted: bool) -> Experience {
        let world = Experience::last_year(&self.world);
        let count = match self.plan.portfolio {
            Some(_) => self.plan.debtors,
            None => (f64::from(self.plan.debtors) * YEAR / f64::from(self.rules.intake)) as u32,
        };
        let people = people(self.plan, &world, self.baseline.mix, count);
        let nature = Nature { world: &world, ..self.nature() };
        Experience::of(&nature, &people, &self.rules, DRAWN, planted)
    }

    /// Its world and days, at the calibrated baseline.
    pub const fn nature(&self) -> Nature<'_> {
        Nature {
            world: &self.world,
            calendar: &self.calendar,
            intercepts: self.baseline.intercepts,
        }
    }

    /// Its days.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Its people.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// What holds for every policy.
    pub const fn rules(&self) -> Rules {
        self.rules
    }

    pub(super) fn figures(&self, progress: &(dyn Fn() + Sync)) -> Result<WorldFigures, StudyError> {
        let failed = |source| StudyError::Policy { world: self.world.name.clone(), source };
        let (base, _) = self.play(PolicyName::Static).map_err(failed)?;
        progress();
        let mut policies = vec![PolicyFigures::of("static", &self.people, &base, &base, None)];
        for name in self.plan.names().into_iter().skip(1) {
            let (tally, ramp) = self.play(name).map_err(failed)?;
            policies.push(PolicyFigures::of(name.name(), &self.people, &tally, &base, ramp));
            progress();
        }
        Ok(WorldFigures {
            world: self.world.name.clone(),
            seed: self.world.seed,
            baseline: self.baseline,
            policies,
        })
    }

    pub(super) fn run(&self, policy: &mut dyn Policy) -> Tally {
        play(&self.nature(), &self.people, &self.rules, policy)
    }

    fn play(&self, name: PolicyName) -> Result<(Tally, Option<RampFigures>), LearnedError> {
        Ok(match name {
            PolicyName::Static => (self.run(&mut FixedSequence(Sequence::static_dunning())), None),
            PolicyName::BestFixed => {
                let pilot = (self.people.len() as f64 * PILOT).ceil() as usize;
                let best = best_sequence(&self.nature(), &self.people[..pilot], &self.rules);
                (self.run(&mut FixedSequence(best)), None)
            }
            PolicyName::Expert => (self.run(&mut Expert), None),
            PolicyName::Random => (self.run(&mut Random { seed: self.world.seed }), None),
            PolicyName::Oracle => (self.run(&mut Oracle), None),
            PolicyName::Learned => (self.learned()?, None),
            PolicyName::LearnedRamp => {
                let (tally, ramp) = self.ramped()?;
                (tally, Some(ramp))
            }
        })
    }

    fn learned(&self) -> Result<Tally, LearnedError> {
        let mut policy = Learned::new(&self.world.parameters.cost, self.experience()?)?;
        let tally = self.run(&mut policy);
        policy.outcome()?;
        Ok(tally)
    }

    /// The gate, then the ramp.
    fn ramped(&self) -> Result<(Tally, RampFigures), LearnedError> {
        let cost = &self.world.parameters.cost;
        let experience = self.experience()?;
        let (candidate, judgement) = Learned::candidate(cost, experience)?;
        let gate = self.gate(&judgement, experience)?;
        let mut policy = Ramp::new(self.world.seed, candidate, Some(judgement));
        let tally = self.run(&mut policy);
        let (inner, log) = policy.into_parts();
        inner.outcome()?;
        Ok((tally, RampFigures::of(&log, Some(gate))))
    }

    fn gate(
        &self,
        judgement: &Judgement,
        experience: &Experience,
    ) -> Result<GateFigures, LearnedError> {
        let cost = &self.world.parameters.cost;
        let passes = |planted| -> Result<bool, LearnedError> {
            Ok(experience.planted(planted, cost)?.passes())
        };
        Ok(GateFigures {
            passes: judgement.passes(),
            against: judgement.against.iter().map(ToString::to_string).collect(),
            refused: Vec::new(),
            estimate: Some(judgement.estimate),
            effective: Some(judgement.effective),
            planted_good_passes: Some(passes(Planted::Good)?),
            planted_bad_passes: Some(passes(Planted::Bad)?),
        })
    }

    fn experience(&self) -> Result<&Experience, LearnedError> {
        self.experience.as_ref().ok_or(LearnedError::NoExperience)
    }
}

fn people(plan: &Plan<'_>, world: &World, mix: [f64; 3], count: u32) -> Vec<Person> {
    let population = match plan.portfolio {
        Some(portfolio) => Population::of_portfolio(world, portfolio),
        None => Population::of_world(world, mix),
    };
    population.people(count)
}
