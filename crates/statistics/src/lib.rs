//! What an experiment shows, from sufficient statistics; pure, a few operations per look.
//!
//! The way from people to a verdict:
//!
//! 1. [`assignment`] gives each person an arm.
//! 2. [`Moments`] keeps one metric of one arm: units are added, removed, merged. What a person's
//!    outcome is while payments still come in says [`matured_outcome`]; before that, [`LifeTable`].
//! 3. [`compare`] reads a [`Metric`] out of control and treatment (proportion, mean, ratio), adjusted
//!    for a covariate by an [`Adjustment`] over all arms (CUPED), and gives the difference, absolute
//!    and relative, with the interval and p-value of a sample fixed beforehand (Welch) and those of a
//!    confidence [`Sequence`], which hold however often one looks. Where arms were filled by other
//!    weights at other times, [`compare_strata`] compares within each [`Stratum`].
//! 4. [`e_benjamini_hochberg`] says which of many findings stand; [`Guardrail`] what must stop or may
//!    ship, with [`more_harm`] from few signs of harm on; [`sample_ratio`] and [`sample_ratio_e_value`]
//!    whether the split is what was asked for.
//!
//! [`Ranks`] bounds quantiles, [`LogRank`] bets on who pays sooner, [`Plan`] says before the start what
//! an experiment can show. Figures agree with gbstats 0.8.0 where it has them. What cannot be computed
//! is a [`Refusal`].

mod adjustment;
pub mod assignment;
mod binomial;
mod cohort;
mod comparison;
mod difference;
mod exact_sum;
mod guardrail;
mod harm;
mod interval;
mod level;
mod life_table;
mod log_rank;
mod metric;
mod moments;
mod multiplicity;
mod plan;
mod quantile;
mod refusal;
mod sample_ratio;
mod sequence;
mod strata;
mod student;
mod sums;

pub use adjustment::Adjustment;
pub use cohort::matured_outcome;
pub use comparison::{AlwaysValid, Comparison, Reading, Rules, compare, compare_strata};
pub use difference::{Difference, Scale};
pub use guardrail::{Guardrail, Worse};
pub use harm::{SIGNS_OF_HARM, more_harm, no_surer_than_both};
pub use interval::Interval;
pub use level::Level;
pub use life_table::{Followed, LifeTable};
pub use log_rank::{LogRank, PaymentDay};
pub use metric::{Estimate, Metric};
pub use moments::{Moments, Observation, Quantity};
pub use multiplicity::{benjamini_hochberg, e_benjamini_hochberg, holm};
pub use plan::{Looks, Plan};
pub use quantile::{Ranks, day_at};
pub use refusal::Refusal;
pub use sample_ratio::{ALARM, ChiSquare, sample_ratio, sample_ratio_e_value};
pub use sequence::{PLANNED_UNITS, Sequence, mixture_ratio};
pub use strata::Stratum;
pub use sums::Sums;
