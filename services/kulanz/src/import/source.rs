use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use kulanz_types::CreditorId;
use sha2::{Digest, Sha256};

use super::error::ImportError;
use super::mapping::Mapping;
use super::portfolio::{Portfolio, RawFile, Survey, is_json_lines};

/// A file that was surveyed with its mapping and is ready to be imported.
pub struct Source {
    path: PathBuf,
    mapping: Mapping,
    mapping_hash: [u8; 32],
    survey: Survey,
    today: Option<NaiveDate>,
}

impl Source {
    /// Reads the mapping and looks at the whole of the file. `today` is the business day.
    pub fn open(path: &Path, mapping: &str, today: Option<NaiveDate>) -> Result<Self, ImportError> {
        let mapping_hash = Sha256::digest(mapping).into();
        let mapping = Mapping::parse(mapping)?;
        let survey = Survey::of(path, &mapping)?;
        Ok(Self { path: path.to_owned(), mapping, mapping_hash, survey, today })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it is read.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// How many rows it has below its header.
    pub const fn row_count(&self) -> u64 {
        self.survey.rows()
    }

    /// Whether it is JSON lines and not CSV.
    pub fn is_json_lines(&self) -> bool {
        is_json_lines(&self.path)
    }

    /// Its records as they stand.
    pub(super) fn raw(&self) -> Result<RawFile<'_>, ImportError> {
        RawFile::open(&self.path, &self.mapping)
    }

    /// Its rows from the first on.
    pub fn rows(&self) -> Result<Portfolio<'_>, ImportError> {
        Portfolio::open(&self.path, &self.mapping, &self.survey, self.today)
    }

    /// The same file with the same mapping for the same creditor is the same import, so that a
    /// broken one is resumed from any machine. Once it is finished, the next run is another
    /// `generation`.
    pub fn request_id(&self, creditor: CreditorId, dry_run: bool, generation: u32) -> String {
        let mut hash = Sha256::new();
        hash.update(self.survey.content());
        hash.update(self.mapping_hash);
        hash.update(Sha256::digest(creditor.to_string()));
        hash.update([u8::from(dry_run)]);
        hash.update(generation.to_be_bytes());
        uuid_of(&hash.finalize())
    }
}

/// A UUID of version 8 (RFC 9562) from the first 16 bytes of a hash.
fn uuid_of(hash: &[u8]) -> String {
    let bits = hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    let version = bits & !(0xF << 76) | 0x8 << 76;
    let hex = format!("{:032x}", version & !(0x3 << 62) | 0x2 << 62);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::uuid_of;

    #[test]
    fn a_hash_becomes_a_uuid_of_version_8() {
        assert_eq!(uuid_of(&[0xFF; 32]), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(uuid_of(&[0; 32]), "00000000-0000-8000-8000-000000000000");
    }
}
