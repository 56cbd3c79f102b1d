//! Which kinds of person there are, and how likely a debtor is one of them.
//!
//! A product of independent features: ln P(persona | features) is ln prior plus a weight per known
//! band, so each feature's part can be named. A feature that is not known is left out, and with
//! nothing known the priors answer: a cold start needs no rule of its own.

use std::collections::BTreeMap;

use kulanz_types::{ModelId, PersonaId};
use serde::Deserialize;

use super::registry::Bands;

/// One kind of person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Never used again for another persona.
    pub id: PersonaId,
    /// Short name for experiments and reports.
    pub key: String,
    /// German name.
    pub name_de: String,
    /// English name.
    pub name_en: String,
    /// Can pay: 0 (not at all) to 1 (easily).
    pub capacity: f64,
    /// Reacts and settles things alone: 0 to 1.
    pub engagement: f64,
    /// Share among all debtors before anything is known.
    pub prior: f64,
    /// What the persona means, German.
    pub description_de: String,
    /// What the persona means, English.
    pub description_en: String,
    /// How to talk, German.
    pub talk_tips_de: Vec<String>,
    /// How to talk, English.
    pub talk_tips_en: Vec<String>,
    /// What helps, German.
    pub do_de: Vec<String>,
    /// What helps, English.
    pub do_en: Vec<String>,
    /// What harms, German.
    pub dont_de: Vec<String>,
    /// What harms, English.
    pub dont_en: Vec<String>,
    /// Feature, band, weight in log-odds.
    #[serde(default)]
    pub weights: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Persona {
    fn weight(&self, feature: &str, band: &str) -> f64 {
        self.weights.get(feature).and_then(|bands| bands.get(band)).copied().unwrap_or(0.0)
    }
}

/// A version of the typology.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typology {
    /// Never used again for another model.
    pub model_id: ModelId,
    /// Changes with any weight.
    pub version: String,
    /// The personas, in the file's order.
    #[serde(rename = "persona")]
    pub personas: Vec<Persona>,
}

/// One feature's part in a persona's probability.
#[derive(Debug, Clone, PartialEq, serde::Serialize, Deserialize)]
pub struct Reason {
    /// The feature.
    pub feature: String,
    /// The band its value falls into.
    pub band: String,
    /// Log-odds beside what the feature says of all personas on average; above 0 speaks for.
    pub contribution: f64,
}

/// What a debtor probably is.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Position of the likeliest persona.
    pub likeliest: usize,
    /// One probability per persona, summing to 1.
    pub probabilities: Vec<f64>,
    /// The three strongest reasons for the likeliest persona and the strongest against it.
    pub reasons: Vec<Reason>,
}

/// Reasons shown for the likeliest persona.
const REASONS_FOR: usize = 3;
/// Reasons shown against it.
const REASONS_AGAINST: usize = 1;

impl Typology {
    /// Reads the typology file.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The persona of this id.
    pub fn get(&self, id: PersonaId) -> Option<&Persona> {
        self.personas.iter().find(|persona| persona.id == id)
    }

    /// Probabilities and reasons from what is known.
    pub fn assess(&self, bands: &Bands) -> Assessment {
        let score = |persona: &Persona| {
            let known = bands.iter().map(|(feature, band)| persona.weight(feature, band));
            persona.prior.ln() + known.sum::<f64>()
        };
        let probabilities = softmax(&self.personas.iter().map(score).collect::<Vec<_>>());
        let likeliest = position_of_largest(&probabilities);
        let reasons = self.reasons(likeliest, bands);
        Assessment { likeliest, probabilities, reasons }
    }

    fn reasons(&self, likeliest: usize, bands: &Bands) -> Vec<Reason> {
        let mut all: Vec<Reason> = bands
            .iter()
            .map(|(feature, band)| Reason {
                feature: feature.clone(),
                band: band.clone(),
                contribution: self.contribution(likeliest, feature, band),
            })
            .collect();
        all.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
        let against = all.iter().rev().filter(|r| r.contribution < -NOTHING).take(REASONS_AGAINST);
        let in_favour = all.iter().filter(|r| r.contribution > NOTHING).take(REASONS_FOR);
        in_favour.chain(against).cloned().collect()
    }

    /// `w(k) - ln Σ prior(l) · exp(w(l))`: what the band says of persona k beside everyone.
    fn contribution(&self, persona: usize, feature: &str, band: &str) -> f64 {
        let average = |p: &Persona| p.prior * p.weight(feature, band).exp();
        let everyone: f64 = self.personas.iter().map(average).sum();
        self.personas[persona].weight(feature, band) - everyone.ln()
    }
}

