//! `kulanz decisions export`: the log of decisions with what came of them as a table, one decision per row.
//! docs/decision-log.md describes the columns.

mod file;
mod row;

use std::io::Write;

use kulanz_proto::experimentation::v1::ListDecisionsResponse;

pub use file::Form;
use file::Sheet;
use row::Columns;

/// Writes decisions as they come; the first says which factors get columns of their own.
pub struct Export<W: Write + Send> {
    form: Form,
    open: Option<(Columns, Sheet<W>)>,
    target: Option<W>,
}

impl<W: Write + Send> Export<W> {
    /// Into this file.
    pub const fn new(form: Form, target: W) -> Self {
        Self { form, open: None, target: Some(target) }
    }

    /// Adds a decision.
    pub fn add(&mut self, entry: &ListDecisionsResponse) -> anyhow::Result<()> {
        if let Some(target) = self.target.take() {
            let columns = Columns::of(entry);
            let sheet = Sheet::begin(self.form, target, columns.names())?;
            self.open = Some((columns, sheet));
        }
        if let Some((columns, sheet)) = &mut self.open {
            sheet.add(columns.row(entry)?)?;
        }
        Ok(())
    }

    /// Ends the file. A log without decisions is a table without rows, and without columns of factors.
    pub fn finish(mut self) -> anyhow::Result<()> {
        if let Some(target) = self.target.take() {
            let columns = Columns::of(&ListDecisionsResponse::default());
            return Sheet::begin(self.form, target, columns.names())?.finish();
        }
        self.open.map_or(Ok(()), |(_, sheet)| sheet.finish())
    }
}

#[cfg(test)]
mod policy_file_tests;
#[cfg(test)]
mod tests;
