//! Rows about a person, as they are copied for them: which tables there are, and what of them is told.

use kulanz_store::{StoreError, Work};
use kulanz_types::DebtorId;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement, Value};
use serde_json::Map;

/// A table that is copied row by row.
pub struct Section {
    /// What its records are.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    /// The column that is the record's id.
    pub id: &'static str,
    /// Whether rows name the claim and not the person.
    pub of_claims: bool,
    /// Columns that are told, under their names in the contract.
    pub columns: &'static [(&'static str, &'static str)],
    /// Sealed columns that are told: the column, the name it was sealed under and in the contract, and
    /// whether it holds JSON.
    pub sealed: &'static [(&'static str, &'static str, &'static str, bool)],
    /// The column that says when we came to hold it.
    pub recorded_at: Option<&'static str>,
    /// Who supplied it.
    pub source: &'static str,
}

/// Every table about people that is copied as it stands. Debtors, claims and their entries are told as the
/// contract's messages; `erasure` holds nothing while there is someone to ask.
pub const SECTIONS: &[Section] = &[
    Section {
        kind: "claim_terms",
        table: "claim",
        id: "claim_id",
        of_claims: false,
        // What the claim bears, and what the creditor said of the person beside the claim.
        columns: &[
            ("claim_id", "claim_id"),
            ("terms", "terms"),
            ("rate_reason", "contractual_rate_reason"),
            ("facts", "facts"),
        ],
        sealed: &[],
        recorded_at: Some("created_at"),
        source: "creditor",
    },
    Section {
        kind: "hold",
        table: "hold",
        id: "hold_id",
        of_claims: true,
        columns: &[
            ("hold_id", "hold_id"),
            ("claim_id", "claim_id"),
            ("kind", "kind"),
            ("reason", "reason"),
            ("placed_at", "placed_at"),
            ("placed_by", "placed_by"),
            ("expires_at", "expires_at"),
            ("released_at", "released_at"),
            ("released_by", "released_by"),
            ("release_reason", "release_reason"),
        ],
        sealed: &[],
        recorded_at: Some("placed_at"),
        source: "kulanz",
    },
    Section {
        kind: "challenge",
        table: "challenge",
        id: "challenge_id",
        of_claims: false,
        columns: &[
            ("challenge_id", "challenge_id"),
            ("claim_id", "claim_id"),
            ("kind", "kind"),
            ("reason", "reason"),
            ("disputed_amount", "disputed_amount_minor_units"),
            ("state", "state"),
            ("opened_at", "opened_at"),
            ("opened_by", "opened_by"),
            ("answer_by", "answer_by"),
            ("decided_at", "decided_at"),
            ("decision_reason", "decision_reason"),
        ],
        sealed: &[
            ("explanation", "dispute.explanation", "explanation", false),
            ("details", "report.details", "details", true),
            ("resolution", "dispute.resolution", "resolution", false),
        ],
        recorded_at: Some("opened_at"),
        source: "debtor",
    },
    Section {
        kind: "evidence",
        table: "evidence",
        id: "evidence_id",
        of_claims: false,
        // The bytes follow piece by piece.
        columns: &[
            ("evidence_id", "evidence_id"),
            ("challenge_id", "challenge_id"),
            ("slot", "slot"),
            ("media_type", "media_type"),
            ("size", "size"),
            ("sha256", "sha256"),
            ("uploaded_at", "uploaded_at"),
            ("uploaded_by", "uploaded_by"),
        ],
        sealed: &[("file_name", "evidence.file_name", "file_name", false)],
        recorded_at: Some("uploaded_at"),
        source: "debtor",
    },
    Section {
        kind: "question",
        table: "question",
        id: "question_id",
        of_claims: false,
        columns: &[
            ("question_id", "question_id"),
            ("claim_id", "claim_id"),
            ("challenge_id", "challenge_id"),
            ("asked_at", "asked_at"),
            ("answer_by", "answer_by"),
            ("answered_at", "answered_at"),
        ],
        sealed: &[
            ("asked", "question.asked", "text", false),
            ("answer", "question.answer", "answer", false),
        ],
        recorded_at: Some("asked_at"),
        source: "kulanz",
    },
    Section {
        kind: "protection",
        table: "protection",
        id: "protection_id",
        of_claims: false,
        columns: &[
            ("protection_id", "protection_id"),
            ("kind", "kind"),
            ("protected_at", "protected_at"),
            ("protected_by", "protected_by"),
            ("expires_at", "expires_at"),
            ("ended_at", "ended_at"),
            ("end_reason", "end_reason"),
        ],
        sealed: &[
            ("file_number", "protection.file_number", "file_number", false),
            ("representative", "protection.representative", "representative", false),
        ],
        recorded_at: Some("protected_at"),
        source: "kulanz",
    },
    Section {
        kind: "access_link",
        table: "access_link",
        id: "link_id",
        of_claims: false,
        // Neither the token nor its hash: a copy must not open anything.
        columns: &[
            ("link_id", "access_link_id"),
            ("claim_ids", "claim_ids"),
            ("purpose", "purpose"),
            ("expires_at", "expires_at"),
            ("failures", "failures"),
            ("openings", "openings"),
            ("revoked_at", "revoked_at"),
            ("created_at", "create_time"),
        ],
        sealed: &[],
        recorded_at: Some("created_at"),
        source: "kulanz",
    },
    Section {
        kind: "page_visit",
        table: "page_visit",
        id: "page",
        of_claims: false,
        columns: &[("page", "page"), ("visits", "visit_count")],
        sealed: &[],
        recorded_at: None,
        source: "debtor",
    },
    Section {
        kind: "restriction",
        table: "restriction",
        id: "restriction_id",
        of_claims: false,
        columns: &[
            ("restriction_id", "restriction_id"),
            ("restricted_at", "restricted_at"),
            ("restricted_by", "restricted_by"),
            ("lifted_at", "lifted_at"),
            ("lifted_by", "lifted_by"),
        ],
        sealed: &[
            ("reason", "restriction.reason", "reason", false),
            ("lift_reason", "restriction.lift_reason", "lift_reason", false),
        ],
        recorded_at: Some("restricted_at"),
        source: "kulanz",
    },
    Section {
        kind: "disowned_address",
        table: "disowned_address",
        id: "address_hash",
        of_claims: false,
        columns: &[("address_hash", "address_hash"), ("disowned_at", "disowned_at")],
        sealed: &[],
        recorded_at: Some("disowned_at"),
        source: "debtor",
    },
    Section {
        kind: "limitation_fact",
        table: "limitation_fact",
        id: "fact_id",
        of_claims: true,
        columns: &[
            ("fact_id", "fact_id"),
            ("claim_id", "claim_id"),
            ("kind", "kind"),
            ("from_date", "from_date"),
            ("to_date", "to_date"),
            ("served_date", "served_date"),
            ("evidence", "evidence"),
            ("actor", "actor"),
            ("recorded_at", "recorded_at"),
        ],
        sealed: &[],
        recorded_at: Some("recorded_at"),
        source: "kulanz",
    },
    Section {
        kind: "assignment",
        table: "assignment",
        id: "claim_id",
        of_claims: true,
        columns: &[
            ("claim_id", "claim_id"),
            ("buyer_name", "buyer_name"),
            ("assigned_on", "assigned_on"),
            ("recorded_at", "recorded_at"),
        ],
        sealed: &[],
        recorded_at: Some("recorded_at"),
        source: "creditor",
    },
    Section {
        kind: "contact",
        table: "contact",
        id: "message_id",
        of_claims: true,
        columns: &[
            ("message_id", "message_id"),
            ("claim_id", "claim_id"),
            ("sent_at", "sent_at"),
            ("demanded_on", "demanded_on"),
            ("rises", "rises"),
            ("failed", "failed"),
        ],
        sealed: &[],
        recorded_at: Some("sent_at"),
        source: "kulanz",
    },
    Section {
        kind: "arrangement",
        table: "arrangement",
        id: "arrangement_id",
        of_claims: true,
        columns: &[
            ("arrangement_id", "arrangement_id"),
            ("claim_id", "claim_id"),
            ("ended", "ended"),
            ("outcome", "outcome"),
            ("settled_for", "settled_for_minor_units"),
        ],
        sealed: &[],
        recorded_at: None,
        source: "debtor",
    },
];

