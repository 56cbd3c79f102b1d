//! The stored names of closed lists.

use kulanz_store::StoreError;

use crate::domain::arrangement::{ArrangementState, InstalmentState};
use crate::domain::plan::Kind;
use crate::domain::promise::PromiseState;

macro_rules! codes {
    ($write:ident, $read:ident, $kind:ident { $($variant:ident = $code:literal),* $(,)? }) => {
        /// Its stored name.
        pub const fn $write(value: $kind) -> &'static str {
            match value { $($kind::$variant => $code),* }
        }

        /// Reads a stored name.
        pub fn $read(code: &str) -> Result<$kind, StoreError> {
            match code {
                $($code => Ok($kind::$variant),)*
                _ => Err(StoreError::Unreadable { what: stringify!($kind) }),
            }
        }
    };
}

codes!(arrangement_state, read_arrangement_state, ArrangementState {
    Active = "active",
    Overdue = "overdue",
    Completed = "completed",
    Broken = "broken",
    Ended = "ended",
});
codes!(instalment_state, read_instalment_state, InstalmentState {
    Open = "open",
    Paid = "paid",
    Missed = "missed",
    Skipped = "skipped",
});
codes!(promise_state, read_promise_state, PromiseState {
    Created = "created",
    Kept = "kept",
    Expired = "expired",
    Invalidated = "invalidated",
});
codes!(kind, read_kind, Kind {
    Instalments = "instalments",
    Deferral = "deferral",
    DownPayment = "down_payment",
    Settlement = "settlement",
});
