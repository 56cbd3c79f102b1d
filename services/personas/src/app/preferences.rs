//! How a person wants to be spoken to.

use kulanz_store::Work;
use kulanz_types::DebtorId;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::preference::{self, Model};

const CONTENT: &str = "preference.content";

/// What a person stated; unset where they did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Number of `kulanz.type.v1.FormOfAddress`.
    pub form_of_address: Option<i32>,
    /// BCP 47.
    pub language: Option<String>,
}

/// Takes over what is set, leaves the rest.
pub async fn set(work: &Work, debtor: DebtorId, stated: Preferences) -> Result<Preferences, Error> {
    let before = find(work, debtor).await?.unwrap_or_default();
    let now = Preferences {
        form_of_address: stated.form_of_address.or(before.form_of_address),
        language: stated.language.or(before.language),
    };
    let id = debtor.to_string();
    let row = Model {
        tenant_id: work.tenant().to_string(),
        content: work.seal_json(debtor, CONTENT, &id, &now).await?,
        stated_at: work.now(),
        debtor_id: id,
    };
    preference::put(work, row).await?;
    Ok(now)
}

/// What the person stated, if anything.
pub async fn find(work: &Work, debtor: DebtorId) -> Result<Option<Preferences>, Error> {
    let id = debtor.to_string();
    let Some(row) = preference::find(work, &id).await? else { return Ok(None) };
    Ok(work.open_json(debtor, CONTENT, &id, &row.content).await?)
}
