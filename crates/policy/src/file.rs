//! A policy as bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::frame::{self, FileError, Magic};
use crate::objective::Objective;
use crate::policy::{Belief, DRAWS, Policy, Row, Settings};
use crate::schema::Schema;

const MAGIC: Magic = *b"KULANZP\x01";

/// What stands before the numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: Schema,
    settings: Settings,
    seed: u64,
    alpha: f64,
    objectives: Vec<Objective>,
}

impl frame::Header for Header {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Per objective the means and the draws of each weight, as f32.
    fn numbers(&self) -> Option<usize> {
        let weights = self.schema.dimension().checked_mul(4 * (1 + DRAWS))?;
        weights.checked_mul(self.objectives.len())
    }
}

impl Policy {
    /// Gives the policy the name that its content has.
    pub(crate) fn named(mut self) -> Self {
        let digest = Sha256::digest(self.content());
        self.version = data_encoding::HEXLOWER.encode(&digest[..8]);
        self
    }

    /// The policy as bytes: about 300 KB for each objective.
    pub fn write(&self) -> Vec<u8> {
        frame::seal(self.content())
    }

    fn content(&self) -> Vec<u8> {
        let header = Header {
            schema: self.schema.clone(),
            settings: self.settings.clone(),
            seed: self.seed,
            alpha: self.alpha,
            objectives: self.beliefs.iter().map(|belief| belief.objective).collect(),
        };
        let of_belief = |belief: &Belief| {
            let mut numbers = belief.mean.clone();
            numbers.extend(belief.bank.iter().flat_map(Row::lanes));
            numbers
        };
        let numbers = self.beliefs.iter().flat_map(of_belief);
        frame::content(MAGIC, &header, numbers.flat_map(f32::to_le_bytes))
    }

    /// Reads a policy whose features serve where these hold, perhaps learned elsewhere: it must withhold from protected
    /// people what is withheld here.
    pub fn read(bytes: &[u8], features: &Schema) -> Result<Self, FileError> {
        let (header, numbers) = frame::open::<Header>(MAGIC, bytes, None)?;
        if !header.schema.serves(features) {
            let (found, expected) = (header.schema.version(), features.version());
            return Err(FileError::FeatureVersion { found, expected });
        }
        let withheld = &header.settings.withheld_from_protected;
        let ours = Settings::default().withheld_from_protected;
        if !ours.iter().all(|level| withheld.contains(level)) {
            return Err(FileError::Content(
                "withheld_from_protected must hold all that is withheld here",
            ));
        }
        header.policy(numbers)
    }

    /// Reads a policy over the features that its file names: a version of one's own, whose features may be
    /// older than those of today.
    pub fn read_own(bytes: &[u8]) -> Result<Self, FileError> {
        let (header, numbers) = frame::open::<Header>(MAGIC, bytes, None)?;
        header.policy(numbers)
    }
}

/// A weight is a logarithm of odds; beyond this, sums of them are not what they say any more in f32.
const WEIGHT_MAX: f32 = 1e6;