/// Contributions below this are noise to a reader.
const NOTHING: f64 = 0.01;

fn softmax(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / total).collect()
}

fn position_of_largest(values: &[f64]) -> usize {
    let larger = |best: usize, next: usize| if values[next] > values[best] { next } else { best };
    (0..values.len()).reduce(larger).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue;
    use proptest::prelude::*;

    fn bands(pairs: &[(&str, &str)]) -> Bands {
        pairs.iter().map(|(feature, band)| ((*feature).to_owned(), (*band).to_owned())).collect()
    }

    fn likeliest(pairs: &[(&str, &str)]) -> &'static str {
        let typology = &catalogue().typology;
        &typology.personas[typology.assess(&bands(pairs)).likeliest].key
    }

    #[test]
    fn there_are_eight_personas_whose_weights_name_registered_bands() {
        let catalogue = catalogue();
        assert_eq!(catalogue.typology.personas.len(), 8);
        let priors: f64 = catalogue.typology.personas.iter().map(|persona| persona.prior).sum();
        assert!((priors - 1.0).abs() < 1e-9);
        for persona in &catalogue.typology.personas {
            for (feature, weights) in &persona.weights {
                let registered = catalogue.registry.get(feature).unwrap();
                assert!(registered.scoring, "{feature}");
                assert!(
                    weights.keys().all(|band| registered.band_named(band).is_some()),
                    "{feature}"
                );
            }
        }
    }

    #[test]
    fn with_nothing_known_the_priors_answer_without_reasons() {
        let typology = &catalogue().typology;
        let assessment = typology.assess(&Bands::new());
        for (persona, probability) in typology.personas.iter().zip(&assessment.probabilities) {
            assert!((persona.prior - probability).abs() < 1e-9);
        }
        assert!(assessment.reasons.is_empty());
    }

    #[test]
    fn plain_cases_get_the_persona_a_person_would_name() {
        assert_eq!(likeliest(&[("debtor_kind", "company"), ("claim_count", "one")]), "business");
        assert_eq!(likeliest(&[("disputed", "all"), ("email_present", "yes")]), "clarifier");
        assert_eq!(
            likeliest(&[("orders_12m", "three_or_more"), ("oldest_claim_age", "under_60")]),
            "oversight"
        );
        assert_eq!(
            likeliest(&[("payment_method", "instalments"), ("open_amount", "500_to_2000")]),
            "planner"
        );
        assert_eq!(
            likeliest(&[
                ("email_present", "no"),
                ("mobile_present", "no"),
                ("oldest_claim_age", "over_2_years"),
                ("orders_12m", "none")
            ]),
            "withdrawn"
        );
    }

    #[test]
    fn reasons_are_at_most_three_for_and_one_against_strongest_first() {
        let assessment = catalogue().typology.assess(&bands(&[
            ("orders_12m", "three_or_more"),
            ("oldest_claim_age", "under_60"),
            ("claim_count", "one"),
            ("customer_tenure", "over_3_years"),
            ("open_amount", "over_2000"),
            ("reminder_count", "two_or_more"),
        ]));
        let (favour, against): (Vec<_>, Vec<_>) =
            assessment.reasons.iter().partition(|r| r.contribution > 0.0);
        assert_eq!((favour.len(), against.len()), (3, 1));
        assert_eq!(favour[0].feature, "orders_12m");
    }

    fn any_bands() -> impl Strategy<Value = Bands> {
        let pairs: Vec<(String, String)> = catalogue()
            .registry
            .features()
            .filter(|f| f.scoring)
            .flat_map(|f| f.bands.iter().map(|band| (f.name.clone(), band.name.clone())))
            .collect();
        prop::collection::btree_map(prop::sample::select(pairs), Just(()), 0..20)
            .prop_map(|chosen| chosen.into_keys().collect())
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_contributions_explain_them_exactly(bands in any_bands()) {
            let typology = &catalogue().typology;
            let assessment = typology.assess(&bands);
            prop_assert!((assessment.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            // ln(P / prior) differs from the sum of contributions by the same amount for all personas.
            let rest = |persona: usize| {
                let sum: f64 = bands.iter().map(|(f, b)| typology.contribution(persona, f, b)).sum();
                (assessment.probabilities[persona] / typology.personas[persona].prior).ln() - sum
            };
            for persona in 1..8 {
                prop_assert!((rest(persona) - rest(0)).abs() < 1e-9);
            }
        }
    }
}
