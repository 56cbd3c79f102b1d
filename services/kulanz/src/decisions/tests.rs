use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_proto::types::v1::Money;

use super::{Export, Form};
use crate::cli::{Cli, Command};
use crate::policy::args::PolicyCommand;
use crate::policy::evaluate::evaluate;
use crate::table;

fn at(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + days)
}

fn euros(minor_units: i64) -> Money {
    Money { currency_code: "EUR".to_owned(), minor_units }
}

pub(super) fn outcome(kind: OutcomeKind, days: i64, minor_units: Option<i64>) -> pb::Outcome {
    pb::Outcome {
        kind: kind.into(),
        amount: minor_units.map(euros),
        occurred_at: Some(timestamp(at(days))),
        ..pb::Outcome::default()
    }
}

/// A decision to send, in one of two tones that are each as likely; `place` numbers it.
pub(super) fn contact(place: usize, outcomes: Vec<pb::Outcome>) -> pb::ListDecisionsResponse {
    let tone = ["plain", "friendly"][place % 2];
    let levels = BTreeMap::from([("tone".to_owned(), tone.to_owned())]);
    let factor = pb::Factor {
        name: "tone".to_owned(),
        levels: vec!["plain".to_owned(), "friendly".to_owned()],
    };
    let context = pb::DecisionContext {
        persona_probabilities: [("busy".to_owned(), 0.7), ("waiter".to_owned(), 0.3)].into(),
        balance: Some(euros(12_345)),
        contact_count: 2,
        ..pb::DecisionContext::default()
    };
    pb::ListDecisionsResponse {
        decision: Some(pb::Decision {
            decision_id: format!("decision_{place}"),
            debtor_id: "debtor_1".to_owned(),
            action: Some(Action::Factored(pb::FactoredAction { levels })),
            joint_propensity: 0.5,
            marginals: [("tone".to_owned(), 0.5)].into(),
            decided_at: Some(timestamp(at(0))),
            experiment_arm: "tone/warm".to_owned(),
            ..pb::Decision::default()
        }),
        outcomes,
        context: Some(context),
        space: Some(pb::ActionSpace { factors: vec![factor] }),
        sequence: 7,
        ..pb::ListDecisionsResponse::default()
    }
}

pub(super) fn silence() -> pb::ListDecisionsResponse {
    let mut entry = contact(1, Vec::new());
    let decision = entry.decision.as_mut().unwrap();
    decision.action = Some(Action::NullAction(pb::NullAction {
        reason: "policy".to_owned(),
        ..Default::default()
    }));
    decision.marginals.clear();
    entry.context = None;
    entry
}

pub(super) fn written(form: Form, entries: &[pb::ListDecisionsResponse]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut export = Export::new(form, &mut bytes);
    for entry in entries {
        export.add(entry).unwrap();
    }
    export.finish().unwrap();
    bytes
}

/// The rows of a file as its readers see them, the columns that are asked for.
fn cells(bytes: &[u8], names: &[&str]) -> Vec<Vec<String>> {
    let table = table::open(bytes).unwrap();
    let columns: Vec<_> = names.iter().map(|name| table.header.column(name).unwrap()).collect();
    let row = |row: table::Row| columns.iter().map(|it| row.cell(it).to_owned()).collect();
    table.rows.map(|found| row(found.unwrap())).collect()
}

#[test]
fn both_forms_say_the_same_and_what_is_not_known_is_empty() {
    let entries = [contact(1, Vec::new()), silence()];
    let names = [
        "decision_id",
        "contact",
        "tone",
        "propensity",
        "propensity_tone",
        "persona",
        "balance",
        "contact_count",
        "protected",
        "experiment_arm",
        "silence_reason",
        "sequence",
        "sent_at",
    ];
    let expected = [
        [
            "decision_1",
            "true",
            "friendly",
            "0.5",
            "0.5",
            "busy",
            "123.45",
            "2",
            "false",
            "tone/warm",
            "",
            "7",
            "",
        ],
        ["decision_1", "false", "", "0.5", "", "", "", "", "", "tone/warm", "policy", "7", ""],
    ];
    for form in [Form::Csv, Form::Parquet] {
        assert_eq!(cells(&written(form, &entries), &names), expected, "{form:?}");
    }
}

