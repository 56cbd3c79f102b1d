//! Worlds by number: their effects are drawn from sceptical priors.
//!
//! Published trials in debt collection find next to nothing for wording, something for channel, offer
//! and time (Holzmeister et al. 2021; Saulitis; Dewies et al. 2022), so a wording effect is exactly zero
//! more often than not.

use std::fmt;
use std::str::FromStr;

use super::effects::{EffectsFile, LevelEffect, PairEffect};
use super::file::VERSION;
use super::{Parameters, World, WorldError};
use crate::random::{Draws, Purpose};
use crate::space::Factor;

/// Most by which the effects of a numbered world may be enlarged, per cent.
const GREATEST_PERCENT: u32 = 1_000;

/// Which world: drawn from the priors, without any effect, or set against whoever learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorldId {
    /// Drawn from the sceptical priors.
    Numbered(u32),
    /// Nothing that one chooses makes a difference.
    Null(u32),
    /// Wording backfires, channels tire, effects turn round half way, labels are shuffled.
    Adversarial(u32),
    /// A numbered world whose effects are so many per cent as large.
    Scaled(u32, u32),
}

impl fmt::Display for WorldId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(number) => write!(formatter, "{number}"),
            Self::Null(number) => write!(formatter, "null:{number}"),
            Self::Adversarial(number) => write!(formatter, "adversarial:{number}"),
            Self::Scaled(percent, number) => write!(formatter, "{percent}%:{number}"),
        }
    }
}

impl FromStr for WorldId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("{text}: a world is N, null:N, adversarial:N or PERCENT%:N");
        let (kind, number) = text.split_once(':').unwrap_or(("", text));
        let number = number.parse().map_err(|_| format!("{text}: {number} is no number"))?;
        match kind {
            "" => Ok(Self::Numbered(number)),
            "null" => Ok(Self::Null(number)),
            "adversarial" => Ok(Self::Adversarial(number)),
            scaled => {
                let percent = scaled.strip_suffix('%').and_then(|percent| percent.parse().ok());
                let within = percent.filter(|percent| *percent <= GREATEST_PERCENT);
                Ok(Self::Scaled(within.ok_or_else(unknown)?, number))
            }
        }
    }
}

impl World {
    /// World `number` of the sceptical priors.
    pub fn numbered(number: u32) -> Result<Self, WorldError> {
        Self::named(WorldId::Numbered(number))
    }

    /// The world of an id.
    pub fn named(id: WorldId) -> Result<Self, WorldError> {
        let (number, kind) = match id {
            WorldId::Numbered(number) | WorldId::Scaled(_, number) => (number, 0),
            WorldId::Null(number) => (number, 1),
            WorldId::Adversarial(number) => (number, 2),
        };
        let seed = (kind << 32) | u64::from(number);
        let mut prior = Prior { draws: Draws::of(seed, 0, Purpose::Parameters, 0) };
        let mut parameters = prior.baseline();
        match id {
            WorldId::Numbered(_) => parameters.effects = prior.effects(),
            WorldId::Scaled(percent, _) => {
                parameters.effects = prior.effects();
                parameters.effects.scale = f64::from(percent) / 100.0;
            }
            WorldId::Null(_) => same_for_every_choice(&mut parameters),
            WorldId::Adversarial(_) => prior.turn_against(&mut parameters),
        }
        parameters.name = id.to_string();
        parameters.seed = seed;
        Self::of(id.to_string(), seed, parameters)
    }
}

struct Prior {
    draws: Draws,
}

impl Prior {
    fn around(&mut self, middle: f64, sigma: f64) -> f64 {
        middle + sigma * self.draws.normal()
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.draws.uniform()
    }

    /// What differs between worlds beside the effects.
    fn baseline(&mut self) -> Parameters {
        let mut drawn = Parameters { version: VERSION, ..Parameters::default() };
        drawn.claims.sigma = self.between(0.9, 1.2);
        drawn.claims.unfounded = self.between(0.02, 0.05);
        drawn.observed.reliability = self.between(0.2, 0.4);
        drawn.cash.savers = self.between(0.25, 0.45);
        drawn.reach.email = self.between(0.6, 0.9);
        drawn.reach.mobile = self.between(0.5, 0.8);
        drawn.reach.email_seen = self.around(0.0, 0.4);
        drawn.reach.sms_seen = self.around(0.6, 0.4);
        drawn.reach.letter_seen = self.around(0.6, 0.4);
        drawn.reach.digital_slope = self.around(1.2, 0.3);
        drawn.reaction.considered = self.around(0.3, 0.3);
        drawn.reaction.plan = self.around(-0.6, 0.3);
        drawn.reaction.self_cure = self.between(0.003, 0.006);
        drawn.wear.habituation = self.between(0.1, 0.4);
        drawn.wear.annoyance = self.between(0.05, 0.25);
        drawn.drift.season = self.between(0.0, 0.2);
        if self.draws.happens(0.3) {
            drawn.drift.shock_day = self.between(30.0, 250.0).floor();
            drawn.drift.shock_depth = self.between(0.05, 0.2);
        }
        drawn
    }

