//! Imports: rows are checked and committed chunk by chunk, each in one transaction with its verdicts, so
//! that a broken stream goes on after the last chunk and a second run of a file changes nothing.

mod chunk;
mod directory;
mod opening;
mod placements;
mod shielded;

use kulanz_store::{Due, Store, Work};
use kulanz_types::{CreditorId, ImportId, TenantId, berlin_date};

use super::costs::CHARGE_COSTS;
use super::{creditors, debtors, webhooks};
use crate::domain::intake::{Checked, Problem, Row, check};
use crate::error::Error;
use crate::store::import;

pub use chunk::{ChunkOutcome, Session};

/// Rows that are committed together: enough for a copy to pay, few enough for memory to stay flat.
pub const CHUNK: usize = 2_000;

/// What is imported, for whom.
pub struct Header {
    /// UUID of the import.
    pub request_id: String,
    /// Whose claims they are.
    pub creditor_id: CreditorId,
    /// Name of the file or system.
    pub source_name: String,
    /// Check every row, keep nothing.
    pub dry_run: bool,
}

/// A row with its place in the file.
pub struct NumberedRow {
    /// Line in the source file.
    pub number: i64,
    /// The row.
    pub row: Row,
}

/// A row with what is wrong with it by itself.
pub struct CheckedRow {
    /// Line in the source file.
    pub number: i64,
    /// What the check found.
    pub checked: Checked,
    /// The keyed index of what it holds; empty where it is rejected.
    pub content_index: String,
}

impl NumberedRow {
    /// Checks what can be checked without the database; the next rows are, while the former are written.
    pub fn checked(self, store: &Store, tenant: TenantId) -> Result<CheckedRow, Error> {
        let today = berlin_date(store.clock().now());
        let (mut checked, mut content_index) = (check(self.row, today), String::new());
        if let Some(accepted) = &mut checked.accepted {
            let content = serde_json::to_string(accepted)?;
            content_index = store.blind_index(tenant, "import_row", &content);
            accepted.indexes = debtors::indexes(store, tenant, &accepted.profile);
        }
        Ok(CheckedRow { number: self.number, checked, content_index })
    }
}

/// What the service did with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken.
    Accepted,
    /// Known already with the same content.
    Unchanged,
    /// Taken, though something about it should be looked at.
    Warned,
    /// Not taken.
    Rejected,
}

impl Verdict {
    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unchanged => "unchanged",
            Self::Warned => "warned",
            Self::Rejected => "rejected",
        }
    }
}

/// What became of one row.
#[derive(Debug, Clone)]
pub struct RowResult {
    /// Line in the source file.
    pub number: i64,
    /// The verdict.
    pub verdict: Verdict,
    /// Everything wrong with it.
    pub problems: Vec<Problem>,
    /// The claim; empty if there is none.
    pub claim_id: String,
    /// The debtor; empty if there is none.
    pub debtor_id: String,
    /// The row's customer number was joined to a debtor known under another.
    pub merged: bool,
}

/// Begins an import, or finds the one that was begun with the same request id.
pub async fn begin(
    store: &Store,
    tenant: TenantId,
    header: &Header,
) -> Result<import::Model, Error> {
    let work = store.begin(tenant).await?;
    if let Some(known) = import::by_request(&work, &header.request_id).await? {
        return resumed(known, header);
    }
    creditors::get(&work, header.creditor_id).await?;
    let row = new_import(&work, header);
    import::insert(&work, row.clone()).await?;
    work.commit().await?;
    Ok(row)
}

fn resumed(known: import::Model, header: &Header) -> Result<import::Model, Error> {
    let same = known.creditor_id == header.creditor_id.to_string()
        && known.source_name == header.source_name
        && known.dry_run == header.dry_run;
    if same { Ok(known) } else { Err(kulanz_store::StoreError::RequestIdReused.into()) }
}

fn new_import(work: &Work, header: &Header) -> import::Model {
    import::Model {
        tenant_id: work.tenant().to_string(),
        import_id: ImportId::generate(work.seeds(), work.now()).to_string(),
        request_id: header.request_id.clone(),
        creditor_id: header.creditor_id.to_string(),
        source_name: header.source_name.clone(),
        dry_run: header.dry_run,
        state: "running".into(),
        accepted: 0,
        unchanged: 0,
        warned: 0,
        rejected: 0,
        claims: 0,
        debtors: 0,
        merged: 0,
        last_row: 0,
        created_at: work.now(),
        finished_at: None,
    }
}

/// Whether an import can take no more rows.
pub fn is_finished(row: &import::Model) -> bool {
    row.state == "finished"
}

/// Ends an import; a repetition changes nothing. Collection costs are charged once all of a debtor's
/// claims are known, as their values are added up.
pub async fn finish(
    store: &Store,
    tenant: TenantId,
    import_id: &str,
) -> Result<import::Model, Error> {
    let work = store.begin(tenant).await?;
    let found = import::find_locked(&work, import_id).await?;
    let mut row = found.ok_or_else(|| Error::not_found(import_id))?;
    if is_finished(&row) {
        return Ok(row);
    }
    row.state = "finished".into();
    row.finished_at = Some(work.now());
    work.act_on_all("service:claims", "FinishImport", import_id);
    import::update(&work, row.clone()).await?;
    if !row.dry_run && row.claims > 0 {
        work.schedule(Due::new(CHARGE_COSTS, import_id, work.now())).await?;
    }
    webhooks::tell(&work, webhooks::notices::import_finished(&row)).await?;
    work.commit().await?;
    Ok(row)
}

/// The import of this id.
pub async fn get(work: &Work, id: ImportId) -> Result<import::Model, Error> {
    import::find(work, id).await?.ok_or_else(|| Error::not_found(id))
}
