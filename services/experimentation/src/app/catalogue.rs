//! Spaces of actions under the names by which the log keeps them.

use kulanz_policy::{Factor, Space, SpaceError};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// A checked space and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// What can be done.
    pub space: Space,
    /// The first 16 hexadecimal digits of SHA-256 over the factors as JSON.
    pub hash: String,
}

impl Catalogue {
    /// Checks the factors of a space and names it.
    pub fn new(factors: Vec<Factor>) -> Result<Self, SpaceError> {
        let space = Space::new(factors)?;
        #[expect(clippy::expect_used, reason = "names are text, and text is always JSON")]
        let factors = serde_json::to_vec(space.factors()).expect("names are text");
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(factors)[..8]);
        Ok(Self { space, hash })
    }

    /// Reads the factors that [`Catalogue::write`] wrote.
    pub fn read(factors: &str) -> Result<Self, Error> {
        let factors: Vec<Factor> = serde_json::from_str(factors)?;
        Self::new(factors).map_err(|flaw| Error::field("space", flaw.to_string()))
    }

    /// The factors as JSON.
    pub fn write(&self) -> Result<String, Error> {
        Ok(serde_json::to_string(self.space.factors())?)
    }
}
