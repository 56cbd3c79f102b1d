//! The legal calculator: statutory interest, collection costs, allocation, limitation, garnishment and
//! affordable instalments under German law.
//!
//! Everything here is pure: dates, amounts and facts go in, amounts with their norm and working come
//! out. Tables carry the dates between which they hold; outside them a result is marked provisional or
//! refused, never silently extended.
//!
//! - [`rule_sets`]: every rule with its norm, validity and how far it was verified
//! - [`accrue`]: default interest day by day (§§ 247, 288 BGB); [`RateFacts`], [`AskedInterest`]: at which
//!   rate, and what is refused
//! - [`start_of_default`]: the first day that bears interest (§§ 286, 187, 193 BGB)
//! - [`collection_costs`]: § 13e RDG, § 13 RVG, VV 2300, 1008, 1000, 7002, 7008; [`flat_sum`]: § 288 Abs. 5
//! - [`allocate`]: §§ 367, 497 BGB; [`allocate_across`]: § 366 BGB
//! - [`limitation`]: a timeline of facts (§§ 195 to 213 BGB)
//! - [`attachable`], [`protected_account`]: §§ 850c, 899 ZPO; [`codified_instalment`]: § 115 ZPO;
//!   [`simulate_plan`]: what instalments come to

mod across;
mod affordable;
mod allocation;
mod base_rate;
mod costs;
mod default_start;
mod error;
mod exact;
mod flat_sum;
mod garnishment;
mod interest;
mod limitation;
mod line;
mod percent;
mod plan;
mod purpose;
mod rate;
mod rules;
mod table;

pub use across::{ClaimShare, Designation, Distribution, OpenClaim, Part, allocate_across};
pub use affordable::{
    AllowanceRegion, CodifiedInstalment, Household, Proposal, Surplus, codified_instalment, propose,
};
pub use allocation::{
    Allocation, AllocationRule, Parts, allocate, allocate_pro_rata, share_by_weight,
};
pub use base_rate::{BaseRate, BaseRateTable};
pub use costs::{
    CostClaim, CostTerms, DoublePursuit, DunningTerms, EnforcementTerms, FeeRate, MOST_EXPENSES,
    RvgTable, VAT_PERCENT, agency_and_lawyer, agreement_costs, bailiff_fee, claimable_costs,
    collection_costs, court_fee, dunning_costs, enforcement_costs, enforcement_order_costs,
    rate_by_payment, simple_case_until, suit_fee, total_of, value_added_tax,
};
pub use default_start::{DefaultFacts, DefaultReason, DefaultStart, start_of_default};
pub use error::{LawError, Refusal};
pub use exact::Exact;
pub use flat_sum::{FlatSum, FlatSumFacts, flat_sum};
pub use garnishment::{
    Attachable, AttachmentGround, Earnings, PayPeriod, ProtectedAccount, attachable,
    protected_account,
};
pub use interest::{Accrual, DayCount, Segment, accrue, last_interest_day};
pub use limitation::{
    Acknowledges, CourtDunning, Extension, InterestYear, Limitation, LimitationEffect,
    LimitationEvent, LimitationFacts, LimitationStart, LimitationStep, LimitationTimeline,
    Rejection, Span, Suit, extend, limitation, limitation_of_interest, merge_spans,
    ordinary_limitation,
};
pub use line::{AmountLine, Input};
pub use percent::{ParsePercentError, Percent};
pub use plan::{PlanRow, PlanTerms, SimulatedPlan, simulate_plan};
pub use purpose::{InForce, Purpose};
pub use rate::{AskedInterest, InterestBase, InterestRate, RateBasis, RateFacts};
pub use rules::{Mark, Rule, RuleSet, rule_sets};
