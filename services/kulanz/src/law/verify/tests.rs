use serde_json::{Value, json};

use super::*;

const VECTORS: &str = include_str!("../../../../../crates/law/tests/vectors.json");

fn planted(change: impl FnOnce(&mut Value)) -> Report {
    let mut file: Value = serde_json::from_str(VECTORS).unwrap();
    change(&mut file);
    verify(&file.to_string()).unwrap()
}

fn first<'a>(file: &'a mut Value, topic: &str) -> &'a mut Value {
    &mut file["vectors"][topic][0]
}

fn id(case: &Value) -> String {
    case["id"].as_str().unwrap().to_owned()
}

#[test]
fn our_own_worked_cases_come_out() {
    let report = verify(VECTORS).unwrap();
    assert!(report.is_clean(), "{:#?} {:#?}", report.differences, report.faults);
    let (passed, cases) = report.totals();
    assert_eq!(passed, cases);
    assert!(cases > 100, "{cases}");
    // Every topic of the format is exercised.
    for (topic, _) in TOPICS {
        assert!(report.families.iter().any(|family| family.name.starts_with(topic)), "{topic}");
    }
}

#[test]
fn every_changed_figure_is_found_and_named() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let mut planted_faults = 0;
    for (topic, cases) in file["vectors"].as_object().unwrap() {
        for case in cases.as_array().unwrap() {
            for key in case["out"].as_object().unwrap().keys() {
                let mut wrong = case.clone();
                wrong["out"][key] = json!("2019-07-04");
                let file = json!({
                    "format": "kulanz-law-vectors",
                    "version": 1,
                    "vectors": { topic: [wrong] },
                });
                let report = verify(&file.to_string()).unwrap();
                assert_eq!(report.differences.len(), 1, "{topic} {key}");
                assert_eq!(report.differences[0].id, id(case));
                assert_eq!(report.differences[0].field, format!("out.{key}"));
                assert_eq!(report.totals(), (0, 1));
                planted_faults += 1;
            }
        }
    }
    assert!(planted_faults > 200, "{planted_faults}");
}

#[test]
fn a_difference_shows_expected_and_computed() {
    let report = planted(|file| {
        first(file, "interest")["out"]["act365"]["rounded_total"] = json!("0.01");
    });
    let shown = report.differences[0].to_string();
    assert!(shown.contains("out.act365.rounded_total: expected \"0.01\", computed \""), "{shown}");
}

#[test]
fn a_missing_or_unknown_field_is_a_fault_that_names_case_and_field() {
    for (change, fault) in [
        (
            json!({ "in": { "valid_from": "2026-07-01", "period": "monthly", "net": "1.00" } }),
            ("in.dependants", FaultKind::Missing),
        ),
        (json!({ "out": {} }), ("out.attachable", FaultKind::Missing)),
        (
            json!({ "out": { "attachable": "0.00", "more": "1.00" } }),
            ("out.more", FaultKind::UnknownField),
        ),
        (json!({ "family": Value::Null }), ("family", FaultKind::Missing)),
    ] {
        let mut named = String::new();
        let report = planted(|file| {
            let case = first(file, "garnishment");
            named = id(case);
            for (key, value) in change.as_object().unwrap() {
                if value.is_null() {
                    case.as_object_mut().unwrap().remove(key);
                } else {
                    case[key] = value.clone();
                }
            }
        });
        let found = report.faults.iter().find(|found| found.field == fault.0).unwrap();
        assert_eq!((&found.id, &found.kind), (&named, &fault.1));
    }
}

#[test]
fn what_cannot_be_read_names_case_field_and_value() {
    for (topic, field, value) in [
        ("interest", "principal", json!("12,00")),
        ("interest", "from", json!("2026-02-30")),
        ("rvg_inkasso", "table", json!("2013")),
        ("allocation", "rule", json!("367(2)")),
        ("garnishment", "dependants", json!("2")),
        ("garnishment", "valid_from", json!("2026-08-01")),
        ("zpo_115_instalment", "child_ages", json!([-1])),
        ("epc_qr", "iban", json!("DE00370400440532013000")),
    ] {
        let mut named = String::new();
        let report = planted(|file| {
            let case = first(file, topic);
            named = id(case);
            case["in"][field] = value.clone();
        });
        let fault = report.faults.first().unwrap_or_else(|| panic!("{topic} {field}"));
        assert_eq!((&fault.id, fault.field.as_str()), (&named, format!("in.{field}").as_str()));
        let FaultKind::Invalid { found, .. } = &fault.kind else { panic!("{fault}") };
        assert_eq!(*found, value.to_string());
    }
}

#[test]
fn a_day_without_an_announced_base_rate_is_refused() {
    let report = planted(|file| {
        first(file, "interest")["in"]["to_inclusive"] = json!("2027-01-01");
    });
    assert!(report.faults[0].to_string().contains("provisional from 2027-01-01"));
}

#[test]
fn unknown_topics_and_doubled_ids_do_not_pass() {
    let report = planted(|file| file["vectors"]["wills"] = json!([]));
    assert_eq!(report.faults, [Fault::new("wills", "", FaultKind::UnknownTopic)]);
    let report = planted(|file| {
        let case = first(file, "rf").clone();
        file["vectors"]["rf"].as_array_mut().unwrap().push(case);
    });
    assert_eq!(report.faults[0].kind, FaultKind::DuplicateId);
    let report = planted(|file| first(file, "limitation")["family"] = json!("by_feeling"));
    assert_eq!(report.faults[0].field, "family");
}

#[test]
fn a_file_of_another_kind_is_refused_whole() {
    assert!(matches!(verify("{"), Err(FileError::NotJson(_))));
    assert!(matches!(verify("[]"), Err(FileError::Format)));
    let head = r#""format":"kulanz-law-vectors""#;
    assert!(matches!(verify(&format!("{{{head}}}")), Err(FileError::Version)));
    let head = format!("{head},\"version\":1");
    assert!(matches!(verify(&format!("{{{head}}}")), Err(FileError::NoVectors)));
    let empty = format!("{{{head},\"vectors\":{{\"rf\":[]}}}}");
    assert!(matches!(verify(&empty), Err(FileError::NoCases)));
}
