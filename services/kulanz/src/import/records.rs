use std::collections::VecDeque;
use std::io::BufRead;
use std::iter::Peekable;
use std::str::Chars;

use super::error::ImportError;
use super::lines::Lines;

/// A record with a line break in a quoted field may not be longer than this; what is longer is a
/// quote that nobody closed.
const MOST_LINES: usize = 64;

/// One record of the file, or what stands where one should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The fields as written, quotes resolved. Their number is not checked.
    Fields(u64, Vec<String>),
    /// Quoting that is not CSV; the reason. The next record begins on the next line.
    Malformed(u64, &'static str),
}

impl Record {
    /// The physical line on which it begins.
    pub const fn line(&self) -> u64 {
        match self {
            Self::Fields(line, _) | Self::Malformed(line, _) => *line,
        }
    }
}

/// Cuts lines into records.
///
/// This is stricter than the `csv` crate, which reads on to the end of the file after a quote that
/// was never closed, and which counts records, not lines: here a malformed record costs its own
/// line only, and every record knows the physical line on which it begins.
pub struct Records<R> {
    lines: Lines<R>,
    ahead: VecDeque<(u64, String)>,
    delimiter: char,
    quote: char,
    width: Option<usize>,
}

impl<R: BufRead> Records<R> {
    /// Records of `lines`.
    pub const fn new(lines: Lines<R>, delimiter: char, quote: char) -> Self {
        Self { lines, ahead: VecDeque::new(), delimiter, quote, width: None }
    }

    /// From now on records have `width` fields, as the header has.
    pub const fn expect_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// The next record with its text; blank lines are none.
    pub fn next_record(&mut self) -> Result<Option<(Record, String)>, ImportError> {
        loop {
            match self.take_line()? {
                None => return Ok(None),
                Some((_, text)) if text.trim().is_empty() => {}
                Some((line, text)) => return self.record_from(line, text).map(Some),
            }
        }
    }

    fn take_line(&mut self) -> Result<Option<(u64, String)>, ImportError> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    fn record_from(
        &mut self,
        line: u64,
        mut text: String,
    ) -> Result<(Record, String), ImportError> {
        let mut further = Vec::new();
        let own_line = text.len();
        let reason = loop {
            match split(&text, self.delimiter, self.quote) {
                Split::Malformed => break "a quote stands inside a field",
                Split::Fields(fields) => {
                    // Lines joined by accident betray themselves by the number of fields.
                    if further.is_empty() || self.width.is_none_or(|width| width == fields.len()) {
                        return Ok((Record::Fields(line, fields), text));
                    }
                    break "a quote is opened and not closed";
                }
                Split::Open if further.len() < MOST_LINES => match self.take_line()? {
                    Some((number, next)) => {
                        text.push('\n');
                        text.push_str(&next);
                        further.push((number, next));
                    }
                    None => break "a quote is opened and not closed",
                },
                Split::Open => break "a quote is opened and not closed",
            }
        };
        for waiting in further.into_iter().rev() {
            self.ahead.push_front(waiting);
        }
        text.truncate(own_line);
        Ok((Record::Malformed(line, reason), text))
    }
}

enum Split {
    Fields(Vec<String>),
    Open,
    Malformed,
}

type Characters<'a> = Peekable<Chars<'a>>;

fn split(text: &str, delimiter: char, quote: char) -> Split {
    let mut fields = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        if rest.next_if_eq(&quote).is_some() {
            let Some(field) = quoted(&mut rest, quote) else { return Split::Open };
            fields.push(field);
        } else {
            fields.push(plain(&mut rest, delimiter, quote));
        }
        match rest.next() {
            None => return Split::Fields(fields),
            Some(c) if c == delimiter => {}
            Some(_) => return Split::Malformed,
        }
    }
}

/// The content up to the closing quote; a doubled quote stands for one.
fn quoted(rest: &mut Characters<'_>, quote: char) -> Option<String> {
    let mut field = String::new();
    loop {
        let c = rest.next()?;
        if c == quote && rest.next_if_eq(&quote).is_none() {
            return Some(field);
        }
        field.push(c);
    }
}