impl Header {
    /// What keeps the dials from deciding.
    fn flaw(&self) -> Option<&'static str> {
        let Settings { epsilon, null_share, .. } = &self.settings;
        let mut objectives = self.objectives.clone();
        objectives.sort_unstable();
        let flaws = [
            (!(0.0..=1.0).contains(epsilon), "epsilon must lie between 0 and 1"),
            (!(0.0..1.0).contains(null_share), "null_share must be 0 or more, and below 1"),
            (!self.alpha.is_finite() || self.alpha <= 0.0, "alpha must be a number above 0"),
            (objectives.windows(2).any(|two| two[0] == two[1]), "an objective stands there twice"),
        ];
        flaws.into_iter().find_map(|(flawed, text)| flawed.then_some(text))
    }

    fn policy(self, numbers: &[u8]) -> Result<Policy, FileError> {
        if let Some(flaw) = self.flaw() {
            return Err(FileError::Content(flaw));
        }
        let (words, _) = numbers.as_chunks::<4>();
        let numbers: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
        if !numbers.iter().all(|weight| weight.abs() <= WEIGHT_MAX) {
            return Err(FileError::Content("a weight is not a number from -1000000 to 1000000"));
        }
        let dimension = self.schema.dimension();
        let beliefs = numbers.chunks_exact(dimension * (1 + DRAWS)).zip(&self.objectives);
        let belief = |(numbers, objective): (&[f32], &Objective)| {
            let (mean, draws) = numbers.split_at(dimension);
            let row = |lanes: &[f32]| {
                let mut row = Row::ZERO;
                row.0.as_flattened_mut().copy_from_slice(lanes);
                row
            };
            let bank = draws.chunks_exact(DRAWS).map(row).collect();
            Belief { objective: *objective, mean: mean.to_vec(), bank }
        };
        let beliefs = beliefs.map(belief).collect();
        let policy = Policy {
            schema: self.schema,
            settings: self.settings,
            seed: self.seed,
            alpha: self.alpha,
            beliefs,
            version: String::new(),
        };
        Ok(policy.named())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::{Dials, Learner};
    use crate::schema::Edges;

    fn policy() -> Policy {
        Learner::new(Schema::default()).refresh(&Dials::default()).unwrap()
    }

    #[test]
    fn a_policy_survives_its_file() {
        let policy = policy();
        let bytes = policy.write();
        assert!(bytes.len() < 330_000, "{}", bytes.len());
        let read = Policy::read(&bytes, &Schema::default()).unwrap();
        assert_eq!(read, policy);
        assert_eq!(read.version(), policy.version());
    }

    #[test]
    fn a_file_that_was_cut_off_anywhere_is_truncated() {
        let bytes = policy().write();
        for length in [0, 7, 12, 30, 200, 5_000, bytes.len() - 33, bytes.len() - 1] {
            let read = Policy::read(&bytes[..length], &Schema::default());
            assert!(matches!(read, Err(FileError::Truncated { .. })), "{length}");
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_found() {
        let bytes = policy().write();
        for at in [9, 40, 300, 9_000, bytes.len() - 40, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = Policy::read(&changed, &Schema::default());
            assert_eq!(read, Err(FileError::Checksum), "{at}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Policy::read(&longer, &Schema::default()), Err(FileError::Checksum));
        let other = [b"PK", &bytes[2..]].concat();
        assert_eq!(Policy::read(&other, &Schema::default()), Err(FileError::Magic));
    }

    #[test]
    fn a_policy_of_other_features_is_refused_with_both_versions() {
        let mut wider = Schema::default();
        wider.personas.push("newcomer".to_owned());
        let (expected, found) = (wider.version(), Schema::default().version());
        let read = Policy::read(&policy().write(), &wider);
        assert_eq!(read, Err(FileError::FeatureVersion { found, expected }));
    }

    #[test]
    fn a_policy_serves_with_more_behind_and_never_with_less_or_in_another_order() {
        let read = |change: &dyn Fn(&mut Schema)| {
            let mut schema = Schema::default();
            change(&mut schema);
            let bytes = Learner::new(schema).refresh(&Dials::default()).unwrap().write();
            Policy::read(&bytes, &Schema::default())
        };
        assert!(read(&|schema| schema.factors[0].factor.levels.push("pigeon".to_owned())).is_ok());
        let narrower: [&dyn Fn(&mut Schema); 5] = [
            &|schema| _ = schema.factors[0].factor.levels.pop(),
            &|schema| schema.factors.swap(1, 2),
            &|schema| schema.factors[1].tau = 9.0,
            &|schema| _ = schema.pairs.pop(),
            &|schema| _ = schema.personas.pop(),
        ];
        for (place, change) in narrower.into_iter().enumerate() {
            let refused = read(change);
            assert!(matches!(refused, Err(FileError::FeatureVersion { .. })), "{place}");
        }
    }

    #[test]
    fn a_policy_of_another_portfolio_is_taken_with_its_own_edges() {
        let edges = Edges { balance: [1_700.0, 3_600.0], ..Edges::default() };
        let schema = Schema { edges, ..Schema::default() };
        let bytes = Learner::new(schema).refresh(&Dials::default()).unwrap().write();
        let read = Policy::read(&bytes, &Schema::default()).unwrap();
        assert_eq!(read.schema().edges, edges);
    }

    #[test]
    fn a_whole_file_whose_content_cannot_decide_is_refused_by_what_is_wrong() {
        let with = |settings: Settings| policy().with_settings(settings);
        let usual = Settings::default();
        let mut wild = policy();
        wild.beliefs[0].mean[3] = f32::NAN;
        let mut huge = policy();
        huge.beliefs[0].bank[3] = Row::splat(1e30);
        let mut twice = policy();
        twice.beliefs.push(twice.beliefs[0].clone());
        let flawed = [
            (with(Settings { epsilon: 5.0, ..usual.clone() }), "epsilon"),
            (with(Settings { null_share: 1.0, ..usual.clone() }), "null_share"),
            (with(Settings { null_share: -0.1, ..usual }), "null_share"),
            (Policy { alpha: 0.0, ..policy() }, "alpha"),
            (twice, "an objective"),
            (wild, "a weight"),
            (huge, "a weight"),
        ];
        for (policy, named) in flawed {
            let bytes = policy.write();
            for read in [Policy::read(&bytes, &Schema::default()), Policy::read_own(&bytes)] {
                let refused =
                    matches!(&read, Err(FileError::Content(text)) if text.starts_with(named));
                assert!(refused, "{named}: {:?}", read.err());
            }
        }
    }

    #[test]
    fn a_file_from_elsewhere_withholds_from_protected_people_what_is_withheld_here() {
        let lax = Settings { withheld_from_protected: Vec::new(), ..Settings::default() };
        let bytes = policy().with_settings(lax).write();
        let read = Policy::read(&bytes, &Schema::default());
        assert!(matches!(read, Err(FileError::Content(text)) if text.starts_with("withheld")));
        assert!(Policy::read_own(&bytes).is_ok(), "a version of one's own stays replayable");
    }

    #[test]
    fn another_content_is_another_version() {
        let policy = policy();
        let settings = Settings { epsilon: 0.1, ..policy.settings().clone() };
        assert_ne!(policy.clone().with_settings(settings).version(), policy.version());
    }
}
