//! What pursuing a claim costs the debtor (RDG, RVG, GKG, `GvKostG`).

mod bailiff;
mod charge;
mod claimable;
mod court;
mod court_fee;
mod fees;
mod rvg;
mod steps;
mod terms;
mod two_weeks;

pub use bailiff::bailiff_fee;
pub use claimable::{CostClaim, DoublePursuit, agency_and_lawyer, claimable_costs};
pub use court::{
    DunningTerms, EnforcementTerms, dunning_costs, enforcement_costs, enforcement_order_costs,
};
pub use court_fee::{court_fee, suit_fee};
pub use fees::{
    MOST_EXPENSES, VAT_PERCENT, agreement_costs, collection_costs, total_of, value_added_tax,
};
pub use rvg::RvgTable;
pub use terms::{CostTerms, FeeRate};
pub use two_weeks::{rate_by_payment, simple_case_until};