    /// Spike and slab for wording; channel, offer and time from their own priors; the sign of what
    /// a larger debt changes is open.
    fn effects(&mut self) -> EffectsFile {
        let mut effects = EffectsFile { offer_pull: self.around(0.25, 0.15), ..Default::default() };
        let spike = self.between(0.5, 0.7);
        for (factor, sigma, zero) in [
            (Factor::Channel, 0.2, 0.0),
            (Factor::Tone, 0.05, spike),
            (Factor::Motive, 0.05, spike),
            (Factor::Slot, 0.08, 0.0),
            (Factor::Offer, 0.15, 0.0),
            (Factor::Salutation, 0.05, spike),
        ] {
            for name in factor.levels() {
                let effect = self.level(sigma, zero);
                if effect != LevelEffect::default() {
                    effects.of_mut(factor).insert((*name).to_owned(), effect);
                }
            }
        }
        for (one, other, sigma, zero) in [
            (Factor::Channel, Factor::Offer, 0.06, 0.5),
            (Factor::Channel, Factor::Motive, 0.04, spike),
            (Factor::Offer, Factor::Tone, 0.04, spike),
        ] {
            self.pairs(one, other, sigma, zero, &mut effects.pair);
        }
        effects
    }

    fn level(&mut self, sigma: f64, zero: f64) -> LevelEffect {
        let mut draw = |sigma: f64| {
            let value = sigma * self.draws.normal();
            if self.draws.happens(zero) { 0.0 } else { value }
        };
        LevelEffect {
            main: draw(sigma),
            by_trait: draw(sigma * 0.7),
            by_amount: draw(sigma * 0.7),
            complaint: draw(sigma * 2.0),
        }
    }

    fn pairs(
        &mut self,
        one: Factor,
        other: Factor,
        sigma: f64,
        zero: f64,
        pairs: &mut Vec<PairEffect>,
    ) {
        for first in one.levels() {
            for second in other.levels() {
                let value = sigma * self.draws.normal();
                if !self.draws.happens(zero) {
                    let levels =
                        [format!("{}.{first}", one.name()), format!("{}.{second}", other.name())];
                    pairs.push(PairEffect { levels, value });
                }
            }
        }
    }

    fn turn_against(&mut self, drawn: &mut Parameters) {
        let mut effects = self.effects();
        for factor in [Factor::Tone, Factor::Motive] {
            for name in &factor.levels()[1..] {
                let effect = effects.of_mut(factor).entry((*name).to_owned()).or_default();
                effect.main = -effect.main.abs() - self.between(0.0, 0.15);
                effect.complaint = effect.complaint.abs() + self.between(0.0, 0.3);
            }
        }
        drawn.effects = effects;
        drawn.drift.reversal_day = self.between(60.0, 120.0).floor();
        drawn.drift.channel_fatigue = self.between(0.1, 0.4);
        drawn.drift.shock_day = self.between(60.0, 160.0).floor();
        drawn.drift.shock_depth = self.between(0.1, 0.3);
        drawn.observed.shuffled_from_day = self.between(40.0, 120.0).floor();
    }
}

/// Makes every choice come to the same: no effects of what is said or when, and all ways reach everybody
/// alike at one price.
fn same_for_every_choice(drawn: &mut Parameters) {
    drawn.effects = EffectsFile::default();
    (drawn.wear.habituation, drawn.wear.annoyance) = (0.0, 0.0);
    (drawn.reaction.payday, drawn.drift.season) = (0.0, 0.0);
    let reach = &mut drawn.reach;
    let seen = reach.email_seen;
    reach.sms_seen = seen;
    reach.letter_seen = seen;
    reach.whatsapp_seen = seen;
    reach.portal_push_seen = seen;
    (reach.digital_slope, drawn.drift.channel_fatigue, drawn.plans.keep_digital) = (0.0, 0.0, 0.0);
    (reach.email_bad, reach.mobile_bad, reach.letter_bad) = (0.0, 0.0, 0.0);
    let price = drawn.cost.email_eur;
    drawn.cost.sms_eur = price;
    drawn.cost.letter_eur = price;
    drawn.cost.whatsapp_eur = price;
    drawn.cost.portal_push_eur = price;
}
