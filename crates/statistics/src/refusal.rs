//! Why nothing is computed.

/// Why a figure is not given. Each says what would have to change.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A variance needs two units in each arm.
    #[error("an arm has {units} units, at least 2 are needed")]
    TooFewUnits {
        /// Units of the smaller arm.
        units: u64,
    },
    /// An observation is NaN or infinite.
    #[error("a value is no finite number")]
    NotFinite,
    /// An observation whose square would leave the range of numbers.
    #[error("a value is above 1e70")]
    TooLarge,
    /// More is taken away than was ever added.
    #[error("more units are removed than were added")]
    NothingToRemove,
    /// Sums that no observations have, such as a sum of squares below the square of the sum.
    #[error("no observations have these sums")]
    ImpossibleSums,
    /// A proportion of outcomes other than 0 and 1.
    #[error("a proportion needs outcomes of 0 and 1 only")]
    NotBinary,
    /// Every unit of an arm has the same outcome, which says nothing about how much it varies.
    #[error("the outcomes of an arm do not vary")]
    NoVariance,
    /// The control's mean is 0, so that nothing is relative to it; the absolute difference remains.
    #[error("the control's mean is 0: only the absolute difference is given")]
    NoBaseline,
    /// The control has too few conversions to divide by; the absolute difference remains.
    #[error("the control has {have} of {need} conversions: only the absolute difference is given")]
    ThinBaseline {
        /// Converted units of the control.
        have: u64,
        /// Units that are needed.
        need: u64,
    },
    /// An arm has too few conversions for the normal approximation behind the sequence.
    #[error("an arm has {have} of {need} conversions: nothing is shown before")]
    FewConversions {
        /// Converted units of the arm that has fewest.
        have: u64,
        /// Units that are needed.
        need: u64,
    },
    /// Both arms together have too few signs of harm.
    #[error("both arms have {have} of {need} signs of harm: nothing is shown before")]
    FewSigns {
        /// Signs of both arms.
        have: u64,
        /// Signs that are needed.
        need: u64,
    },
    /// A ratio whose denominators sum to 0.
    #[error("the denominators of an arm sum to 0")]
    NoDenominator,
    /// A probability outside (0, 1).
    #[error("a probability lies between 0 and 1, both excluded")]
    Probability,
    /// A planned sample of 0.
    #[error("a plan needs at least one unit")]
    EmptyPlan,
    /// Weights that do not fit the arms, are negative or no numbers, or are 0 for all but one arm.
    #[error("weights are one for each arm, not negative, at least two above 0")]
    Weights,
    /// A hazard ratio, effect or spread that is not above 0.
    #[error("an effect or spread must be a number above 0")]
    Effect,
    /// Two tables of different lengths, or a day after the last.
    #[error("the days do not fit the horizon")]
    Horizon,
    /// Nobody was at risk.
    #[error("nobody was at risk")]
    NobodyAtRisk,
}