/// Ids under which work is scheduled and answers are remembered about a person, besides the debtor's own
/// and those of claims and holds.
pub async fn ids(work: &Work, debtor_id: &str) -> Result<Vec<String>, StoreError> {
    let keyed = ["challenge", "question", "protection"];
    let mut ids = Vec::new();
    for section in SECTIONS.iter().filter(|section| keyed.contains(&section.table)) {
        let (table, id) = (section.table, section.id);
        let sql = format!("SELECT {id} FROM {table} WHERE tenant_id = $1 AND debtor_id = $2");
        let values: [Value; 2] = [work.tenant().to_string().into(), debtor_id.into()];
        let found = Statement::from_sql_and_values(work.db().get_database_backend(), sql, values);
        for row in work.db().query_all_raw(found).await? {
            ids.push(row.try_get("", id)?);
        }
    }
    Ok(ids)
}

/// A row as it is told.
pub struct Told {
    /// The record's id.
    pub id: String,
    /// The record as JSON.
    pub json: String,
    /// When we came to hold it.
    pub recorded_at: Option<DateTimeUtc>,
}

/// Rows of a section, in the order of their ids.
pub async fn rows(
    work: &Work,
    section: &Section,
    debtor: DebtorId,
) -> Result<Vec<Told>, StoreError> {
    let filter = if section.of_claims {
        "claim_id IN (SELECT claim_id FROM claim WHERE tenant_id = $1 AND debtor_id = $2)"
    } else {
        "debtor_id = $2"
    };
    let find = |columns: &str| {
        let (table, id) = (section.table, section.id);
        let sql = format!(
            "SELECT {columns} FROM {table} WHERE tenant_id = $1 AND {filter} ORDER BY {id}"
        );
        let values: [Value; 2] = [work.tenant().to_string().into(), debtor.to_string().into()];
        Statement::from_sql_and_values(work.db().get_database_backend(), sql, values)
    };
    let names: Vec<_> =
        section.columns.iter().map(|(column, name)| format!("{column} AS {name}")).collect();
    let plain = JsonValue::find_by_statement(find(&names.join(", "))).all(work.db()).await?;
    let whole = work.db().query_all_raw(find("*")).await?;
    let mut told = Vec::with_capacity(plain.len());
    for (plain, row) in plain.into_iter().zip(whole) {
        let id: String = row.try_get("", section.id)?;
        let mut record = match plain {
            JsonValue::Object(record) => record,
            _ => Map::new(),
        };
        for (column, seal, name, is_json) in section.sealed {
            let sealed: Option<Vec<u8>> = row.try_get("", column)?;
            let Some(sealed) = sealed else { continue };
            let Some(bytes) = work.open(debtor, seal, &id, &sealed).await? else { continue };
            record.insert((*name).to_owned(), value(bytes, *is_json));
        }
        let recorded_at = match section.recorded_at {
            Some(column) => Some(row.try_get("", column)?),
            None => None,
        };
        told.push(Told { id, json: JsonValue::Object(record).to_string(), recorded_at });
    }
    Ok(told)
}

