//! What ties the steps of a ramp together: the people who are in several of them.

use kulanz_store::Store;
use kulanz_types::TenantId;

use super::super::analysis::as_counted;
use crate::domain::ramp::Evidence;
use crate::domain::totals::Totals;
use crate::error::Error;
use crate::store::exposure;

/// People read at a time.
const PAGE: u64 = 1_000;

/// What the comparisons show together, from their sums and, where there are several, their people.
pub async fn evidence(
    store: &Store,
    tenant: TenantId,
    comparisons: &[String],
    sums: &[Totals],
) -> Result<Evidence, Error> {
    let mut evidence = Evidence::of(sums);
    if comparisons.len() < 2 {
        return Ok(evidence);
    }
    for (step, comparison) in comparisons.iter().enumerate() {
        let mut cursor = String::new();
        loop {
            let work = store.begin(tenant).await?;
            let rows = exposure::counted(&work, comparison, &cursor, PAGE).await?;
            let Some(last) = rows.last() else { break };
            cursor.clone_from(&last.debtor_id);
            for row in &rows {
                if let Some(person) = as_counted(row)? {
                    evidence.meets(step, &row.debtor_id, &person);
                }
            }
        }
    }
    Ok(evidence)
}
