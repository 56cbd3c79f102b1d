//! The spaces of actions that callers bring, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kulanz_policy::{Factor, SpaceError};
use kulanz_proto::experimentation::v1 as pb;

use crate::app::catalogue::Catalogue;

/// Spaces that callers brought, checked once: a catalogue comes with every question and seldom changes.
#[derive(Clone, Default)]
pub struct Spaces(Arc<Mutex<HashMap<Vec<pb::Factor>, Arc<Catalogue>>>>);

/// What a batch offers to those of its questions that bring no space.
pub enum Offered {
    /// Nothing.
    None,
    /// A space.
    Space(Arc<Catalogue>),
    /// A space that cannot be: this was told already.
    Faulty,
}

/// Spaces that are remembered: a caller that sends ever new ones gets no memory from it.
const SPACES: usize = 64;

impl Spaces {
    /// The checked catalogue of these factors.
    pub fn catalogue(&self, factors: &[pb::Factor]) -> Result<Arc<Catalogue>, SpaceError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(catalogue) = known.get(factors) {
            return Ok(Arc::clone(catalogue));
        }
        let factor = |factor: &pb::Factor| Factor {
            name: factor.name.clone(),
            levels: factor.levels.clone(),
        };
        let catalogue = Arc::new(Catalogue::new(factors.iter().map(factor).collect())?);
        if known.len() >= SPACES {
            known.clear();
        }
        known.insert(factors.to_vec(), Arc::clone(&catalogue));
        Ok(catalogue)
    }
}
