use serde_json::{Value, json};

use super::*;

/// Cases that science and the publisher print; whole files are checked by hand.
fn suite() -> Value {
    json!({
        "specVersion": "0.12.0",
        "hash": [
            ["tone-2026q3", "debtor-000001", 2, 0.1199],
            ["Ü-Test", "Jürgen Müßig", 2, 0.2265],
            ["seed", "😀42", 2, 0.0984],
            ["tone-2026q3", "debtor-000001", 1, 0.464],
            ["abc", "def", 99, null],
        ],
        "getBucketRange": [["half", [2, 0.5, null], [[0, 0.25], [0.5, 0.75]]]],
        "chooseVariation": [["outside", 0.4, [[0, 0.25], [0.5, 0.75]], -1]],
        "inNamespace": [["one", "debtor-000001", ["ns-contact", 0, 0.4], false]],
        "getEqualWeights": [[-1, []], [3, [0.333_333_33, 0.333_333_33, 0.333_333_33]]],
        "evalCondition": [["a", {}, {}, true], ["b", {}, {}, true]],
    })
}

fn of(file: &Value) -> Report {
    verify(&file.to_string()).unwrap()
}

#[test]
fn published_cases_of_assignment_come_out_and_other_families_are_named() {
    let report = of(&suite());
    assert!(report.is_clean(), "{:?} {:?}", report.differences, report.faults);
    assert_eq!(report.totals(), (10, 10));
    let skipped = Skipped { name: "evalCondition".to_owned(), cases: 2 };
    assert_eq!(report.skipped, [skipped]);
    assert!(report.families.iter().any(|family| family.to_string() == "hash 5 of 5"));
}

#[test]
fn every_changed_result_is_found_and_named() {
    for (family, cases) in suite().as_object().unwrap() {
        let Value::Array(cases) = cases else { continue };
        for index in (0..cases.len()).filter(|_| family != "evalCondition") {
            let mut file = suite();
            let case = file[family][index].as_array_mut().unwrap();
            *case.last_mut().unwrap() = match family.as_str() {
                "hash" => json!(0.119_900_1),
                "getBucketRange" => json!([[0, 0.25], [0.5, 0.750_001]]),
                "chooseVariation" => json!(1),
                "inNamespace" => json!(true),
                _ => json!([0.5]),
            };
            let report = of(&file);
            assert_eq!(report.differences.len(), 1, "{family}[{index}]");
            assert!(report.differences[0].case.starts_with(&format!("{family}[{index}]")));
            assert_eq!(report.totals(), (9, 10));
        }
    }
}

#[test]
fn a_case_that_cannot_be_read_is_a_fault_of_its_own() {
    let mut file = suite();
    file["hash"][0] = json!(["seed", "value", 2]);
    file["getBucketRange"][0][1][0] = json!("two");
    file["inNamespace"] = json!(7);
    let report = of(&file);
    let faults: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
    assert!(faults.contains(&"hash[0]: must have 4 fields, has 3".to_owned()), "{faults:?}");
    assert!(faults.contains(&"inNamespace: must be a list of cases".to_owned()), "{faults:?}");
    assert_eq!((faults.len(), report.differences.len()), (3, 0));
}

#[test]
fn printed_ranges_are_compared_to_the_last_digit() {
    let ranges = |end: &str| {
        json!([{ "numVariations": 2, "coverage": 0.01, "weights": [0.1, 0.9],
                 "ranges": [["0", "0.001"], ["0.1", end]] }])
    };
    assert!(of(&ranges("0.10900000000000001")).is_clean());
    assert_eq!(of(&ranges("0.109")).differences.len(), 1);
}

fn reference(p_value: f64) -> Value {
    let arm = |n: u64, sum: f64| json!({ "kind": "proportion", "n": n, "sum": sum });
    let case = |test: &str, difference: &str, result: Value| {
        json!({ "case": "printed", "test": test, "difference": difference, "alpha": 0.05,
                "control": arm(100, 0.0), "treatment": arm(100, 5.0), "result": result })
    };
    let refused = json!({ "expected": 0.0, "error": "ZERO_NEGATIVE_BASELINE_VARIATION" });
    json!({
        "engine": "gbstats 0.8.0",
        "tests": [
            case("two_sided_t", "relative", refused.clone()),
            case("sequential_5000", "absolute", refused),
            case("bayesian_flat", "absolute", json!({})),
        ],
        "sample_ratio": [{ "users": [1000, 1200], "weights": [0.5, 0.5], "p_value": p_value }],
    })
}

#[test]
fn reference_values_are_compared_and_what_one_side_refuses_is_told_apart() {
    let report = of(&reference(2.007_865_612_426_481e-5));
    assert!(report.is_clean(), "{:?}", report.differences);
    let lines: Vec<_> = report.families.iter().map(ToString::to_string).collect();
    let open = "sequential_5000/absolute 0 of 0, 1 that the reference does not answer";
    assert_eq!(lines, ["two_sided_t/relative 1 of 1", open, "sample_ratio 1 of 1"]);
    assert_eq!(report.skipped[0].name, "bayesian_flat/absolute");
    assert_eq!(of(&reference(2.007_865_7e-5)).differences.len(), 1);
}

#[test]
fn a_file_without_a_case_that_is_computed_here_is_refused() {
    let refused = |text: &str| verify(text).unwrap_err();
    assert!(matches!(refused("{\"run\": [[1]]}"), FileError::NoCases));
    assert!(matches!(refused("[]"), FileError::NoCases));
    assert!(matches!(refused("{\"engine\": \"gbstats\"}"), FileError::NoCases));
    assert!(matches!(refused("7"), FileError::Shape));
    assert!(matches!(refused("{"), FileError::NotJson(_)));
}
