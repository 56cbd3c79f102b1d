//! The form of both kinds of file: magic, feature version, a header as JSON, numbers, a checksum.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::schema::Schema;

/// First bytes of a file; the last one is the version of its format.
pub(crate) type Magic = [u8; 8];

/// Bytes of the checksum at the end: SHA-256 over everything before.
const CHECKSUM: usize = 32;
/// Bytes of a feature version in hexadecimal digits.
const FEATURES: usize = 16;

/// Why bytes are no file that can be used here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not a file of this kind and format.
    #[error("not a file of a known format")]
    Magic,
    /// The file ends too early.
    #[error("the file is truncated: {missing} bytes are missing at least")]
    Truncated {
        /// How many bytes more it must have.
        missing: usize,
    },
    /// The content is not what was written.
    #[error("the file's checksum does not match its content")]
    Checksum,
    /// It was learned over other features, which do not serve here.
    #[error("the file's features ({found}) do not serve in place of these ({expected})")]
    FeatureVersion {
        /// That of the file.
        found: String,
        /// That of the reader.
        expected: String,
    },
    /// The header cannot be read, though its checksum matches.
    #[error("the file's header is not understood: {0}")]
    Header(String),
    /// What is written cannot decide, though it is whole.
    #[error("the file's content cannot be used: {0}")]
    Content(&'static str),
}

/// What every header tells.
pub(crate) trait Header: Serialize + DeserializeOwned {
    /// The features.
    fn schema(&self) -> &Schema;
    /// How many bytes of numbers follow; `None` when the header cannot be meant.
    fn numbers(&self) -> Option<usize>;
}

/// Everything but the checksum.
pub(crate) fn content(
    magic: Magic,
    header: &impl Header,
    numbers: impl Iterator<Item = u8>,
) -> Vec<u8> {
    let text = serde_json::to_vec(header).unwrap_or_default();
    let mut bytes = Vec::with_capacity(text.len() + header.numbers().unwrap_or(0) + 64 + CHECKSUM);
    bytes.extend_from_slice(&magic);
    bytes.extend_from_slice(header.schema().version().as_bytes());
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&text);
    bytes.extend(numbers);
    bytes
}

/// The file of a content.
pub(crate) fn seal(mut content: Vec<u8>) -> Vec<u8> {
    let checksum = Sha256::digest(&content);
    content.extend_from_slice(&checksum);
    content
}

/// The header and the numbers of a file over these features, or over those that it names itself.
pub(crate) fn open<'a, H: Header>(
    magic: Magic,
    bytes: &'a [u8],
    features: Option<&Schema>,
) -> Result<(H, &'a [u8]), FileError> {
    let mut rest = Bytes(bytes);
    if rest.take(magic.len())? != magic {
        return Err(FileError::Magic);
    }
    let found = String::from_utf8_lossy(rest.take(FEATURES)?).into_owned();
    let length = usize::try_from(rest.number()?).unwrap_or(usize::MAX);
    let (header, numbers) = parse::<H>(rest.take(length)?)
        // Either damaged or written by another program: the checksum over all that came tells which.
        .map_err(
            |error| if is_whole(bytes) { FileError::Header(error) } else { FileError::Checksum },
        )?;
    let numbers = rest.take(numbers)?;
    rest.take(CHECKSUM)?;
    if !rest.0.is_empty() || !is_whole(bytes) {
        return Err(FileError::Checksum);
    }
    let expected = features.unwrap_or_else(|| header.schema()).version();
    if found != expected || header.schema().version() != expected {
        return Err(FileError::FeatureVersion { found, expected });
    }
    Ok((header, numbers))
}

fn parse<H: Header>(text: &[u8]) -> Result<(H, usize), String> {
    let header: H = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    header.schema().check().map_err(|error| error.to_string())?;
    let numbers = header.numbers().ok_or("it announces more than fits")?;
    Ok((header, numbers))
}

/// Whether the last bytes are the checksum of the others.
fn is_whole(bytes: &[u8]) -> bool {
    let (content, checksum) = bytes.split_at(bytes.len().saturating_sub(CHECKSUM));
    Sha256::digest(content)[..] == *checksum
}

/// Bytes that are still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], FileError> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| FileError::Truncated { missing: count - self.0.len() })?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, FileError> {
        let bytes = self.take(8)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}
