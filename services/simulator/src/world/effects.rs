//! What treatments do: effects on the log-odds of settling, as dense tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::WorldError;
use super::section::check;
use crate::space::{Action, Factor, LEVELS, OFFSETS};

/// Greatest effect that a file may state, in log-odds.
const GREATEST: f64 = 5.0;

/// What one level does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LevelEffect {
    /// For everybody.
    pub main: f64,
    /// For each unit of the factor's own trait: digital affinity (channel, salutation), reactance
    /// (tone), willingness (motive), daily rhythm (slot), need of more time (offer).
    pub by_trait: f64,
    /// For each standard deviation of the logarithm of the amount.
    pub by_amount: f64,
    /// On the log-odds of complaining.
    pub complaint: f64,
}

/// What two levels do together, beyond what each does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairEffect {
    /// Both levels, as `factor.level`.
    pub levels: [String; 2],
    /// On the log-odds of settling.
    pub value: f64,
}

/// The effects as a file states them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EffectsFile {
    /// Multiplies every effect.
    pub scale: f64,
    /// How far an offer moves people towards what it offers.
    pub offer_pull: f64,
    /// Effects of channels by level.
    pub channel: BTreeMap<String, LevelEffect>,
    /// Effects of tones by level.
    pub tone: BTreeMap<String, LevelEffect>,
    /// Effects of motives by level.
    pub motive: BTreeMap<String, LevelEffect>,
    /// Effects of slots by level.
    pub slot: BTreeMap<String, LevelEffect>,
    /// Effects of offers by level.
    pub offer: BTreeMap<String, LevelEffect>,
    /// Effects of forms of address by level.
    pub salutation: BTreeMap<String, LevelEffect>,
    /// Effects of pairs of levels.
    pub pair: Vec<PairEffect>,
}

impl Default for EffectsFile {
    fn default() -> Self {
        Self {
            scale: 1.0,
            offer_pull: 0.0,
            channel: BTreeMap::new(),
            tone: BTreeMap::new(),
            motive: BTreeMap::new(),
            slot: BTreeMap::new(),
            offer: BTreeMap::new(),
            salutation: BTreeMap::new(),
            pair: Vec::new(),
        }
    }
}

impl EffectsFile {
    /// The levels of a factor that have an effect.
    pub const fn of(&self, factor: Factor) -> &BTreeMap<String, LevelEffect> {
        match factor {
            Factor::Channel => &self.channel,
            Factor::Tone => &self.tone,
            Factor::Motive => &self.motive,
            Factor::Slot => &self.slot,
            Factor::Offer => &self.offer,
            Factor::Salutation => &self.salutation,
        }
    }

    /// The same, to be changed.
    pub const fn of_mut(&mut self, factor: Factor) -> &mut BTreeMap<String, LevelEffect> {
        match factor {
            Factor::Channel => &mut self.channel,
            Factor::Tone => &mut self.tone,
            Factor::Motive => &mut self.motive,
            Factor::Slot => &mut self.slot,
            Factor::Offer => &mut self.offer,
            Factor::Salutation => &mut self.salutation,
        }
    }
}

/// The effects as behaviour reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    levels: [LevelEffect; LEVELS],
    pairs: Option<Box<[[f64; LEVELS]; LEVELS]>>,
    /// How far an offer moves people towards what it offers.
    pub offer_pull: f64,
    scale: f64,
}

/// What of a person the effects depend on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Leaning {
    /// The trait of each factor, in the order of the factors.
    pub traits: [f64; 6],
    /// Standard deviations of the logarithm of the amount from its mean.
    pub amount: f64,
}

impl Effects {
    /// Reads what a file states, strictly.
    pub fn of(file: &EffectsFile) -> Result<Self, WorldError> {
        check("effects.scale", file.scale, -100.0, 100.0)?;
        check("effects.offer_pull", file.offer_pull, -GREATEST, GREATEST)?;
        let mut effects = Self {
            levels: [LevelEffect::default(); LEVELS],
            pairs: None,
            offer_pull: file.offer_pull * file.scale,
            scale: file.scale,
        };
        for factor in Factor::ALL {
            for (name, effect) in file.of(factor) {
                effects.set(factor, name, *effect)?;
            }
        }
        for pair in &file.pair {
            effects.join(pair)?;
        }
        Ok(effects)
    }

    fn set(&mut self, factor: Factor, name: &str, effect: LevelEffect) -> Result<(), WorldError> {
        let key = format!("effects.{}.{name}", factor.name());
        let Some(level) = factor.level(name) else { return Err(WorldError::UnknownLevel { key }) };
        for (part, value) in [
            ("main", effect.main),
            ("by_trait", effect.by_trait),
            ("by_amount", effect.by_amount),
            ("complaint", effect.complaint),
        ] {
            check(&format!("{key}.{part}"), value, -GREATEST, GREATEST)?;
        }
        self.levels[OFFSETS[factor as usize] + usize::from(level)] = effect;
        Ok(())
    }

    fn join(&mut self, pair: &PairEffect) -> Result<(), WorldError> {
        let [one, other] = &pair.levels;
        let (one_place, other_place) = (place(one)?, place(other)?);
        check(&format!("effects.pair.{one}*{other}"), pair.value, -GREATEST, GREATEST)?;
        let pairs = self.pairs.get_or_insert_with(|| Box::new([[0.0; LEVELS]; LEVELS]));
        pairs[one_place.min(other_place)][one_place.max(other_place)] += pair.value;
        Ok(())
    }

    /// What a treatment adds to the log-odds of settling. `wording` is the share of the effects of
    /// tone, motive and form of address that is left.
    pub fn settling(&self, action: Action, leaning: &Leaning, wording: f64) -> f64 {
        let places = action.places();
        let alone = Factor::ALL.into_iter().map(|factor| {
            let left = if is_wording(factor) { wording } else { 1.0 };
            left * self.level(factor, action.of(factor), leaning)
        });
        let together = self.pairs.as_ref().map_or(0.0, |pairs| {
            let of = |first: usize| {
                places[first + 1..].iter().map(move |other| pairs[places[first]][*other])
            };
            (0..5).flat_map(of).sum()
        });
        self.scale * (alone.sum::<f64>() + together)
    }

    /// What one level adds by itself, unscaled.
    pub fn level(&self, factor: Factor, level: u8, leaning: &Leaning) -> f64 {
        let effect = &self.levels[OFFSETS[factor as usize] + usize::from(level)];
        effect.main
            + effect.by_trait * leaning.traits[factor as usize]
            + effect.by_amount * leaning.amount
    }

    /// What a treatment adds to the log-odds of complaining.
    pub fn complaining(&self, action: Action) -> f64 {
        self.scale
            * action.places().into_iter().map(|place| self.levels[place].complaint).sum::<f64>()
    }
}

/// Whether a factor is words alone, which wear off when they are met again.
const fn is_wording(factor: Factor) -> bool {
    matches!(factor, Factor::Tone | Factor::Motive | Factor::Salutation)
}

fn place(name: &str) -> Result<usize, WorldError> {
    let unknown = || WorldError::UnknownLevel { key: format!("effects.pair.{name}") };
    let (factor, level) = name.split_once('.').ok_or_else(unknown)?;
    let factor =
        Factor::ALL.into_iter().find(|known| known.name() == factor).ok_or_else(unknown)?;
    let level = factor.level(level).ok_or_else(unknown)?;
    Ok(OFFSETS[factor as usize] + usize::from(level))
}
