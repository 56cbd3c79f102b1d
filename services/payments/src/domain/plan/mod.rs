//! What an arrangement would be: dates, amounts, cost. Interest by law, no fee, no surprise.

mod calculate;
mod dates;
mod offer;
mod text;

#[cfg(test)]
mod tests;

pub use calculate::{Debt, Due, Payment, Plan, PlanRefusal, interest_of, schedule};
pub use dates::{due_dates, first_due_date};
pub use offer::{Kind, Offer, OfferedPlan, Policy, Wish, offer};
pub use text::{Language, cost_notice, counterfactual, reasons, refusal};