/// The content up to the delimiter, or up to a quote, which has no place here.
fn plain(rest: &mut Characters<'_>, delimiter: char, quote: char) -> String {
    let mut field = String::new();
    while let Some(c) = rest.next_if(|c| *c != delimiter && *c != quote) {
        field.push(c);
    }
    field
}

#[cfg(test)]
mod tests {
    use super::{Record, Records};
    use crate::import::encoding::Encoding;
    use crate::import::error::ImportError;
    use crate::import::lines::Lines;

    fn records(text: &str, width: usize) -> Result<Vec<Record>, ImportError> {
        let mut records = Records::new(Lines::new(text.as_bytes(), Encoding::Utf8), ';', '"');
        records.expect_width(width);
        let mut all = Vec::new();
        while let Some((record, _)) = records.next_record()? {
            all.push(record);
        }
        Ok(all)
    }

    fn fields(line: u64, fields: &[&str]) -> Record {
        Record::Fields(line, fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn quoted_delimiters_quotes_and_line_breaks_belong_to_the_field() -> Result<(), ImportError> {
        assert_eq!(
            records("a;\"b;c\";\"say \"\"hi\"\"\"\r\n\"one\r\ntwo\";;\r\nx;y;z", 3)?,
            [
                fields(1, &["a", "b;c", "say \"hi\""]),
                fields(2, &["one\ntwo", "", ""]),
                fields(4, &["x", "y", "z"]),
            ]
        );
        Ok(())
    }

    #[test]
    fn a_quote_that_nobody_closes_costs_one_line_only() -> Result<(), ImportError> {
        assert_eq!(
            records("a;\"b\nc;d\ne;\"f\"\n", 2)?,
            [
                Record::Malformed(1, "a quote stands inside a field"),
                fields(2, &["c", "d"]),
                fields(3, &["e", "f"]),
            ]
        );
        assert_eq!(
            records("a;b\nc;\"d", 2)?,
            [fields(1, &["a", "b"]), Record::Malformed(2, "a quote is opened and not closed")]
        );
        Ok(())
    }

    #[test]
    fn a_quote_inside_a_plain_field_is_malformed() -> Result<(), ImportError> {
        assert_eq!(
            records("5\" pipe;x\n\"a\"b;c\nd;e", 2)?,
            [
                Record::Malformed(1, "a quote stands inside a field"),
                Record::Malformed(2, "a quote stands inside a field"),
                fields(3, &["d", "e"]),
            ]
        );
        Ok(())
    }

    #[test]
    fn the_number_of_fields_is_left_to_the_reader() -> Result<(), ImportError> {
        assert_eq!(records("a;b;c\n\nd", 2)?, [fields(1, &["a", "b", "c"]), fields(3, &["d"])]);
        Ok(())
    }

    #[test]
    fn whatever_the_csv_crate_writes_is_read_back() -> Result<(), Box<dyn std::error::Error>> {
        let alphabet = ['a', 'ß', ';', '"', '\n', ' ', '\''];
        let seeds = kulanz_types::Seeds::fixed(7);
        let text = || -> String {
            let bytes: [u8; 6] = seeds.bytes();
            let length = usize::from(bytes[0]) % bytes.len();
            bytes[..length].iter().map(|b| alphabet[usize::from(*b) % alphabet.len()]).collect()
        };
        // A first field that is never empty keeps blank lines, which are skipped, out of the way.
        let written: Vec<[String; 3]> =
            (0..500).map(|number| [number.to_string(), text(), text()]).collect();
        let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        for record in &written {
            csv.write_record(record)?;
        }
        let read = records(&String::from_utf8(csv.into_inner()?)?, 3)?;
        let mut line = 1;
        for (record, expected) in read.iter().zip(&written) {
            assert_eq!(record, &Record::Fields(line, expected.to_vec()));
            line += 1 + expected.concat().matches('\n').count() as u64;
        }
        assert_eq!(read.len(), written.len());
        Ok(())
    }
}
