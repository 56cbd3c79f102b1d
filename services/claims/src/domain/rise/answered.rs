use chrono::NaiveDate;
use kulanz_law::LawError;
use kulanz_types::Currency;

use crate::domain::account::{Entry, replay};
use crate::domain::terms::Terms;

/// Whether the first demand was paid by the last day: nothing was open at its end, or as much had come in since the
/// demand went out as it asked for. The interest of the days between is no reason for a higher fee.
pub fn answered(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    sent_on: Option<NaiveDate>,
    until: NaiveDate,
) -> Result<bool, LawError> {
    let then = replay(currency, terms, entries, until)?;
    if !then.open.total()?.is_positive() {
        return Ok(true);
    }
    let Some(sent_on) = sent_on else { return Ok(false) };
    let asked = replay(currency, terms, entries, sent_on)?;
    let paid = then.credited.checked_sub(asked.credited)?;
    Ok(paid.minor_units() >= asked.open.total()?.minor_units())
}
