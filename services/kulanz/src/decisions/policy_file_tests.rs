//! A policy file is asked each question of an exported log anew.

use std::path::Path;

use clap::Parser;
use kulanz_policy::{Dials, Estimator, Learner, LevelName, Schema};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind;
use tempfile::TempDir;

use super::Form;
use super::tests::{contact, outcome, silence, written};
use crate::cli::{Cli, Command};
use crate::policy::args::{EvaluateArgs, PolicyCommand};
use crate::policy::evaluate::{EvaluateError, Report, evaluate, render};

const FACTOR: &str = " --factor tone";

/// A policy that all but always takes this tone, as a file.
fn preferring(tone: &str, folder: &Path) -> String {
    let mut learner = Learner::new(Schema::default());
    learner.prefer([&LevelName::new("tone", tone)], 40.0);
    let path = folder.join(format!("{tone}.policy"));
    std::fs::write(&path, learner.refresh(&Dials::default()).unwrap().write()).unwrap();
    path.display().to_string()
}

fn args(path: &str, factor: &str) -> EvaluateArgs {
    let words = format!(
        "kulanz policy evaluate log --reward recovered --harm harm --policy file:{path}{factor}"
    );
    match Cli::try_parse_from(words.split(' ')).unwrap().command {
        Command::Policy(PolicyCommand::Evaluate(args)) => *args,
        other => panic!("{other:?}"),
    }
}

fn judged(entries: &[pb::ListDecisionsResponse], tone: &str) -> Report {
    let folder = TempDir::new().unwrap();
    let args = args(&preferring(tone, folder.path()), FACTOR);
    let [csv, parquet] = [Form::Csv, Form::Parquet]
        .map(|form| evaluate(&written(form, entries)[..], &args).unwrap());
    assert_eq!(csv.value, parquet.value);
    parquet
}

/// Of the friendly ones three in five are paid, of the plain ones one in five.
fn log() -> Vec<pb::ListDecisionsResponse> {
    let paid = |place: usize| place / 2 % 5 < if place % 2 == 1 { 3 } else { 1 };
    let money = || vec![outcome(OutcomeKind::Payment, 5, Some(10_000))];
    (0..4_000).map(|place| contact(place, if paid(place) { money() } else { Vec::new() })).collect()
}

fn wrong(entry: pb::ListDecisionsResponse) -> String {
    let folder = TempDir::new().unwrap();
    let args = args(&preferring("friendly", folder.path()), FACTOR);
    let entries = [contact(0, Vec::new()), entry];
    evaluate(&written(Form::Parquet, &entries)[..], &args).unwrap_err().to_string()
}

#[test]
fn a_good_policy_file_passes_and_a_bad_one_is_refused() {
    let good = judged(&log(), "friendly");
    assert!(good.passes, "{:?}", good.against);
    let value = good.value.by(Estimator::Snips).unwrap().value.value;
    // One contact in twenty is drawn evenly.
    assert!((value - (0.975 * 60.0 + 0.025 * 20.0)).abs() < 1e-6, "{value}");
    let bad = judged(&log(), "plain");
    assert!(!bad.passes && bad.against[0].text.contains("log"), "{:?}", bad.against);
}

#[test]
fn a_policy_file_keeps_to_the_mask_of_each_row() {
    let level = pb::ExcludedLevel {
        factor: "tone".to_owned(),
        level: "friendly".to_owned(),
        rule_id: "law.uwg5".to_owned(),
    };
    let mask = pb::ActionMask { excluded_levels: vec![level], ..Default::default() };
    let plain = |place: usize| pb::ListDecisionsResponse {
        mask: Some(mask.clone()),
        ..contact(2 * place, vec![outcome(OutcomeKind::Payment, 5, Some(1_000))])
    };
    // Where nothing but a plain word is permitted, a friendly policy takes it as well.
    let report = judged(&(0..10).map(plain).collect::<Vec<_>>(), "friendly");
    let ips = report.value.by(Estimator::Ips).unwrap().value.value;
    assert!((ips - 2.0 * 10.0).abs() < 1e-9, "{ips}");
}

#[test]
fn a_policy_file_is_compared_given_that_there_is_contact() {
    let quieter = |place: usize| {
        let mut entry = contact(place, vec![outcome(OutcomeKind::Payment, 5, Some(1_000))]);
        let decision = entry.decision.as_mut().unwrap();
        (decision.joint_propensity, decision.null_propensity) = (0.2, 0.6);
        decision.marginals.insert("tone".to_owned(), 0.2);
        entry
    };
    let report = judged(&(0..2_000).map(quieter).collect::<Vec<_>>(), "friendly");
    let ips = report.value.by(Estimator::Ips).unwrap().value.value;
    assert!((ips - 10.0).abs() < 1e-9, "{ips}");
}

#[test]
fn rows_where_nothing_else_could_be_done_are_left_out_and_counted() {
    let mut held_out = contact(1, Vec::new());
    held_out.decision.as_mut().unwrap().origin = "holdout".to_owned();
    let mut protected = contact(1, Vec::new());
    protected.context.as_mut().unwrap().protected = true;
    let erased = pb::ListDecisionsResponse { context: None, ..contact(1, Vec::new()) };
    let entries = [log(), vec![held_out, protected, erased]].concat();
    let report = judged(&entries, "friendly");
    assert_eq!((report.left_out, report.value.decisions), (3, 4_000));
    assert!(render(&report).concat().contains("3 rows are left out"));
}

#[test]
fn what_is_wrong_with_a_question_names_row_and_column() {
    let mut foreign = contact(1, Vec::new());
    foreign.space.as_mut().unwrap().factors[0].levels = vec!["plain".to_owned()];
    assert_eq!(wrong(foreign), "row 2, column levels: are not of the space");
    let mut spaceless = contact(1, Vec::new());
    spaceless.space = None;
    assert!(wrong(spaceless).starts_with("row 2, column space: "), "without factors");
    let mut mad = contact(1, Vec::new());
    mad.context.as_mut().unwrap().payment_probability = 1.5;
    assert!(wrong(mad).starts_with("row 2, column payment_probability: "));
    let mut quiet = silence();
    quiet.context = contact(1, Vec::new()).context;
    assert_eq!(wrong(quiet), "row 2, column propensity_tone: is empty", "a silence has no level");
}

#[test]
fn what_is_no_policy_file_is_said_to_be_none() {
    let folder = TempDir::new().unwrap();
    let refused = |path: &str, factor: &str| {
        evaluate(&written(Form::Csv, &log()[..4])[..], &args(path, factor)).unwrap_err()
    };
    let missing = folder.path().join("missing").display().to_string();
    assert!(matches!(refused(&missing, FACTOR), EvaluateError::Policy(path, _) if path == missing));
    let path = preferring("plain", folder.path());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(refused(&path, FACTOR), EvaluateError::Policy(..)), "cut off");
    // Without --factor it is judged by all its factors, for which this log has no columns.
    std::fs::write(&path, &bytes).unwrap();
    assert!(refused(&path, "").to_string().starts_with("column channel: missing"));
}