fn value(bytes: Vec<u8>, is_json: bool) -> JsonValue {
    if is_json && let Ok(value) = serde_json::from_slice(&bytes) {
        return value;
    }
    JsonValue::String(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::{MIGRATIONS, erasure};

    /// Tables whose rows name a person or a claim, from the migrations themselves.
    fn tables_about_people() -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for migration in MIGRATIONS {
            for part in migration.sql.split("CREATE TABLE ").skip(1) {
                let Some((name, body)) = part.split_once('(') else { continue };
                let body = body.split(");").next().unwrap_or_default();
                let names_someone = |line: &str| {
                    ["debtor_id ", "claim_id "].iter().any(|id| line.trim().starts_with(id))
                };
                if body.lines().any(names_someone) {
                    found.insert(name.trim().to_owned());
                }
            }
            for part in migration.sql.split("DROP TABLE ").skip(1) {
                found.remove(part.split(';').next().unwrap_or_default().trim());
            }
            for part in migration.sql.split("ALTER TABLE ").skip(1) {
                let renamed =
                    part.split(';').next().and_then(|text| text.split_once(" RENAME TO "));
                if let Some((before, after)) = renamed
                    && found.remove(before.trim())
                {
                    found.insert(after.trim().to_owned());
                }
            }
        }
        found
    }

    #[test]
    fn every_table_about_people_is_copied_for_them() {
        let messages = ["debtor", "debtor_number", "claim", "entry", "state_change", "erasure"];
        let copied: BTreeSet<String> = SECTIONS
            .iter()
            .map(|section| section.table)
            .chain(messages)
            .map(ToOwned::to_owned)
            .collect();
        let forgotten: Vec<_> = tables_about_people().difference(&copied).cloned().collect();
        assert!(forgotten.is_empty(), "not copied: {forgotten:?}");
    }

    #[test]
    fn of_every_table_about_people_it_is_said_what_an_erasure_leaves() {
        let decided: BTreeSet<String> = erasure::decided_tables().map(ToOwned::to_owned).collect();
        let forgotten: Vec<_> = tables_about_people().difference(&decided).cloned().collect();
        assert!(forgotten.is_empty(), "not erased: {forgotten:?}");
    }
}
