//! What of a decision is sealed with its person's key, in one document: what was known, and the grounds that tell
//! of it. It goes with the key; what was decided, and how probable that was, stays.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kulanz_policy::Mask;
use kulanz_store::{StoreError, Work};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ask::{Bounds, Logged};
use crate::domain::known::Known;
use crate::error::Error;
use crate::store::decision::Model;

/// The column.
pub const CONTEXT: &str = "decision.context";

/// Why a decision was made as it was: personas stand in the reasons, protection in the origin and in the rules of
/// the mask.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Grounds<'a> {
    /// What spoke.
    pub origin: Cow<'a, str>,
    /// The posterior draw whose best action it is.
    pub draw: Option<u8>,
    /// What counted for it.
    pub reasons: Cow<'a, [String]>,
    /// Expected probability of each objective.
    pub predicted: Cow<'a, BTreeMap<String, f64>>,
    /// Standard deviation of each expectation.
    pub deviations: Cow<'a, BTreeMap<String, f64>>,
    /// What must not be chosen, and by which rule.
    pub mask: Cow<'a, Mask>,
    /// The rule that forbids everything, or nothing.
    pub all_excluded_rule_id: Cow<'a, str>,
    /// Why silence.
    pub null_reason: Cow<'a, str>,
}

impl<'a> Grounds<'a> {
    /// Those of a decision.
    pub fn of(logged: &'a Logged, draw: Option<u8>) -> Self {
        Self {
            origin: Cow::Borrowed(&logged.origin),
            draw,
            reasons: Cow::Borrowed(&logged.reasons),
            predicted: Cow::Borrowed(&logged.predicted),
            deviations: Cow::Borrowed(&logged.deviations),
            mask: Cow::Borrowed(&logged.bounds.mask),
            all_excluded_rule_id: Cow::Borrowed(&logged.bounds.all_excluded_rule_id),
            null_reason: Cow::Borrowed(&logged.null_reason),
        }
    }

    /// Those of a row from before they were sealed, which stand in its columns.
    fn of_columns(row: &'a Model) -> Result<Self, Error> {
        let bounds: Bounds = serde_json::from_str(&row.grid)?;
        Ok(Self {
            origin: Cow::Borrowed(&row.origin),
            draw: row.draw.and_then(|draw| u8::try_from(draw).ok()),
            reasons: Cow::Owned(serde_json::from_str(&row.reasons)?),
            predicted: Cow::Owned(serde_json::from_str(&row.predicted)?),
            deviations: Cow::Owned(serde_json::from_str(&row.deviations)?),
            mask: Cow::Owned(bounds.mask),
            all_excluded_rule_id: Cow::Owned(bounds.all_excluded_rule_id),
            null_reason: Cow::Borrowed(&row.null_reason),
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    known: &'a Known,
    grounds: Grounds<'a>,
}

/// What is sealed of a decision, as JSON. Whoever needs only what was known reads it as [`Known`].
pub fn document(known: &Known, grounds: Grounds<'_>) -> Result<String, Error> {
    Ok(serde_json::to_string(&Document { known, grounds })?)
}

/// The document, opened.
#[derive(Debug, Deserialize)]
pub struct Opened {
    #[serde(flatten)]
    known: Known,
    grounds: Option<Grounds<'static>>,
}

impl Opened {
    /// What was known at the decision of this row, and its grounds.
    pub fn parts(self, row: &Model) -> Result<(Known, Grounds<'_>), Error> {
        let grounds = match self.grounds {
            Some(sealed) => sealed,
            None => Grounds::of_columns(row)?,
        };
        Ok((self.known, grounds))
    }
}

/// What is sealed in a row; `None` after the person was erased.
pub async fn open<T: DeserializeOwned>(work: &Work, row: &Model) -> Result<Option<T>, Error> {
    let debtor = row.debtor_id.parse().map_err(StoreError::from)?;
    Ok(work.open_json(debtor, CONTEXT, &row.decision_id, &row.context).await?)
}
