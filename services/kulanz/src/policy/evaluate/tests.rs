use std::fmt::Write;
use std::sync::Arc;

use clap::Parser;
use kulanz_policy::{Estimator, Refusal};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::cli::{Cli, Command};
use crate::policy::args::PolicyCommand;

fn args(options: &str) -> EvaluateArgs {
    let words = ["kulanz", "policy", "evaluate", "log.csv"].into_iter().chain(options.split(' '));
    match Cli::try_parse_from(words).unwrap().command {
        Command::Policy(PolicyCommand::Evaluate(args)) => *args,
        other => panic!("{other:?}"),
    }
}

fn of(log: &str, options: &str) -> Result<Report, EvaluateError> {
    evaluate(log.as_bytes(), &args(options))
}

fn wrong(log: &str, options: &str) -> String {
    of(log, options).unwrap_err().to_string()
}

fn value(report: &Report, estimator: Estimator) -> f64 {
    report.value.by(estimator).unwrap().value.value
}

fn is(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12
}

/// Letters, SMS and e-mails a third each; letters are paid in 60 of 100 cases, others in 20, and complain
/// more often.
fn log() -> String {
    let mut log = "decision_id,action,reward,propensity,mine,complaint,contact,age\n".to_owned();
    for place in 0..6_000 {
        let action = ["letter", "sms", "email"][place % 3];
        let letter = action == "letter";
        let paid = place / 3 % 5 < if letter { 3 } else { 1 };
        let mine = if letter { "0.8" } else { "0.1" };
        let complaint = letter && place % 30 == 0;
        let age = if place % 2 == 0 { "older" } else { "younger" };
        let (paid, complaint) = (if paid { "yes" } else { "no" }, u8::from(complaint));
        let third = 1.0 / 3.0;
        writeln!(log, "d{place},{action},{paid},{third},{mine},{complaint},1,{age}").unwrap();
    }
    log
}

#[test]
fn a_wide_gate_tolerates_doubt_and_no_shown_loss() {
    // By chance e-mails earn 0.01 less than the whole of a log in which nothing matters.
    let mut log = "action,reward,propensity\n".to_owned();
    for place in 0..6_000 {
        let action = ["sms", "email"][place % 2];
        let paid = u8::from(place % 100 < if action == "sms" { 40 } else { 38 });
        writeln!(log, "{action},{paid},0.5").unwrap();
    }
    let reasons = |options: &str| {
        let against = of(&log, options).unwrap().against;
        against.into_iter().map(|it| it.refusal).collect::<Vec<_>>()
    };
    let strict = reasons("--policy constant:email");
    assert!(
        matches!(strict[..], [Refusal::BelowIncumbent { upper, .. }] if upper > 0.0),
        "{strict:?}"
    );
    assert_eq!(reasons("--policy constant:email --gate wide"), []);
    let letterless = of(&self::log(), "--policy constant:email --gate wide").unwrap();
    assert!(!letterless.passes, "it is shown to earn less");
}

#[test]
fn a_constant_action_is_worth_what_it_earned_and_passes_where_that_is_more() {
    let report = of(&log(), "--policy constant:letter").unwrap();
    assert!(
        is(value(&report, Estimator::Snips), 0.6) && is(report.value.incumbent.value, 1.0 / 3.0)
    );
    let effective = report.value.by(Estimator::Ips).unwrap().effective;
    assert!((effective - 2_000.0).abs() < 1e-6);
    assert!(report.passes && report.rests_on == Some(Estimator::Snips), "{:?}", report.against);
    let lines = render(&report).join("\n");
    assert!(lines.contains("passes, by snips") && lines.contains("0.600000"), "{lines}");
}

