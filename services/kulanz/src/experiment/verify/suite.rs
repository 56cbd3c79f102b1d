//! `GrowthBook`'s SDK suite: who gets which arm.

use kulanz_statistics::assignment::bucket::{
    BucketRange, bucket_ranges, choose_variation, equal_weights, in_namespace,
};
use kulanz_statistics::assignment::hash::{HashVersion, hash_to_unit};
use serde_json::{Map, Value, json};

use super::{Outcome, Report};

/// The suite prints bounds and shares with at most eight decimals.
const PRINTED: f64 = 5e-9;

/// How a case, given as its list of values, comes out.
type Rule = fn(&[Value]) -> Result<Outcome, String>;

const FAMILIES: &[(&str, Rule)] = &[
    ("hash", hash),
    ("getBucketRange", bucket_range),
    ("chooseVariation", variation),
    ("inNamespace", namespace),
    ("getEqualWeights", weights),
];

pub(super) fn run(families: &Map<String, Value>, report: &mut Report) {
    for (family, cases) in families {
        let known = FAMILIES.iter().find(|(name, _)| name == family);
        match (known, cases) {
            (Some((_, rule)), Value::Array(cases)) => {
                for (index, case) in cases.iter().enumerate() {
                    let values = case.as_array().ok_or_else(|| "must be a list".to_owned());
                    report.record(
                        family,
                        &place(family, index, case),
                        values.and_then(|case| rule(case)),
                    );
                }
            }
            (Some(_), _) => {
                report.record(family, family, Err("must be a list of cases".to_owned()));
            }
            (None, Value::Array(cases)) => report.skip(family, cases.len()),
            (None, Value::Object(suites)) => report.skip(family, suites.len()),
            // The version of the suite and the like.
            (None, _) => {}
        }
    }
}

/// Ranges as JavaScript prints them, to the last digit.
pub(super) fn printed_ranges(cases: &[Value], report: &mut Report) {
    const FAMILY: &str = "bucket ranges as printed";
    for (index, case) in cases.iter().enumerate() {
        report.record(FAMILY, &format!("{FAMILY}[{index}]"), printed(case));
    }
}

fn printed(case: &Value) -> Result<Outcome, String> {
    let arms = arms(&case["numVariations"])?;
    let found =
        bucket_ranges(arms, coverage(&case["coverage"])?, shares(&case["weights"])?.as_deref());
    let text = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    let expected = pairs(&case["ranges"], text)?;
    let exact = |found: &BucketRange, (start, end): &(f64, f64)| {
        found.start.to_bits() == start.to_bits() && found.end.to_bits() == end.to_bits()
    };
    let agrees = found.len() == expected.len()
        && found.iter().zip(&expected).all(|(found, expected)| exact(found, expected));
    Ok(Outcome::of(agrees, &case["ranges"], &shown(&found)))
}

fn hash(case: &[Value]) -> Result<Outcome, String> {
    let [seed, value, version, expected] = fields(case)?;
    let version = version.as_u64().and_then(HashVersion::numbered);
    let (seed, value) = (text(seed)?, text(value)?);
    let found = version.map(|version| hash_to_unit(version, &seed, &value));
    Ok(match (found, expected.as_f64()) {
        (Some(found), Some(given)) => {
            Outcome::of(found.to_bits() == given.to_bits(), expected, &json!(found))
        }
        (found, _) => Outcome::of(found.is_none() && expected.is_null(), expected, &json!(found)),
    })
}

fn bucket_range(case: &[Value]) -> Result<Outcome, String> {
    let [_, inputs, expected] = fields(case)?;
    let [count, share, weights] = fields(list(inputs)?)?;
    let found = bucket_ranges(arms(count)?, coverage(share)?, shares(weights)?.as_deref());
    let given = pairs(expected, Value::as_f64)?;
    let near = |(found, (start, end)): (&BucketRange, &(f64, f64))| {
        (found.start - start).abs() <= PRINTED && (found.end - end).abs() <= PRINTED
    };
    let agrees = found.len() == given.len() && found.iter().zip(&given).all(near);
    Ok(Outcome::of(agrees, expected, &shown(&found)))
}

fn variation(case: &[Value]) -> Result<Outcome, String> {
    let [_, place, ranges, expected] = fields(case)?;
    let range = |(start, end)| BucketRange { start, end };
    let ranges: Vec<_> = pairs(ranges, Value::as_f64)?.into_iter().map(range).collect();
    let found = choose_variation(number(place)?, &ranges).map_or(json!(-1), |arm| json!(arm));
    Ok(Outcome::of(found == *expected, expected, &found))
}

fn namespace(case: &[Value]) -> Result<Outcome, String> {
    let [_, unit, slice, expected] = fields(case)?;
    let [name, start, end] = fields(list(slice)?)?;
    let range = BucketRange { start: number(start)?, end: number(end)? };
    let found = json!(in_namespace(&text(unit)?, &text(name)?, range));
    Ok(Outcome::of(found == *expected, expected, &found))
}

fn weights(case: &[Value]) -> Result<Outcome, String> {
    let [count, expected] = fields(case)?;
    let found = equal_weights(arms(count)?);
    let given: Option<Vec<f64>> = list(expected)?.iter().map(Value::as_f64).collect();
    let given = given.ok_or("weights must be numbers")?;
    let near = |(found, given): (&f64, &f64)| (found - given).abs() <= PRINTED;
    let agrees = found.len() == given.len() && found.iter().zip(&given).all(near);
    Ok(Outcome::of(agrees, expected, &json!(found)))
}

fn fields<const N: usize>(case: &[Value]) -> Result<[&Value; N], String> {
    let fields: Vec<&Value> = case.iter().collect();
    fields.try_into().map_err(|_| format!("must have {N} fields, has {}", case.len()))
}

fn list(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("must be a list, is {value}"))
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("must be a number, is {value}"))
}

/// A text, or a whole number as JavaScript would write it.
fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
        _ => Err(format!("must be a text, is {value}")),
    }
}

/// As many arms as the number says; none where it is negative.
fn arms(value: &Value) -> Result<usize, String> {
    let count = value.as_i64().ok_or_else(|| format!("must be a count, is {value}"))?;
    usize::try_from(count.clamp(0, 10_000)).map_err(|_| format!("must be a count, is {value}"))
}

fn coverage(value: &Value) -> Result<f64, String> {
    if value.is_null() { Ok(1.0) } else { number(value) }
}

fn shares(value: &Value) -> Result<Option<Vec<f64>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    list(value)?.iter().map(number).collect::<Result<_, _>>().map(Some)
}

fn pairs(value: &Value, read: impl Fn(&Value) -> Option<f64>) -> Result<Vec<(f64, f64)>, String> {
    let pair = |pair: &Value| Some((read(pair.get(0)?)?, read(pair.get(1)?)?));
    let wanted = || format!("must be a list of pairs of numbers, is {value}");
    list(value)?.iter().map(|one| pair(one).ok_or_else(wanted)).collect()
}

fn shown(ranges: &[BucketRange]) -> Value {
    ranges.iter().map(|range| json!([range.start, range.end])).collect()
}

/// Family, number and, where it has one, the name of a case.
fn place(family: &str, index: usize, case: &Value) -> String {
    let name = case.get(0).filter(|_| family != "hash").and_then(Value::as_str);
    name.map_or_else(|| format!("{family}[{index}]"), |name| format!("{family}[{index}] {name}"))
}
