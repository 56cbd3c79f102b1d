//! Outcomes that take time: only people exposed long enough ago count, and each for equally long.

use crate::Refusal;

/// What a person's outcome is worth once it is complete.
///
/// Days are counted on any one calendar. A person belongs to the cohort when `horizon` whole days have
/// passed since exposure; what happened on the first `horizon` days counts, the day of exposure
/// included, and nothing after. Counting whoever was exposed yesterday as unpaid would make every
/// growing arm look worse than it is. Reversals are amounts below 0.
pub fn matured_outcome(
    exposed_on: i64,
    today: i64,
    horizon: u32,
    events: impl IntoIterator<Item = (i64, f64)>,
) -> Result<Option<f64>, Refusal> {
    if horizon == 0 {
        return Err(Refusal::Horizon);
    }
    let end = exposed_on + i64::from(horizon);
    if today < end {
        return Ok(None);
    }
    let within = events.into_iter().filter(|(day, _)| (exposed_on..end).contains(day));
    Ok(Some(within.map(|(_, amount)| amount).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_first_days_count_and_only_once_they_are_over() {
        let events = [(99, 5.0), (100, 10.0), (113, 20.0), (113, -20.0), (114, 40.0)];
        assert_eq!(matured_outcome(100, 113, 14, events), Ok(None));
        assert_eq!(matured_outcome(100, 114, 14, events), Ok(Some(10.0)));
        assert_eq!(matured_outcome(100, 114, 0, events), Err(Refusal::Horizon));
    }

    proptest! {
        #[test]
        fn a_matured_outcome_never_changes_again(
            events in prop::collection::vec((0i64..60, 0.0f64..9.0), 0..9), exposed in 0i64..20,
            horizon in 1u32..30, later in 0i64..90,
        ) {
            let on = |today: i64| {
                let known = events.iter().copied().filter(|(day, _)| *day < today);
                matured_outcome(exposed, today, horizon, known).unwrap()
            };
            let matured = exposed + i64::from(horizon);
            prop_assert_eq!(on(matured), on(matured + later));
        }
    }
}
