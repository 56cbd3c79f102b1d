//! Arms that were filled by other weights at other times: each time is compared for itself, and what is found
//! is put together.
//!
//! Thrown together, an arm that got more people in a bad season would look worse than one that got them in a
//! good one, and nothing need be true of it (Simpson's paradox).
//!
//! Each stratum weighs w = n₀n₁/(n₀ + n₁), as Cochran (1954) and Mantel and Haenszel (1959) have it: the best
//! weights where units vary alike. They depend on the split alone, never on outcomes. w(m₁ - m₀) is therefore
//! a sum over units of mean 0 where nothing differs, whatever the strata's own means are, and so is the sum
//! over strata: what holds of one stratum at every look holds of all of them.

use crate::moments::count;
use crate::{Adjustment, Difference, Estimate, Metric, Moments, Refusal, Scale};

/// Units that were split by the same weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum<'a> {
    /// Those of the control.
    pub control: &'a Moments,
    /// Those of the treatment.
    pub treatment: &'a Moments,
    /// What was found over all arms of the stratum.
    pub adjustment: Adjustment,
}

/// Both arms over the strata that can be compared.
pub(crate) struct Arms {
    pub(crate) control: Estimate,
    pub(crate) treatment: Estimate,
    /// Converted units of control and treatment.
    pub(crate) converted: [u64; 2],
    absolute: Result<Difference, Refusal>,
}

/// A stratum as it is read.
struct Part {
    weight: f64,
    arms: [Estimate; 2],
    converted: [u64; 2],
    absolute: Result<Difference, Refusal>,
}

impl Arms {
    pub(crate) fn of(metric: Metric, strata: &[Stratum<'_>]) -> Result<Self, Refusal> {
        let parts = strata.iter().map(|stratum| Part::read(metric, stratum));
        let (readable, refused): (Vec<_>, Vec<_>) = parts.partition(Result::is_ok);
        let readable: Vec<Part> = readable.into_iter().flatten().collect();
        let why = refused.into_iter().find_map(Result::err);
        let (some, without): (Vec<_>, Vec<_>) =
            readable.into_iter().partition(|part| part.absolute.is_ok());
        let told = if some.is_empty() { without.into_iter().take(1).collect() } else { some };
        if told.is_empty() {
            return Err(why.unwrap_or(Refusal::TooFewUnits { units: 0 }));
        }
        let arm = |place: usize| {
            let parts: Vec<_> = told.iter().map(|part| (part.weight, part.arms[place])).collect();
            standardised(&parts)
        };
        let converted = |place: usize| told.iter().map(|part| part.converted[place]).sum();
        let differences: Result<Vec<_>, Refusal> =
            told.iter().map(|part| Ok((part.weight, part.absolute?))).collect();
        Ok(Self {
            control: arm(0),
            treatment: arm(1),
            converted: [converted(0), converted(1)],
            absolute: differences.and_then(|parts| together(&parts)),
        })
    }

    /// Treatment minus control.
    pub(crate) fn difference(&self, scale: Scale) -> Result<Difference, Refusal> {
        let absolute = self.absolute?;
        let scaled = Difference::between(&self.control, &self.treatment, scale)?;
        Ok(Difference { degrees: absolute.degrees, units: absolute.units, ..scaled })
    }
}

impl Part {
    fn read(metric: Metric, stratum: &Stratum<'_>) -> Result<Self, Refusal> {
        let Stratum { control, treatment, adjustment } = stratum;
        let of_control = Estimate::read(metric, control, adjustment);
        let of_treatment = Estimate::read(metric, treatment, adjustment);
        let (of_control, of_treatment) = (of_control?, of_treatment?);
        Ok(Self {
            weight: weight(control.units(), treatment.units()),
            arms: [of_control, of_treatment],
            converted: [control.converted(), treatment.converted()],
            absolute: Difference::between(&of_control, &of_treatment, Scale::Absolute),
        })
    }
}

/// How much a stratum weighs: the units of a single sample that would tell as much as both of its arms.
pub(crate) fn weight(control: u64, treatment: u64) -> f64 {
    let (control, treatment) = (count(control), count(treatment));
    if control + treatment > 0.0 { control * treatment / (control + treatment) } else { 0.0 }
}

/// The arm with the mix of strata that the weights give, each beside its weight.
fn standardised(parts: &[(f64, Estimate)]) -> Estimate {
    let all: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let units = parts.iter().map(|(_, one)| one.units).sum();
    let mixed = |of: fn(&Estimate) -> f64| {
        parts.iter().map(|(weight, one)| weight / all * of(one)).sum::<f64>()
    };
    let variance_of_mean: f64 =
        parts.iter().map(|(weight, one)| (weight / all).powi(2) * one.variance_of_mean()).sum();
    Estimate {
        units,
        mean: mixed(|one| one.mean),
        unadjusted: mixed(|one| one.unadjusted),
        variance: variance_of_mean * count(units),
    }
}

/// The difference over all strata, each beside its weight, the first stratum first.
///
/// A sequence counts units, and a unit of a lopsided split tells less: `units` are those that would tell as
/// much if all had been split as the first stratum was. Of one stratum they are its own.
pub(crate) fn together(parts: &[(f64, Difference)]) -> Result<Difference, Refusal> {
    let (first, of_first) = *parts.first().ok_or(Refusal::TooFewUnits { units: 0 })?;
    let all: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let variances = || parts.iter().map(|(weight, one)| (weight / all).powi(2) * one.variance);
    let variance: f64 = variances().sum();
    // Welch and Satterthwaite, once more.
    let freedom: f64 =
        variances().zip(parts).map(|(part, (_, one))| part * part / one.degrees).sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of units, rounded"
    )]
    let units = (count(of_first.units) * (all / first)).round() as u64;
    Ok(Difference {
        effect: parts.iter().map(|(weight, one)| weight / all * one.effect).sum(),
        variance,
        degrees: variance * variance / freedom,
        units,
    })
}

#[cfg(test)]
mod tests;
