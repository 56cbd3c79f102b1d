//! What is known of a person in the words of the policy: memberships, context and masks.

use std::collections::BTreeMap;

use kulanz_policy::{
    Context, LevelExclusion, LevelName, Mask as WireMask, PairExclusion, Schema, Situation,
    SituationError,
};

use crate::calendar::Day;
use crate::population::Age;
use crate::run::{Known, Mask};
use crate::space::{Action, Factor};

/// How sharply proxies are told apart.
const SHARPNESS: f64 = 0.8;

/// Memberships in the policy's personas: the eight corners of means, will and digital affinity, as far
/// as the noisy proxies tell them apart. The world knows no such corners.
pub(super) fn memberships(known: &Known, schema: &Schema) -> BTreeMap<String, f64> {
    let seen = [known.observed.solvency, known.observed.history, known.observed.digital];
    let pull = |corner: usize| -> f64 {
        let towards = |(axis, value): (usize, &f64)| {
            if corner >> axis & 1 == 1 { *value } else { -*value }
        };
        (SHARPNESS * seen.iter().enumerate().map(towards).sum::<f64>()).exp()
    };
    let pulls: Vec<f64> = (0..schema.personas.len()).map(pull).collect();
    let all: f64 = pulls.iter().sum();
    let share = |(persona, pull): (&String, f64)| (persona.clone(), pull / all);
    schema.personas.iter().zip(pulls).map(share).collect()
}

/// The debt so many days after hand-over.
pub(super) fn context(known: &Known, since: Day) -> Context {
    let months = match known.age {
        Age::Young => 6.0,
        Age::Middle => 24.0,
        Age::Old => 60.0,
    };
    Context {
        balance: known.remaining_cents as f64 / 100.0,
        age_days: months * 30.0 + f64::from(since),
        contacts: f64::from(known.contacts),
        open_claims: 1.0,
    }
}

/// Person and debt as features.
pub(super) fn situation(
    schema: &Schema,
    known: &Known,
    since: Day,
) -> Result<Situation, SituationError> {
    schema.situation(&memberships(known, schema), &context(known, since))
}

/// A mask by names.
pub(super) fn wire_mask(mask: Mask) -> WireMask {
    let rule_id = || "simulated".to_owned();
    let name = |factor: Factor, level: u8| {
        LevelName::new(factor.name(), factor.levels()[usize::from(level)])
    };
    let all = |factor: Factor| 0..factor.levels().len() as u8;
    let levels = Factor::ALL.into_iter().flat_map(|factor| {
        all(factor)
            .filter(move |level| !mask.allows(factor, *level))
            .map(move |level| LevelExclusion { level: name(factor, level), rule_id: rule_id() })
    });
    let pairs = [Factor::Motive, Factor::Offer].into_iter().flat_map(|other| {
        all(Factor::Channel).flat_map(move |channel| {
            all(other)
                .filter(move |level| Mask::excludes((Factor::Channel, channel), (other, *level)))
                .map(move |level| PairExclusion {
                    first: name(Factor::Channel, channel),
                    second: name(other, level),
                    rule_id: rule_id(),
                })
        })
    });
    WireMask { levels: levels.collect(), pairs: pairs.collect() }
}

/// Factor and level names of a treatment.
pub(super) fn names_of(action: Action) -> [(&'static str, &'static str); 6] {
    Factor::ALL.map(|factor| (factor.name(), action.names()[factor as usize]))
}
