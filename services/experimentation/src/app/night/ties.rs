//! What ties the steps of a ramp together: the people who are in several of them.

use kulanz_store::Store;
use kulanz_types::TenantId;

use super::super::analysis::as_counted;
use super::super::policies::place;
use crate::domain::ramp::{Evidence, POLICY, Ramp};
use crate::domain::totals::{Counted, Totals};
use crate::error::Error;
use crate::store::exposure::{self, Model};

/// People read at a time.
const PAGE: u64 = 1_000;

/// What the steps of a ramp show together, from their sums and, where there are several, their people. Whom the policy
/// came to decide for since a step is no longer beside it, and is left out of that step. Where one stands is drawn, so
/// that nobody is left out for what came of them.
pub async fn evidence(
    store: &Store,
    tenant: TenantId,
    key: &str,
    ramp: &Ramp,
    mut sums: Vec<Totals>,
) -> Result<Evidence, Error> {
    let (comparisons, share) = (ramp.comparisons(), ramp.share());
    if comparisons.len() < 2 {
        return Ok(Evidence::of(&sums));
    }
    let stays =
        |row: &Model, person: &Counted| person.arm == POLICY || place(key, &row.debtor_id) >= share;
    for (comparison, sums) in comparisons.iter().zip(&mut sums) {
        each(store, tenant, comparison, |row, person| {
            if stays(row, person) { Ok(()) } else { Ok(sums.remove(person)?) }
        })
        .await?;
    }
    let mut evidence = Evidence::of(&sums);
    for (step, comparison) in comparisons.iter().enumerate() {
        each(store, tenant, comparison, |row, person| {
            if stays(row, person) {
                evidence.meets(step, &row.debtor_id, person);
            }
            Ok(())
        })
        .await?;
    }
    Ok(evidence)
}

/// Shows everybody whom the sums of a comparison hold.
async fn each(
    store: &Store,
    tenant: TenantId,
    comparison: &str,
    mut show: impl FnMut(&Model, &Counted) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut cursor = String::new();
    loop {
        let work = store.begin(tenant).await?;
        let rows = exposure::counted(&work, comparison, &cursor, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        cursor.clone_from(&last.debtor_id);
        for row in &rows {
            if let Some(person) = as_counted(row)? {
                show(row, &person)?;
            }
        }
    }
}
