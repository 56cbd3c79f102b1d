use std::io::{BufRead, Read};

use super::encoding::{BYTE_ORDER_MARK, Encoding};
use super::error::ImportError;

const LONGEST_LINE: u64 = 1024 * 1024;

/// The physical lines of a file as text, counted from 1, one in memory at a time.
pub struct Lines<R> {
    source: R,
    encoding: Encoding,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Lines of `source`, which is text in `encoding`.
    pub const fn new(source: R, encoding: Encoding) -> Self {
        Self { source, encoding, number: 0, buffer: Vec::new() }
    }

    /// The next line without its end, with its number.
    pub fn next_line(&mut self) -> Result<Option<(u64, String)>, ImportError> {
        self.buffer.clear();
        let limited = &mut self.source.by_ref().take(LONGEST_LINE + 1);
        let read = limited.read_until(b'\n', &mut self.buffer).map_err(|source| {
            ImportError::Unreadable { path: format!("line {}", self.number + 1), source }
        })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.buffer.len() as u64 > LONGEST_LINE {
            return Err(ImportError::LineTooLong { line: self.number, limit: LONGEST_LINE });
        }
        Ok(Some((self.number, self.decoded()?)))
    }

    fn decoded(&self) -> Result<String, ImportError> {
        let wrong =
            || ImportError::EncodingWrong { line: self.number, encoding: self.encoding.name() };
        let mut bytes = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if self.number == 1
            && let Some(rest) = bytes.strip_prefix(BYTE_ORDER_MARK)
        {
            // A mark in a file that is declared as something else: the declaration is wrong.
            if self.encoding != Encoding::Utf8 {
                return Err(wrong());
            }
            bytes = rest;
        }
        self.encoding.decode(bytes).map(std::borrow::Cow::into_owned).ok_or_else(wrong)
    }
}