#[test]
fn money_counts_from_the_message_on_for_28_days_unless_it_went_back() {
    let recovered = |outcomes: Vec<pb::Outcome>| {
        let bytes = written(Form::Csv, &[contact(0, outcomes)]);
        cells(&bytes, &["recovered", "harm"]).remove(0)
    };
    let paid = |days, minor_units| outcome(OutcomeKind::Payment, days, Some(minor_units));
    let sent = || outcome(OutcomeKind::Sent, 3, None);
    assert_eq!(recovered(vec![paid(31, 1_000)]), ["0", "false"]);
    assert_eq!(recovered(vec![sent(), paid(31, 1_000)]), ["10", "false"]);
    assert_eq!(recovered(vec![sent(), paid(32, 1_000)]), ["0", "false"]);
    let back = outcome(OutcomeKind::Reversal, 60, Some(-1_000));
    assert_eq!(recovered(vec![sent(), paid(5, 1_050), back]), ["0.5", "false"]);
    let of = |about: &str, outcome| pb::Outcome { about: about.to_owned(), ..outcome };
    let late_and_back = vec![
        of("a", paid(5, 1_000)),
        of("b", paid(40, 1_000)),
        of("b", outcome(OutcomeKind::Reversal, 60, Some(-1_000))),
    ];
    assert_eq!(recovered(late_and_back), ["10", "false"]);
    let complained = outcome(OutcomeKind::Complaint, 4, None);
    assert_eq!(recovered(vec![sent(), complained]), ["0", "true"]);
}

#[test]
fn what_an_arm_took_away_is_told_from_what_a_rule_forbids() {
    let with = |rule: &str| {
        let level = pb::ExcludedLevel {
            factor: "tone".to_owned(),
            level: "plain".to_owned(),
            rule_id: rule.to_owned(),
        };
        let mask = pb::ActionMask { excluded_levels: vec![level], ..Default::default() };
        let entry = pb::ListDecisionsResponse { mask: Some(mask), ..contact(1, Vec::new()) };
        cells(&written(Form::Csv, &[entry]), &["narrowed", "excluded"]).remove(0)
    };
    let of_arm = r#"[["tone=plain","experiment.tone.warm"]]"#;
    assert_eq!(with("experiment.tone.warm"), ["true", of_arm]);
    assert_eq!(with("law.uwg5"), ["false", r#"[["tone=plain","law.uwg5"]]"#]);
}

#[test]
fn of_an_erased_person_only_what_was_decided_is_told() {
    let erased = pb::ListDecisionsResponse { context: None, ..contact(1, Vec::new()) };
    let grounds =
        ["explored", "narrowed", "expected", "reasons", "excluded", "personas", "features"];
    for form in [Form::Csv, Form::Parquet] {
        assert_eq!(
            cells(&written(form, std::slice::from_ref(&erased)), &grounds),
            [[""; 7]],
            "{form:?}"
        );
        let decided =
            cells(&written(form, std::slice::from_ref(&erased)), &["tone", "propensity", "levels"]);
        assert_eq!(decided, [["friendly", "0.5", r#"{"tone":"friendly"}"#]], "{form:?}");
    }
}

#[test]
fn a_factor_that_is_called_like_a_column_keeps_to_the_structure() {
    let mut entry = contact(0, Vec::new());
    entry.space.as_mut().unwrap().factors[0].name = "origin".to_owned();
    let bytes = written(Form::Parquet, &[entry]);
    assert_eq!(cells(&bytes, &["origin", "levels"]), [["", r#"{"tone":"plain"}"#]]);
}

#[test]
fn a_log_without_decisions_is_a_table_without_rows() {
    for form in [Form::Csv, Form::Parquet] {
        assert!(cells(&written(form, &[]), &["decision_id", "recovered"]).is_empty());
    }
}

#[test]
fn many_decisions_are_written_group_by_group_and_none_is_lost() {
    let entries: Vec<_> = (0..20_001).map(|place| contact(place, Vec::new())).collect();
    let rows = cells(&written(Form::Parquet, &entries), &["decision_id"]);
    assert_eq!((rows.len(), rows[20_000][0].as_str()), (20_001, "decision_20000"));
}

#[test]
fn an_export_can_be_evaluated_as_it_is() {
    // Of the friendly ones three in five are paid, of the plain ones one in five.
    let paid = |place: usize| place / 2 % 5 < if place % 2 == 1 { 3 } else { 1 };
    let money = || vec![outcome(OutcomeKind::Payment, 5, Some(10_000))];
    let entry = |place| contact(place, if paid(place) { money() } else { Vec::new() });
    let log = written(Form::Parquet, &(0..4_000).map(entry).collect::<Vec<_>>());
    let words = "kulanz policy evaluate log --factor tone --reward recovered --harm harm --policy constant:tone=friendly";
    let Command::Policy(PolicyCommand::Evaluate(args)) =
        Cli::try_parse_from(words.split(' ')).unwrap().command
    else {
        panic!("a command to evaluate")
    };
    let report = evaluate(&log[..], &args).unwrap();
    assert!(report.passes, "{:?}", report.against);
    let value = report.value.by(kulanz_policy::Estimator::Snips).unwrap().value.value;
    assert!((value - 60.0).abs() < 1e-9, "{value}");
}
