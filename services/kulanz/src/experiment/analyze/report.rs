//! What an analysis says, as it is printed in JSON.

use kulanz_statistics::{Comparison, Interval, Metric, Reading, Refusal};
use serde::Serialize;

/// A figure, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Given<T> {
    /// The figure.
    Found(T),
    /// The reason.
    Refused {
        /// In a sentence.
        refused: String,
    },
}

impl<T> Given<T> {
    pub(super) fn from<F>(found: Result<F, Refusal>, read: impl FnOnce(F) -> T) -> Self {
        match found {
            Ok(found) => Self::Found(read(found)),
            Err(refusal) => Self::Refused { refused: refusal.to_string() },
        }
    }
}

/// Everything about one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// The column.
    pub metric: String,
    /// How it becomes a figure: a proportion where every unit has 0 or 1.
    pub kind: Metric,
    /// The arm that the others are compared with.
    pub control: String,
    /// The error probability of the intervals.
    pub level: f64,
    /// Where the sequence is narrowest: units of both arms together.
    pub planned_units: u64,
    /// Whether the arms have as many units as planned.
    pub split: Split,
    /// The arms by name.
    pub arms: Vec<Arm>,
    /// Every other arm beside the control.
    pub comparisons: Vec<Beside>,
}

/// The sample ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Split {
    /// Shares as planned, in the order of the arms.
    pub weights: Vec<f64>,
    /// Whether they were given; otherwise they are taken to be equal.
    pub weights_given: bool,
    /// The chi-square statistic.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub degrees: u64,
    /// Its p-value, for one look.
    pub p_value: f64,
    /// The e-value, for any number of looks.
    pub e_value: f64,
    /// Whether the e-value has reached the alarm.
    pub alarm: bool,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the field is the column of the report")]
pub struct Arm {
    /// Its name.
    pub arm: String,
    /// Units.
    pub units: u64,
    /// Units with an outcome other than 0.
    pub converted: u64,
    /// The figure.
    pub mean: Given<f64>,
    /// The figure with the covariate taken off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusted_mean: Option<Given<f64>>,
    /// The quantiles asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<Given<Quantile>>,
}

/// The least outcome up to which a part of the units lie.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quantile {
    /// The part.
    pub part: f64,
    /// The outcome.
    pub value: f64,
    /// Where it lies, for a sample fixed beforehand and one look.
    pub fixed: Bounds,
    /// Where it lies, for any number of looks.
    pub always_valid: Bounds,
}

/// Outcomes of the table between which a quantile lies; none where there are too few units to say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounds {
    /// The lower one.
    pub lower: Option<f64>,
    /// The upper one.
    pub upper: Option<f64>,
}

/// An arm beside the control.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// The arm.
    pub arm: String,
    /// As observed.
    pub observed: Given<Both>,
    /// With the covariate taken off (CUPED).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusted: Option<Adjusted>,
    /// Whether the finding stands among all arms by e-BH; of the adjusted figures where there are any.
    pub stands: bool,
}

/// A comparison with the covariate taken off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjusted {
    /// How much of the covariate is taken off.
    pub theta: f64,
    /// The part of the difference's variance that it explains.
    pub variance_explained: Given<f64>,
    /// The figures.
    #[serde(flatten)]
    pub figures: Given<Both>,
}

/// Both scales.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Both {
    /// Treatment minus control.
    pub absolute: Given<Figures>,
    /// The same as a part of the control's mean.
    pub relative: Given<Figures>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The difference.
    pub effect: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// For a sample fixed beforehand and one look.
    pub fixed: Fixed,
    /// For any number of looks.
    pub always_valid: Given<Always>,
}

/// What holds for one look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fixed {
    /// Where the difference lies.
    #[serde(flatten)]
    pub interval: Interval,
    /// How likely it is by chance.
    pub p_value: f64,
}

/// What holds for any number of looks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Always {
    /// Where the difference lies.
    #[serde(flatten)]
    pub interval: Interval,
    /// How likely it is by chance.
    pub p_value: f64,
    /// What a bet against "no difference" has made of 1.
    pub e_value: f64,
}

impl From<&Comparison> for Both {
    fn from(found: &Comparison) -> Self {
        Self {
            absolute: Given::from(found.absolute, Figures::from),
            relative: Given::from(found.relative, Figures::from),
        }
    }
}

impl From<Reading> for Figures {
    fn from(found: Reading) -> Self {
        let always = |always: kulanz_statistics::AlwaysValid| Always {
            interval: always.interval,
            p_value: always.p_value,
            // JSON has no infinity.
            e_value: always.e_value.min(f64::MAX),
        };
        Self {
            effect: found.difference.effect,
            standard_error: found.difference.standard_error(),
            fixed: Fixed { interval: found.interval, p_value: found.p_value },
            always_valid: Given::from(found.always_valid, always),
        }
    }
}
