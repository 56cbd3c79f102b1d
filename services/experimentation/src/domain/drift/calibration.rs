//! Bets against the claim that as many pay as was predicted. What a bet makes of 1 is above 100 with a
//! probability of at most 1 in 100 while the claim holds, however often one looks (Ville).

use std::collections::BTreeMap;

/// Shares of what is there that are bet on more, or fewer, than predicted.
const STAKES: [f64; 6] = [-0.5, -0.2, -0.05, 0.05, 0.2, 0.5];
/// From here on, the predictions are wrong.
const ALARM: f64 = 100.0;

/// Bets by what they are about: `channel=email`, `persona=busy`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration(BTreeMap<String, Bet>);

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bet {
    /// Logarithm of what each stake has made of 1.
    grown: [f64; STAKES.len()],
    /// The most that the mean of all has come to.
    highest: f64,
}

impl Calibration {
    /// Takes in what was predicted of a person and what came of it, both 0..=1, in order of time.
    pub fn add(&mut self, about: impl IntoIterator<Item = String>, predicted: f64, outcome: f64) {
        for name in about {
            self.0.entry(name).or_default().add(outcome - predicted);
        }
    }

    /// Where predictions are wrong: `calibration:channel=email`.
    pub fn alarms(&self) -> Vec<String> {
        let wrong = self.0.iter().filter(|(_, bet)| bet.highest >= ALARM);
        wrong.map(|(name, _)| format!("calibration:{name}")).collect()
    }
}

impl Bet {
    fn add(&mut self, residual: f64) {
        let residual = residual.clamp(-1.0, 1.0);
        for (grown, stake) in self.grown.iter_mut().zip(STAKES) {
            *grown += (stake * residual).ln_1p();
        }
        self.highest = self.highest.max(self.value());
    }

    /// The mean of what the stakes have made: a bet of its own.
    #[expect(clippy::cast_precision_loss, reason = "six")]
    fn value(&self) -> f64 {
        self.grown.iter().map(|grown| grown.exp()).sum::<f64>() / STAKES.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether an alarm is raised where so many of a thousand pay, in a fixed mixture, and `predicted` was said.
    fn raised(paid_of_thousand: u64, predicted: f64, persons: u64) -> bool {
        let mut calibration = Calibration::default();
        for person in 0..persons {
            // A multiplier coprime to 1,000 spreads the payers evenly.
            let paid = person * 617 % 1_000 < paid_of_thousand;
            let about = ["channel=email".to_owned()];
            calibration.add(about, predicted, f64::from(u8::from(paid)));
        }
        calibration.alarms() == ["calibration:channel=email"]
    }

    #[test]
    fn predictions_that_hold_raise_no_alarm_and_wrong_ones_do_either_way() {
        assert!(!raised(60, 0.06, 20_000));
        assert!(raised(60, 0.12, 3_000) && raised(120, 0.06, 3_000));
        assert!(!raised(120, 0.06, 20), "a few persons say nothing");
    }

    #[test]
    fn calibrated_predictions_raise_an_alarm_in_at_most_one_of_a_hundred_logs() {
        let mut state = 7_u64;
        let mut unit = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0
        };
        let alarms = (0..1_000).filter(|_| {
            let mut calibration = Calibration::default();
            for _ in 0..500 {
                let predicted = 0.3 * unit();
                let paid = f64::from(u8::from(unit() < predicted));
                calibration.add(["channel=email".to_owned()], predicted, paid);
            }
            !calibration.alarms().is_empty()
        });
        assert!(alarms.count() <= 20);
    }
}
