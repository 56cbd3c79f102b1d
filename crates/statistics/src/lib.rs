//! What an experiment shows, from sufficient statistics; pure, a few operations per look.
//!
//! The way from people to a verdict:
//!
//! 1. [`Moments`] keeps one metric of one arm: units are added, removed, merged.
//! 2. [`Estimate`] reads a [`Metric`] out of it (proportion, mean, ratio), adjusted for a covariate by
//!    an [`Adjustment`] over all arms (CUPED).
//! 3. [`Difference`] compares treatment with control, absolutely or relatively, and carries the
//!    interval and p-value of a sample fixed beforehand (Welch).
//! 4. [`Sequence`] gives the interval, p-value and e-value that hold however often one looks.
//! 5. [`e_benjamini_hochberg`] says which of many findings stand; [`sample_ratio`] and
//!    [`sample_ratio_e_value`] whether the split is what was asked for.
//!
//! Figures agree with gbstats 0.8.0 where it has them. What cannot be computed is a [`Refusal`].

mod adjustment;
mod comparison;
mod difference;
mod exact_sum;
mod guardrail;
mod interval;
mod level;
mod metric;
mod moments;
mod multiplicity;
mod plan;
mod refusal;
mod sample_ratio;
mod sequence;
mod student;
mod sums;

pub use adjustment::Adjustment;
pub use comparison::{AlwaysValid, Comparison, Reading, Rules, compare};
pub use difference::{Difference, Scale};
pub use guardrail::{Guardrail, Worse};
pub use interval::Interval;
pub use level::Level;
pub use metric::{Estimate, Metric};
pub use moments::{Moments, Observation, Quantity};
pub use multiplicity::{benjamini_hochberg, e_benjamini_hochberg, holm};
pub use plan::{Looks, Plan};
pub use refusal::Refusal;
pub use sample_ratio::{ALARM, ChiSquare, sample_ratio, sample_ratio_e_value};
pub use sequence::{PLANNED_UNITS, Sequence, mixture_ratio};
pub use sums::Sums;
