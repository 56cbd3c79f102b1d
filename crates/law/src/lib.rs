//! The legal calculator: statutory interest, collection costs, allocation and limitation under German law.
//!
//! Everything here is pure: dates, amounts and facts go in, amounts with their norm and working come
//! out. Tables carry the dates between which they hold; outside them a result is marked provisional or
//! refused, never silently extended.
//!
//! - [`accrue`]: default interest day by day (§§ 247, 288 BGB)
//! - [`start_of_default`]: the first day that bears interest (§§ 286, 187, 193 BGB)
//! - [`collection_costs`]: § 13e RDG, § 13 RVG, VV 2300, 1000, 7002
//! - [`allocate`]: §§ 367, 497 BGB
//! - [`ordinary_limitation`]: §§ 195, 199 BGB

mod allocation;
mod base_rate;
mod costs;
mod default_start;
mod error;
mod exact;
mod interest;
mod limitation;
mod percent;
mod rvg;
mod table;

pub use allocation::{
    Allocation, AllocationRule, Parts, allocate, allocate_pro_rata, share_by_weight,
};
pub use base_rate::{BaseRate, BaseRateTable};
pub use costs::{CostLine, CostTerms, FeeRate, collection_costs, total_of};
pub use default_start::{DefaultFacts, DefaultReason, DefaultStart, start_of_default};
pub use error::LawError;
pub use exact::Exact;
pub use interest::{Accrual, DayCount, InterestRate, Segment, accrue};
pub use limitation::{Limitation, ordinary_limitation};
pub use percent::{ParsePercentError, Percent};
pub use rvg::RvgTable;
