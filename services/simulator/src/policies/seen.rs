//! What is known of a person in the words of the policy: memberships and masks.

use std::collections::BTreeMap;

use kulanz_policy::{LevelExclusion, LevelName, Mask as WireMask, PairExclusion, Schema};

use crate::run::{Known, Mask};
use crate::space::{Action, Factor};

/// How sharply proxies are told apart.
const SHARPNESS: f64 = 0.8;

/// Memberships in the policy's personas: the eight corners of means, will and digital affinity, as far
/// as the noisy proxies tell them apart. The world knows no such corners.
pub(super) fn memberships(known: &Known) -> BTreeMap<String, f64> {
    let personas = Schema::default().personas;
    let seen = [known.observed.solvency, known.observed.history, known.observed.digital];
    let pull = |corner: usize| -> f64 {
        let towards = |(axis, value): (usize, &f64)| {
            if corner >> axis & 1 == 1 { *value } else { -*value }
        };
        (SHARPNESS * seen.iter().enumerate().map(towards).sum::<f64>()).exp()
    };
    let pulls: Vec<f64> = (0..personas.len()).map(pull).collect();
    let all: f64 = pulls.iter().sum();
    personas.into_iter().zip(pulls).map(|(persona, pull)| (persona, pull / all)).collect()
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
