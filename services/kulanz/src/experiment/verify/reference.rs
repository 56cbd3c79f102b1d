//! Reference values of gbstats: differences, sequences, sample ratios.

use kulanz_statistics::{
    Adjustment, Difference, Estimate, Interval, Level, Metric, Moments, Refusal, Scale, Sequence,
    Sums, sample_ratio,
};
use serde_json::{Map, Value};

use super::{Outcome, Report};

/// Both sides compute with sixteen digits; what is left is the order of their steps.
const TOLERANCE: f64 = 1e-9;

pub(super) fn run(file: &Map<String, Value>, report: &mut Report) {
    for (index, case) in cases(file, "tests").iter().enumerate() {
        let (test, scale) = (case["test"].as_str(), case["difference"].as_str());
        let name = format!("{}/{}", test.unwrap_or("?"), scale.unwrap_or("?"));
        let place = case["case"].as_str().map_or_else(|| format!("tests[{index}]"), str::to_owned);
        match test.and_then(Test::named) {
            Some(test) => report.record(&name, &place, compare(case, test)),
            None => report.skip(&name, 1),
        }
    }
    for (index, case) in cases(file, "sample_ratio").iter().enumerate() {
        report.record("sample_ratio", &format!("sample_ratio[{index}]"), split(case));
    }
}

fn cases<'a>(file: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    file.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What a case computes besides the difference.
#[derive(Clone, Copy)]
enum Test {
    /// Welch's t-test.
    Fixed,
    /// A confidence sequence narrowest at so many units.
    Sequential(u64),
}

impl Test {
    fn named(name: &str) -> Option<Self> {
        match name.strip_prefix("sequential_") {
            Some(units) => units.parse().ok().map(Self::Sequential),
            None => (name == "two_sided_t").then_some(Self::Fixed),
        }
    }
}

/// The figures of a case.
struct Figures {
    effect: f64,
    interval: Interval,
    error: f64,
    p_value: f64,
}

fn compare(case: &Value, test: Test) -> Result<Outcome, String> {
    let expected = &case["result"];
    let refused = expected.get("error").and_then(Value::as_str);
    match (refused, figures(case, test)?) {
        (Some(_), Ok(_)) => Ok(Outcome::NotCovered),
        (Some(_), Err(_)) => Ok(Outcome::Agrees),
        (None, Err(refusal)) => Ok(Outcome::of(false, expected, &refusal)),
        (None, Ok(found)) => {
            let number = |value: &Value| value.as_f64().ok_or("a result must be a number");
            let pairs = [
                (found.effect, number(&expected["expected"])?),
                (found.interval.lower, number(&expected["ci"][0])?),
                (found.interval.upper, number(&expected["ci"][1])?),
                (found.error, number(&expected["stddev"])?),
                (found.p_value, number(&expected["p_value"])?),
            ];
            let agrees = pairs.iter().all(|(found, expected)| near(*found, *expected));
            let list =
                |which: fn(&(f64, f64)) -> f64| format!("{:?}", pairs.map(|pair| which(&pair)));
            Ok(Outcome::of(agrees, &list(|pair| pair.1), &list(|pair| pair.0)))
        }
    }
}

fn figures(case: &Value, test: Test) -> Result<Result<Figures, Refusal>, String> {
    let alpha = case["alpha"].as_f64().ok_or("alpha must be a number")?;
    let level = Level::new(alpha).map_err(|refusal| refusal.to_string())?;
    let scale = match case["difference"].as_str() {
        Some("absolute") => Scale::Absolute,
        Some("relative") => Scale::Relative,
        _ => return Err("difference must be absolute or relative".to_owned()),
    };
    let (metric, adjusted, control) = sums(&case["control"])?;
    let (other, _, treatment) = sums(&case["treatment"])?;
    if metric != other {
        return Err("control and treatment must be of one kind".to_owned());
    }
    Ok(difference(metric, adjusted, [control, treatment], scale).and_then(|found| {
        let (interval, p_value) = match test {
            Test::Fixed => (found.interval(level), found.p_value()),
            Test::Sequential(units) => {
                let sequence = Sequence::planned(level, units)?;
                (sequence.interval(&found), sequence.p_value(&found))
            }
        };
        Ok(Figures { effect: found.effect, interval, error: found.standard_error(), p_value })
    }))
}

fn difference(
    metric: Metric,
    adjusted: bool,
    sums: [Sums; 2],
    scale: Scale,
) -> Result<Difference, Refusal> {
    let (control, treatment) = (Moments::from_sums(&sums[0])?, Moments::from_sums(&sums[1])?);
    let adjustment = if adjusted {
        Adjustment::by_covariate(metric, &[&control, &treatment])?
    } else {
        Adjustment::NONE
    };
    let read = |arm| Estimate::read(metric, arm, &adjustment);
    Difference::between(&read(&control)?, &read(&treatment)?, scale)
}

/// The metric of an arm, whether a covariate adjusts it, and its sums.
fn sums(arm: &Value) -> Result<(Metric, bool, Sums), String> {
    match arm["kind"].as_str() {
        Some("proportion") => {
            let converted = whole(&arm["sum"])?;
            Ok((Metric::Proportion, false, Sums::proportion(whole(&arm["n"])?, converted)))
        }
        Some("mean") => Ok((Metric::Mean, false, mean(arm)?)),
        Some("ratio") => {
            let (below, products) = (mean(&arm["denominator"])?, number(&arm["sum_of_products"])?);
            let sums =
                mean(&arm["numerator"])?.over(below.outcome, below.outcome_squares, products);
            Ok((Metric::Ratio, false, sums))
        }
        Some("regression_adjusted") => {
            let (metric, _, post) = sums(&arm["post"])?;
            let (pre, products) = (sums(&arm["pre"])?.2, number(&arm["sum_of_products"])?);
            let adjusted = post.with_covariate(pre.outcome, pre.outcome_squares, products);
            Ok((metric, true, adjusted))
        }
        _ => Err(format!("unknown kind of arm: {}", arm["kind"])),
    }
}

fn mean(arm: &Value) -> Result<Sums, String> {
    if arm["kind"].as_str() != Some("mean") {
        return Err("the parts of a ratio must be means".to_owned());
    }
    Ok(Sums::mean(whole(&arm["n"])?, number(&arm["sum"])?, number(&arm["sum_squares"])?))
}

fn split(case: &Value) -> Result<Outcome, String> {
    let list = |name: &str| case[name].as_array().ok_or_else(|| format!("{name} must be a list"));
    let users: Vec<u64> = list("users")?.iter().map(whole).collect::<Result<_, _>>()?;
    let weights: Vec<f64> = list("weights")?.iter().map(number).collect::<Result<_, _>>()?;
    let expected = number(&case["p_value"])?;
    let found = sample_ratio(&users, &weights).map_err(|refusal| refusal.to_string())?;
    Ok(Outcome::of(near(found.p_value, expected), &expected, &found.p_value))
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= TOLERANCE * expected.abs().max(TOLERANCE)
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("must be a number, is {value}"))
}

/// A count, also when it is written as 14.0.
fn whole(value: &Value) -> Result<u64, String> {
    let wanted = || format!("must be a count, is {value}");
    if let Some(count) = value.as_u64() {
        return Ok(count);
    }
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0);
    let text = number.ok_or_else(wanted)?.to_string();
    text.parse().map_err(|_| wanted())
}