#[test]
fn a_worse_action_is_refused_with_the_reason() {
    let report = of(&log(), "--policy constant:sms").unwrap();
    assert!(!report.passes && is(value(&report, Estimator::Snips), 0.2));
    let lines = render(&report).join("\n");
    assert!(lines.contains("refused, by snips"), "{lines}");
    assert!(lines.contains("earns less than the log did: the difference lies from"), "{lines}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["against"][0]["reason"], "below_incumbent");
}

#[test]
fn a_uniform_policy_is_what_the_log_did_here_and_differs_by_nothing() {
    let report = of(&log(), "--policy uniform").unwrap();
    assert!(is(value(&report, Estimator::Ips), 1.0 / 3.0) && report.passes);
    let wider = of(&log(), "--policy uniform --actions 6").unwrap();
    assert!(matches!(wider.against[0].refusal, Refusal::NotCovered { factor: None, .. }));
}

#[test]
fn a_column_says_what_the_target_would_have_done() {
    let report = of(&log(), "--policy column:mine").unwrap();
    assert!(is(value(&report, Estimator::Ips), 0.8 * 0.6 + 0.2 * 0.2) && report.passes);
}

#[test]
fn complaints_and_contacts_and_groups_are_judged_where_they_are_asked_for() {
    let options = "--policy constant:letter --harm complaint --contacts contact --group age";
    let report = of(&log(), options).unwrap();
    let reasons: Vec<_> = report.against.iter().map(|against| &against.refusal).collect();
    assert!(matches!(reasons[..], [Refusal::MoreHarm { .. }]), "{reasons:?}");
    assert_eq!(report.parity.len(), 2);
    let lines = render(&report).join("\n");
    assert!(lines.contains("group older: ") && lines.contains("harm per decision"), "{lines}");
}

const FACTORS: &str = "--factor channel,tone --policy";

/// Two channels and two tones, each even; rewards add up.
fn factored(rows: usize) -> String {
    let mut log = "channel;tone;reward;propensity;propensity_channel;propensity_tone;mine;mine_channel;mine_tone;predicted;predicted_target\n".to_owned();
    for place in 0..rows {
        let (channel, tone) = (["sms", "email"][place % 2], ["plain", "warm"][place / 2 % 2]);
        let reward = 1 + place % 2 + 2 * (place / 2 % 2);
        writeln!(log, "{channel};{tone};{reward};0.25;0.5;0.5;0.25;0.5;0.5;{reward};4").unwrap();
    }
    log
}

#[test]
fn factors_are_evaluated_one_by_one() {
    let log = factored(4_000);
    let report = of(&log, &format!("{FACTORS} constant:tone=warm,channel=email")).unwrap();
    for estimator in [Estimator::Ips, Estimator::Slate, Estimator::DrSlate, Estimator::Model] {
        assert!(is(value(&report, estimator), 4.0), "{estimator:?}");
    }
    assert!(report.passes, "{:?}", report.against);
    let same = of(&log, &format!("{FACTORS} column:mine")).unwrap();
    assert!(is(value(&same, Estimator::Slate), 2.5));
    assert!(is(value(&of(&log, &format!("{FACTORS} uniform")).unwrap(), Estimator::Slate), 2.5));
    let thin = of(&factored(400), &format!("{FACTORS} constant:tone=warm,channel=email")).unwrap();
    let text = "thin evidence of tone=warm: effective sample size 200.0, 500 needed";
    assert!(thin.against.iter().any(|against| against.text == text), "{:?}", thin.against);
    let part = wrong(&log, &format!("{FACTORS} constant:tone=warm"));
    assert_eq!(part, "--policy: needs one level of each factor: constant:channel=LEVEL,tone=LEVEL");
}

/// Contacts as they are exported: two channels, two tones, four offers, each even, and silence in one decision of
/// twenty; rewards add up over channel and tone.
fn exported(rows: usize) -> String {
    let mut log = "contact,channel,tone,offer,reward,complaint,propensity,null_propensity,propensity_channel,propensity_tone,propensity_offer\n".to_owned();
    for place in 0..rows {
        let (channel, tone) = (["sms", "email"][place % 2], ["plain", "warm"][place / 2 % 2]);
        let (offer, reward) = (place / 4 % 4, 1 + place % 2 + 2 * (place / 2 % 2));
        let [joint, half, quarter] = [16.0, 2.0, 4.0].map(|actions| 0.95 / actions);
        let of_factors = format!("{half},{half},{quarter}");
        writeln!(log, "true,{channel},{tone},o{offer},{reward},0,{joint},0.05,{of_factors}")
            .unwrap();
    }
    log
}

#[test]
fn some_factors_of_an_exported_log_are_judged_by_these_alone_and_given_contact() {
    let log = exported(16_000);
    let uniform = of(&log, &format!("{FACTORS} uniform --harm complaint")).unwrap();
    assert!(uniform.passes && uniform.rests_on == Some(Estimator::Slate), "{:?}", uniform.against);
    let slate = uniform.value.by(Estimator::Slate).unwrap();
    assert!(is(slate.value.value, 2.5) && is(slate.difference.value, 0.0), "as the log does");
    for estimator in [Estimator::Ips, Estimator::Snips] {
        assert_eq!(uniform.value.by(estimator), None, "the propensity is of the offer, too");
        assert_eq!(uniform.harm.as_ref().unwrap().by(estimator), None);
    }
    let lines = render(&uniform).join("\n");
    assert!(lines.contains("the propensity is of offer as well"), "{lines}");
    let best = of(&log, &format!("{FACTORS} constant:channel=email,tone=warm")).unwrap();
    assert!(best.passes && is(value(&best, Estimator::Slate), 4.0), "{:?}", best.against);
    let all = "--factor channel,tone,offer --policy constant:channel=email,tone=warm,offer=o1";
    let all = of(&log, all).unwrap();
    assert!(all.not_judged.is_empty() && all.rests_on == Some(Estimator::Snips));
    for estimator in [Estimator::Ips, Estimator::Snips, Estimator::Slate] {
        assert!(is(value(&all, estimator), 4.0), "{estimator:?}");
    }
}

#[test]
fn a_propensity_of_further_factors_is_refused_by_its_column() {
    let named = |log: &str, options: &str, text: &str| {
        let report = of(log, options).unwrap();
        assert!(report.against.iter().any(|it| it.text == text), "{:?}", report.against);
    };
    let text = "is not of these actions: their mean weight is 4.00, and no policy's is above 1";
    let hidden = exported(8_000).replace("propensity_offer", "other");
    let options = format!("{FACTORS} constant:channel=email,tone=warm");
    named(&hidden, &options, &format!("column propensity: {text}"));
    let joint = "--action channel --policy uniform";
    named(
        &exported(8_000),
        joint,
        "column propensity: is not of these actions: their mean weight is 8.00, and no policy's is above 1",
    );
    let halved = factored(4_000).replace(";0.25;0.5;0.5;0.25;", ";0.25;0.125;0.5;0.25;");
    named(&halved, &format!("{FACTORS} uniform"), &format!("column propensity_channel: {text}"));
}

#[test]
fn whether_to_contact_at_all_is_evaluated_as_it_stands() {
    let mut log = "contact,reward,propensity,null_propensity\n".to_owned();
    for place in 0..4_000 {
        let silent = place % 20 == 0;
        let (contact, p) = if silent { ("no", 0.05) } else { ("yes", 0.95) };
        writeln!(log, "{contact},{},{p},0.05", u8::from(!silent)).unwrap();
    }
    let report = of(&log, "--action contact --policy constant:yes").unwrap();
    assert!((value(&report, Estimator::Ips) - 1.0).abs() < 1e-9, "{:?}", report.value);
    let silent = of(&log, "--action contact --policy constant:no").unwrap();
    assert!(is(value(&silent, Estimator::Ips), 0.0));
}

#[test]
fn what_is_wrong_with_a_log_names_row_and_column() {
    let fine = "a,1,0.5";
    let head = "action,reward,propensity";
    let with = |row: &str| format!("{head}\n{fine}\n{row}\n");
    let cases = [
        (
            "action,reward\na,1\n".to_owned(),
            "column propensity: missing; the header has action, reward",
        ),
        (format!("{head},reward\n"), "column reward: stands twice in the header"),
        (with("a,1,0"), "row 3, column propensity: must be above 0 and at most 1"),
        (with("a,1,1.2"), "row 3, column propensity: must be above 0 and at most 1"),
        (with("a,1,NaN"), "row 3, column propensity: must be a finite number"),
        (with("a,1,"), "row 3, column propensity: is empty"),
        (with("a,much,0.5"), "row 3, column reward: must be a number, or yes or no"),
        (with(",1,0.5"), "row 3, column action: is empty"),
        (with("a,1"), "the file is no CSV"),
        (format!("{head}\n{fine}\n"), "at least two decisions are needed, the file has 1"),
        (
            format!("decision_id,{head}\nd1,{fine}\nd2,{fine}\nd1,{fine}\n"),
            "row 4, column decision_id: the decision stands in row 2 already",
        ),
        (
            format!("{head},predicted\n{fine},1\n"),
            "column predicted_target: missing; the header has action, reward, propensity, predicted",
        ),
    ];
    for (log, message) in cases {
        assert_eq!(wrong(&log, "--policy uniform"), message);
    }
    let column =
        wrong("action,reward,propensity,mine\na,1,0.5,0.5\na,1,0.5,2\n", "--policy column:mine");
    assert_eq!(column, "row 3, column mine: must be between 0 and 1");
    let factor = factored(3).replacen(";0.5;0.5;0.25", ";0.5;0;0.25", 1);
    let factor = wrong(&factor, &format!("{FACTORS} uniform"));
    assert_eq!(factor, "row 2, column propensity_tone: must be above 0 and at most 1");
}

#[test]
fn columns_may_have_other_names() {
    let log = "item_id,click,propensity_score,position\n7,0,0.5,1\n8,1,0.5,2\n";
    let options =
        "--policy constant:8 --action item_id --reward click --propensity propensity_score";
    let report = of(log, options).unwrap();
    assert!(is(value(&report, Estimator::Ips), 1.0) && !report.passes);
}

#[test]
fn a_policy_that_is_none_of_these_is_refused_with_what_there_is() {
    let words = ["kulanz", "policy", "evaluate", "log.csv", "--policy", "next.policy"];
    let error = Cli::try_parse_from(words).unwrap_err().to_string();
    assert!(error.contains("`column:NAME` or `file:PATH`"), "{error}");
}

/// The log of three actions as Parquet, with the types that data tools give such columns.
fn parquet_log() -> Vec<u8> {
    const SCHEMA: &str = "message log { required binary action (utf8); required boolean reward; required double propensity; optional binary group (utf8); }";
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let places = 0..6_000_usize;
    let actions = places.clone().map(|place| ["letter", "sms", "email"][place % 3].into());
    column::<ByteArrayType>(&mut rows, &actions.collect::<Vec<_>>(), None);
    let paid = places.clone().map(|place| place / 3 % 5 < if place % 3 == 0 { 3 } else { 1 });
    column::<BoolType>(&mut rows, &paid.collect::<Vec<_>>(), None);
    column::<DoubleType>(&mut rows, &vec![1.0 / 3.0; 6_000], None);
    // Nobody knows the group of the last.
    let groups = places.map(|place| i16::from(place != 5_999)).collect::<Vec<_>>();
    column::<ByteArrayType>(&mut rows, &vec!["older".into(); 5_999], Some(&groups));
    rows.close().unwrap();
    writer.into_inner().unwrap()
}

fn column<T: DataType>(
    rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    present: Option<&[i16]>,
) {
    let mut column = rows.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, present, None).unwrap();
    column.close().unwrap();
}

#[test]
fn a_parquet_log_says_what_the_same_log_says_as_csv() {
    let log = parquet_log();
    let report = evaluate(&log[..], &args("--policy constant:letter")).unwrap();
    let same = of(&self::log(), "--policy constant:letter").unwrap();
    assert_eq!(report.value, same.value);
    let group = args("--policy constant:letter --group group");
    let error = evaluate(&log[..], &group).unwrap_err().to_string();
    assert_eq!(error, "row 6000, column group: is empty");
    let cut = evaluate(&log[..log.len() - 9], &args("--policy uniform")).unwrap_err();
    assert_eq!(cut.to_string(), "the file is no Parquet that can be read");
}
