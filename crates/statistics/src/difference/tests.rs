use proptest::prelude::*;

use super::*;
use crate::{Adjustment, Metric, Moments, Sums};

fn estimates(metric: Metric, sums: [Sums; 2], adjusted: bool) -> [Estimate; 2] {
    let arms = sums.map(|sums| Moments::from_sums(&sums).unwrap());
    let adjustment = if adjusted {
        Adjustment::by_covariate(metric, &[&arms[0], &arms[1]]).unwrap()
    } else {
        Adjustment::NONE
    };
    arms.map(|arm| Estimate::read(metric, &arm, &adjustment).unwrap())
}

fn difference(arms: &[Estimate; 2], scale: Scale) -> Difference {
    Difference::between(&arms[0], &arms[1], scale).unwrap()
}

fn is(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-10, "{found} instead of {expected}");
}

#[test]
fn proportions_differ_as_the_reference_engine_says() {
    let arms = estimates(
        Metric::Proportion,
        [Sums::proportion(10_000, 600), Sums::proportion(10_100, 690)],
        false,
    );
    let found = difference(&arms, Scale::Absolute);
    is(found.effect, 0.008_316_831_683);
    let interval = found.interval(Level::FIVE_PERCENT);
    is(interval.lower, 0.001_543_351_85);
    is(interval.upper, 0.015_090_311_52);
    is(found.p_value(), 0.016_106_757_5);
    let relative = difference(&arms, Scale::Relative);
    is(relative.effect, 0.138_613_861_386);
    let interval = relative.interval(Level::FIVE_PERCENT);
    is(interval.lower, 0.018_078_647_9);
    is(interval.upper, 0.259_149_074_9);
}

#[test]
fn ratios_differ_as_the_reference_engine_says() {
    let control = Sums::mean(5000, 12_500.0, 95_000.0).over(9000.0, 21_000.0, 30_000.0);
    let treated = Sums::mean(5000, 12_900.0, 97_000.0).over(9050.0, 21_200.0, 30_700.0);
    let arms = estimates(Metric::Ratio, [control, treated], false);
    assert!((arms[0].variance - 3.221_380_44).abs() < 1e-8);
    let found = difference(&arms, Scale::Absolute);
    is(found.effect, 0.036_525_475_75);
    let interval = found.interval(Level::FIVE_PERCENT);
    is(interval.lower, -0.033_770_851_2);
    is(interval.upper, 0.106_821_802_7);
}

#[test]
fn adjusted_means_differ_as_the_reference_engine_says() {
    let control = Sums::mean(3000, 9000.0, 60_000.0).with_covariate(6000.0, 30_000.0, 36_000.0);
    let treated = Sums::mean(3100, 9600.0, 64_000.0).with_covariate(6250.0, 31_500.0, 38_000.0);
    let found = difference(&estimates(Metric::Mean, [control, treated], true), Scale::Absolute);
    is(found.effect, 0.080_755_333_5);
    is(found.p_value(), 0.161_107_286_0);
}

#[test]
fn nothing_is_relative_to_a_control_of_zero_but_the_absolute_difference_remains() {
    let arms =
        estimates(Metric::Mean, [Sums::mean(100, 0.0, 40.0), Sums::mean(100, 5.0, 5.0)], false);
    let relative = Difference::between(&arms[0], &arms[1], Scale::Relative);
    assert_eq!(relative, Err(Refusal::NoBaseline));
    is(difference(&arms, Scale::Absolute).effect, 0.05);
}

#[test]
fn an_arm_without_variance_or_with_one_unit_is_refused() {
    let varied = Moments::from_sums(&Sums::mean(100, 50.0, 60.0)).unwrap();
    let constant = Moments::from_sums(&Sums::mean(2, 10.0, 50.0)).unwrap();
    let read = |arm: &Moments| Estimate::read(Metric::Mean, arm, &Adjustment::NONE);
    let (varied, constant) = (read(&varied).unwrap(), read(&constant).unwrap());
    let found = Difference::between(&constant, &varied, Scale::Absolute);
    assert_eq!(found, Err(Refusal::NoVariance));
    let one = Moments::from_sums(&Sums::mean(1, 1.0, 1.0)).unwrap();
    assert_eq!(read(&one), Err(Refusal::TooFewUnits { units: 1 }));
}

fn pairs() -> impl Strategy<Value = [Estimate; 2]> {
    let arm = (10u64..100_000, 0.01f64..0.99).prop_map(|(units, share)| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below units")]
        let converted = (count(units) * share).max(1.0) as u64;
        Sums::proportion(units, converted)
    });
    [arm.clone(), arm].prop_map(|sums| estimates(Metric::Proportion, sums, false))
}

proptest! {
    #[test]
    fn the_interval_leaves_out_zero_exactly_when_p_is_below_the_level(
        arms in pairs(), alpha in 0.001f64..0.5,
        scale in prop::sample::select(vec![Scale::Absolute, Scale::Relative]),
    ) {
        let found = difference(&arms, scale);
        let p = found.p_value();
        prop_assume!((p - alpha).abs() > 1e-9);
        let level = Level::new(alpha).unwrap();
        prop_assert_eq!(found.interval(level).contains(0.0), p > alpha);
    }

    #[test]
    fn swapping_the_arms_turns_the_sign_and_nothing_else(arms in pairs()) {
        let there = difference(&arms, Scale::Absolute);
        let back = difference(&[arms[1], arms[0]], Scale::Absolute);
        prop_assert!((there.effect + back.effect).abs() < 1e-15);
        prop_assert!((there.p_value() - back.p_value()).abs() < 1e-12);
    }

    #[test]
    fn ten_times_the_units_narrow_the_interval_by_the_root_of_ten(arms in pairs()) {
        let more = arms.map(|arm| Estimate { units: arm.units * 10, ..arm });
        let (few, many) = (difference(&arms, Scale::Absolute), difference(&more, Scale::Absolute));
        let ratio = few.standard_error() / many.standard_error();
        prop_assert!((ratio - 10f64.sqrt()).abs() < 1e-9);
        let width = |one: &Difference| one.interval(Level::FIVE_PERCENT).width();
        prop_assert!(width(&many) * 10f64.sqrt() <= width(&few) * (1.0 + 1e-12));
    }
}
