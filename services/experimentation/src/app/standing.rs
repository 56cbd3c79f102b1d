//! How a promoted policy stands, as kept with its version.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ramp::{Ramp, Seen};
use crate::error::Error;
use crate::store::policy::Model;

/// From its promotion on, beyond its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Where it is in its ramp.
    pub ramp: Ramp,
    /// What was known when it was looked at.
    pub seen: Seen,
    /// What is out of order.
    pub alarms: Vec<String>,
    /// When it was looked at; `None` before the first night.
    pub checked_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub stop_reason: String,
}

impl Standing {
    /// Promoted just now.
    pub fn begin(ramp: Ramp) -> Self {
        let (seen, alarms, stop_reason) = (Seen::default(), Vec::new(), String::new());
        Self { ramp, seen, alarms, checked_at: None, stop_reason }
    }

    /// As the row has it; `None` for what was never promoted.
    pub fn read(row: &Model) -> Result<Option<Self>, Error> {
        if row.health.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_str(&row.health)?)) }
    }

    /// For the row.
    pub fn write(&self) -> Result<String, Error> {
        Ok(serde_json::to_string(self)?)
    }
}
