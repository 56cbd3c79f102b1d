//! The one secret that a service's other keys are derived from.

use std::path::Path;

use data_encoding::HEXLOWER;
use kulanz_types::Seeds;
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

const FILE: &str = "master.key";

/// 32 secret bytes, from which a key is derived per purpose: page tokens, wrapped data keys, blind
/// indexes, authenticity codes, session cookies.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; 32]>);

/// The master key cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or written.
    #[error("master.key cannot be used")]
    File(#[from] std::io::Error),
    /// The file does not hold 64 hexadecimal digits.
    #[error("master.key does not hold 64 hexadecimal digits")]
    Form,
}

impl MasterKey {
    /// A key made of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads `master.key` in a folder.
    pub fn load(folder: &Path) -> Result<Self, MasterKeyError> {
        let text = std::fs::read_to_string(folder.join(FILE))?;
        let bytes = HEXLOWER.decode(text.trim().as_bytes()).map_err(|_| MasterKeyError::Form)?;
        Ok(Self::new(bytes.try_into().map_err(|_| MasterKeyError::Form)?))
    }

    /// Reads `master.key` and first makes it where it is missing: for development.
    pub fn load_or_generate(folder: &Path, seeds: &Seeds) -> Result<Self, MasterKeyError> {
        if !folder.join(FILE).exists() {
            std::fs::create_dir_all(folder)?;
            write_private(&folder.join(FILE), &HEXLOWER.encode(&seeds.bytes::<32>()))?;
        }
        Self::load(folder)
    }

    /// The key for one purpose; different purposes give unrelated keys.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        // The master key has a fixed length, so no two inputs of the hash can be mistaken.
        Sha256::new().chain_update(self.0.expose_secret()).chain_update(purpose).finalize().into()
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file_and_differs_by_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let first = MasterKey::load_or_generate(folder.path(), &Seeds::fixed(1)).unwrap();
        let again = MasterKey::load_or_generate(folder.path(), &Seeds::fixed(2)).unwrap();
        assert_eq!(first.derive("pages"), again.derive("pages"));
        assert_ne!(first.derive("pages"), first.derive("cookies"));
    }
}
