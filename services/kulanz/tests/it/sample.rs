//! The shipped sample, as files.

use std::io::Write as _;

use tempfile::NamedTempFile;

/// How it is read.
pub const MAPPING: &str = include_str!("../../sample/mappings/erp-german.toml");
/// Its rows.
pub const SAMPLE: &[u8] = include_bytes!("../../sample/portfolio.csv");

/// The sample so many times, each time with other references.
pub fn repeated(times: u64) -> Vec<u8> {
    let head = SAMPLE.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let (header, rows) = SAMPLE.split_at(head);
    let mut file = header.to_vec();
    for number in 0..times {
        for row in rows.split_inclusive(|byte| *byte == b'\n') {
            file.extend(format!("{number}-").bytes());
            file.extend(row);
        }
    }
    file
}

/// A file of these bytes.
pub fn written(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    file
}
