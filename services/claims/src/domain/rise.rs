//! How the fee of collection rises once the first demand was not paid: note 2 to Nr. 2300 VV RVG gives 0.5 for a
//! simple case, as a rule one that is paid on the first demand, else 0.9.

mod answered;
mod further;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::BTreeMap;

use kulanz_types::Money;

pub use answered::answered;
pub use further::{Further, Matter, Rise, further};
pub use verdict::{Facts, Verdict, demanded_on, first_look, may_rise, payable_until, verdict};

use super::account::Subject;

/// The input that names to which rate a fee rose, or would rise.
pub const RISES_TO: &str = "rises_to";
/// The input that names the last day on which the first demand could have been paid.
pub const UNPAID_UNTIL: &str = "unpaid_until";
/// The input that names by how much the costs would rise, VAT included.
pub const RISES_BY: &str = "rises_by";

/// A cost that is charged and was not taken back.
#[derive(Debug, Clone, Copy)]
pub struct Charged<'a> {
    /// What it is for.
    pub subject: Subject,
    /// How much.
    pub amount: Money,
    /// What its amount was computed from.
    pub inputs: &'a BTreeMap<String, String>,
}
