//! The state of learning as bytes: what a service keeps between refreshes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Learner, Subject};
use crate::delay::DelayCurve;
use crate::frame::{self, FileError, Magic};
use crate::objective::Objective;
use crate::posterior::Posterior;
use crate::schema::{Group, Schema};

const MAGIC: Magic = *b"KULANZL\x01";

/// What stands before the numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: Schema,
    delay: DelayCurve,
    objectives: Vec<Objective>,
    /// Per objective, the sizes of the groups in their order.
    sizes: Vec<Vec<f64>>,
}

impl frame::Header for Header {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Per objective, as f64: the information's lower triangle, and three vectors.
    fn numbers(&self) -> Option<usize> {
        let dimension = self.schema.dimension();
        let triangle = dimension.checked_mul(dimension.checked_add(1)?)? / 2;
        let numbers = triangle.checked_add(dimension.checked_mul(3)?)?;
        numbers.checked_mul(8)?.checked_mul(self.objectives.len())
    }
}

impl Learner {
    /// The state as bytes: about 5.5 MB for each objective.
    pub fn write(&self) -> Vec<u8> {
        let sizes = |subject: &Subject| subject.tau.values().copied().collect();
        let header = Header {
            schema: self.schema.clone(),
            delay: self.delay.clone(),
            objectives: self.subjects.keys().copied().collect(),
            sizes: self.subjects.values().map(sizes).collect(),
        };
        let numbers = self.subjects.values().flat_map(|subject| {
            let Posterior { information, located, mean } = &subject.posterior;
            information.iter().chain(located).chain(mean).chain(&subject.expected)
        });
        frame::seal(frame::content(MAGIC, &header, numbers.flat_map(|n| n.to_le_bytes())))
    }

    /// Reads a state over these features.
    pub fn read(bytes: &[u8], features: &Schema) -> Result<Self, FileError> {
        let (header, numbers) = frame::open::<Header>(MAGIC, bytes, Some(features))?;
        let (words, _) = numbers.as_chunks::<8>();
        let mut numbers = words.iter().map(|word| f64::from_le_bytes(*word));
        let groups: BTreeSet<Group> = header.schema.groups().into_iter().collect();
        let dimension = header.schema.dimension();
        let mut subjects = BTreeMap::new();
        for (objective, sizes) in header.objectives.iter().zip(header.sizes) {
            let mut take = |count: usize| numbers.by_ref().take(count).collect::<Vec<f64>>();
            let information = take(dimension * (dimension + 1) / 2);
            let (located, mean) = (take(dimension), take(dimension));
            let subject = Subject {
                tau: groups.iter().copied().zip(sizes).collect(),
                expected: take(dimension),
                posterior: Posterior { information, located, mean },
            };
            subjects.insert(*objective, subject);
        }
        Ok(Self { schema: header.schema, subjects, delay: header.delay })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::Dials;
    use crate::learner::tests::{small, some_features};
    use crate::random::DecisionStream;

    fn learner() -> Learner {
        let mut learner = Learner::new(small());
        let mut stream = DecisionStream::new(8);
        for objective in [Objective::Paid, Objective::Harm, Objective::Paid] {
            let features = some_features(&small(), &mut stream);
            learner.learn(objective, &features, 0.2, 1.0, 1.0).unwrap();
            learner.delay.count("sms", 3);
        }
        learner.refresh(&Dials::default()).unwrap();
        learner
    }

    #[test]
    fn a_state_that_was_written_and_read_goes_on_to_the_last_bit() {
        let mut learner = learner();
        let mut read = Learner::read(&learner.write(), &small()).unwrap();
        assert_eq!(read, learner);
        let dials = Dials { seed: 2, ..Dials::default() };
        assert_eq!(read.refresh(&dials).unwrap(), learner.refresh(&dials).unwrap());
    }

    #[test]
    fn a_state_that_is_cut_off_damaged_or_of_other_features_is_refused() {
        let bytes = learner().write();
        let cut = Learner::read(&bytes[..bytes.len() - 40], &small());
        assert!(matches!(cut, Err(FileError::Truncated { .. })));
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 4;
        assert_eq!(Learner::read(&damaged, &small()), Err(FileError::Checksum));
        let other = Learner::read(&bytes, &Schema::default());
        assert!(matches!(other, Err(FileError::FeatureVersion { .. })));
        let policy = Learner::new(small()).refresh(&Dials::default()).unwrap().write();
        assert_eq!(Learner::read(&policy, &small()), Err(FileError::Magic));
    }
}
