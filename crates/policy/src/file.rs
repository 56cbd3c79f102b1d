//! A policy as bytes: magic, feature version, the dials as JSON, means and draws as f32, a checksum.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::objective::Objective;
use crate::policy::{Belief, DRAWS, Policy, Row, Settings};
use crate::schema::Schema;

/// First bytes of a policy file; the last one is the version of the format.
const MAGIC: &[u8; 8] = b"KULANZP\x01";
/// Bytes of the checksum at the end: SHA-256 over everything before.
const CHECKSUM: usize = 32;
/// Bytes of a feature version in hexadecimal digits.
const FEATURES: usize = 16;

/// Why bytes are no policy that can be used here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFileError {
    /// Not a policy file of this format.
    #[error("not a policy file of a known format")]
    Magic,
    /// The file ends too early.
    #[error("the policy file is truncated: {missing} bytes are missing at least")]
    Truncated {
        /// How many bytes more it must have.
        missing: usize,
    },
    /// The content is not what was written.
    #[error("the policy file's checksum does not match its content")]
    Checksum,
    /// It was learned over other features.
    #[error("the policy is of feature version {found}, not {expected}")]
    FeatureVersion {
        /// That of the file.
        found: String,
        /// That of the reader.
        expected: String,
    },
    /// The header cannot be read, though its checksum matches.
    #[error("the policy file's header is not understood: {0}")]
    Header(String),
}

/// What stands before the numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: Schema,
    settings: Settings,
    seed: u64,
    alpha: f64,
    objectives: Vec<Objective>,
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
        let mut bytes = self.content();
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    fn content(&self) -> Vec<u8> {
        let header = Header {
            schema: self.schema.clone(),
            settings: self.settings.clone(),
            seed: self.seed,
            alpha: self.alpha,
            objectives: self.beliefs.iter().map(|belief| belief.objective).collect(),
        };
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let numbers = self.beliefs.len() * self.schema.dimension() * (1 + DRAWS);
        let mut bytes = Vec::with_capacity(64 + header.len() + 4 * numbers);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.schema.version().as_bytes());
        bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&header);
        for belief in &self.beliefs {
            let draws = belief.bank.iter().flat_map(Row::lanes);
            belief.mean.iter().chain(draws).for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
        }
        bytes
    }

    /// Reads a policy that was learned over these features.
    pub fn read(bytes: &[u8], features: &Schema) -> Result<Self, PolicyFileError> {
        let mut rest = Bytes(bytes);
        if rest.take(MAGIC.len())? != MAGIC {
            return Err(PolicyFileError::Magic);
        }
        let found = String::from_utf8_lossy(rest.take(FEATURES)?).into_owned();
        let length = usize::try_from(rest.number()?).unwrap_or(usize::MAX);
        let header = rest.take(length)?;
        let parsed: Result<Header, _> = serde_json::from_slice(header);
        // A header that cannot be parsed is either damaged or written by another program: the
        // checksum over all that came tells which.
        let header = match parsed {
            Ok(header) => header,
            Err(error) => return Err(unreadable(bytes, error.to_string())),
        };
        if let Err(error) = header.schema.check() {
            return Err(unreadable(bytes, error.to_string()));
        }
        let numbers = header.objectives.len() * header.schema.dimension() * (1 + DRAWS);
        let numbers = rest.take(4 * numbers)?;
        let checksum = rest.take(CHECKSUM)?;
        if Sha256::digest(&bytes[..bytes.len() - CHECKSUM - rest.0.len()])[..] != *checksum
            || !rest.0.is_empty()
        {
            return Err(PolicyFileError::Checksum);
        }
        let expected = features.version();
        if found != expected || header.schema.version() != expected {
            return Err(PolicyFileError::FeatureVersion { found, expected });
        }
        Ok(header.policy(numbers))
    }
}

fn unreadable(bytes: &[u8], error: String) -> PolicyFileError {
    let content = bytes.len().saturating_sub(CHECKSUM);
    if Sha256::digest(&bytes[..content])[..] == bytes[content..] {
        PolicyFileError::Header(error)
    } else {
        PolicyFileError::Checksum
    }
}

impl Header {
    fn policy(self, numbers: &[u8]) -> Policy {
        let (words, _) = numbers.as_chunks::<4>();
        let numbers: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
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
        policy.named()
    }
}

/// Bytes that are still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], PolicyFileError> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| PolicyFileError::Truncated { missing: count - self.0.len() })?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, PolicyFileError> {
        let bytes = self.take(8)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::{Dials, Learner};

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
            assert!(matches!(read, Err(PolicyFileError::Truncated { .. })), "{length}");
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_found() {
        let bytes = policy().write();
        for at in [9, 40, 300, 9_000, bytes.len() - 40, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = Policy::read(&changed, &Schema::default());
            assert_eq!(read, Err(PolicyFileError::Checksum), "{at}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Policy::read(&longer, &Schema::default()), Err(PolicyFileError::Checksum));
        let other = [b"PK", &bytes[2..]].concat();
        assert_eq!(Policy::read(&other, &Schema::default()), Err(PolicyFileError::Magic));
    }

    #[test]
    fn a_policy_of_other_features_is_refused_with_both_versions() {
        let mut wider = Schema::default();
        wider.personas.push("newcomer".to_owned());
        let (expected, found) = (wider.version(), Schema::default().version());
        let read = Policy::read(&policy().write(), &wider);
        assert_eq!(read, Err(PolicyFileError::FeatureVersion { found, expected }));
    }

    #[test]
    fn another_content_is_another_version() {
        let policy = policy();
        let settings = Settings { epsilon: 0.1, ..policy.settings().clone() };
        assert_ne!(policy.clone().with_settings(settings).version(), policy.version());
    }
}
