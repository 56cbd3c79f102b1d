use clap::Parser;

use super::report::Figures;
use super::*;
use crate::cli::{Cli, Command};
use crate::experiment::args::ExperimentCommand;

fn args(options: &str) -> AnalyzeArgs {
    let words = ["kulanz", "experiment", "analyze", "f.csv"].into_iter().chain(options.split(' '));
    match Cli::try_parse_from(words).unwrap().command {
        Command::Experiment(ExperimentCommand::Analyze(args)) => *args,
        other => panic!("{other:?}"),
    }
}

fn of(table: &str, options: &str) -> Result<Analysis, AnalyzeError> {
    analyze(table.as_bytes(), &args(options))
}

fn refused(table: &str, options: &str) -> String {
    of(table, options).unwrap_err().to_string()
}

const BASIC: &str = "--unit person --arm arm --metric paid";

/// 200 people in each arm; 60 of the control and 100 of the treatment pay, in two parts each.
fn table() -> String {
    let mut table = "person,arm,paid,score,cost\n".to_owned();
    for person in 0..400 {
        let treated = person % 2 == 1;
        let pays = person / 2 < if treated { 100 } else { 60 };
        let arm = if treated { "warm" } else { "plain" };
        for _ in 0..2 {
            let half = if pays { "0.5" } else { "0" };
            let score = (person % 7).to_string();
            table.extend(["p", &person.to_string(), ",", arm, ",", half, ",", &score, ",2\n"]);
        }
    }
    table
}

fn effect(given: &Given<Both>) -> (&Figures, &Figures) {
    match given {
        Given::Found(Both {
            absolute: Given::Found(absolute),
            relative: Given::Found(relative),
        }) => (absolute, relative),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_of_a_unit_are_added_up_before_arms_are_compared() {
    let found = of(&table(), BASIC).unwrap();
    assert_eq!((found.kind, found.control.as_str()), (Metric::Proportion, "plain"));
    let units: Vec<_> = found.arms.iter().map(|arm| (arm.units, arm.converted)).collect();
    assert_eq!(units, [(200, 60), (200, 100)]);
    let (absolute, relative) = effect(&found.comparisons[0].observed);
    assert!((absolute.effect - 0.2).abs() < 1e-12);
    assert!((relative.effect - 2.0 / 3.0).abs() < 1e-12);
    // Welch's test of 60/200 against 100/200, by scipy from the same variances.
    assert!((absolute.fixed.p_value - WELCH).abs() < 1e-9, "{}", absolute.fixed.p_value);
    assert!(!found.split.alarm && found.split.p_value > 0.999);
    assert!(found.comparisons[0].adjusted.is_none());
}

const WELCH: f64 = 3.742_145_294_733_016e-05;

#[test]
fn a_ratio_divides_sums_and_a_covariate_is_taken_off() {
    let found =
        of(&table(), &format!("{BASIC} --denominator cost --covariate score --at 400")).unwrap();
    assert_eq!(found.kind, Metric::Ratio);
    let Given::Found(mean) = found.arms[0].mean else { panic!("{:?}", found.arms) };
    assert!((mean - 60.0 / 800.0).abs() < 1e-12);
    let adjusted = found.comparisons[0].adjusted.as_ref().unwrap();
    assert!(adjusted.theta.abs() > 0.0);
    let lines = render(&found).join("\n");
    assert!(
        lines.contains("warm against plain: a difference") && lines.contains("adjusted relative")
    );
}

#[test]
fn a_control_and_weights_may_be_named() {
    let found =
        of(&table(), &format!("{BASIC} --control warm --weights plain=0.9,warm=0.1")).unwrap();
    assert!(effect(&found.comparisons[0].observed).0.effect < 0.0);
    assert!(found.split.alarm && found.split.weights_given);
    let unknown = refused(&table(), &format!("{BASIC} --control red"));
    assert_eq!(unknown, "--control: the table has no arm red; it has plain, warm");
    let open = refused(&table(), &format!("{BASIC} --weights plain=0.9"));
    assert_eq!(open, "--weights: the arm warm has none");
    let twice = refused(&table(), &format!("{BASIC} --weights plain=0.9,plain=0.1"));
    assert_eq!(twice, "--weights: the arm plain has two");
}

#[test]
fn what_is_wrong_with_a_table_names_row_and_column() {
    let cases = [
        ("person,arm\np,a\n", "column paid: missing; the header has person, arm"),
        ("person,arm,paid,paid\np,a,1,1\n", "column paid: stands twice in the header"),
        ("person,arm,paid\np,a,1\nq,b,nan\n", "row 3, column paid: must be a finite number"),
        ("person,arm,paid\np,a,inf\n", "row 2, column paid: must be a finite number"),
        ("person,arm,paid\np,a,1\nq,b,\n", "row 3, column paid: is empty"),
        (
            "person,arm,paid\np,a,1\nq,b,many\n",
            "row 3, column paid: must be a number, or yes or no",
        ),
        ("person,arm,paid\np,,1\n", "row 2, column arm: is empty"),
        ("person,arm,paid\n,a,1\n", "row 2, column person: is empty"),
        (
            "person,arm,paid\np,a,1\nq,b,1\np,b,1\n",
            "row 4, column arm: the unit of row 2 is in arm a there",
        ),
        ("person,arm,paid\np,a,\nq,b,\n", "column paid: the metric is never observed"),
        ("person,arm,paid\n", "column paid: the metric is never observed"),
        ("person,arm,paid\np,a,1\nq,a,0\n", "column arm: holds the arm a alone"),
        ("person,arm,paid\np,a,1,7\n", "the file is no CSV"),
    ];
    for (table, message) in cases {
        assert_eq!(refused(table, BASIC), message);
    }
    let changes = "person,arm,paid,score\np,a,1,1\np,a,1,2\nq,b,1,1\n";
    let message = "row 3, column score: differs from row 2 of the same unit";
    assert_eq!(refused(changes, &format!("{BASIC} --covariate score")), message);
}

#[test]
fn semicolons_quotes_yes_and_no_and_a_byte_order_mark_are_read() {
    let table =
        "\u{feff}\"arm\";\"paid\"\n\"a;1\";\"yes\"\n\"a;1\";\"no\"\n\"b\";\"no\"\n\"b\";\"yes\"\n";
    let found = of(table, "--arm arm --metric paid").unwrap();
    assert_eq!(found.arms[0].arm, "a;1");
    assert_eq!((found.arms[0].units, found.arms[0].converted), (2, 1));
}

#[test]
fn too_few_conversions_are_said_instead_of_a_sequence() {
    let table = "arm,paid\na,1\na,0\na,0\nb,1\nb,1\nb,0\n";
    let found = of(table, "--arm arm --metric paid").unwrap();
    let lines = render(&found).join("\n");
    assert!(lines.contains("any look      an arm has 1 of 50 conversions"), "{lines}");
    assert!(lines.contains("observed relative: the control has 1 of 10 conversions"), "{lines}");
    let json = serde_json::to_value(&found).unwrap();
    let always = &json["comparisons"][0]["observed"]["absolute"]["always_valid"];
    assert!(always["refused"].as_str().unwrap().contains("1 of 50"));
    assert_eq!(json["comparisons"][0]["stands"], false);
}

#[test]
fn quantiles_of_each_arm_are_shown_where_they_are_asked_for() {
    let mut table = "arm,days\nc,4\n".to_owned();
    for day in 1..=100 {
        table.extend(["a,", &day.to_string(), "\nb,7\n"]);
    }
    let found = of(&table, "--arm arm --metric days --quantile 0.5,0.9").unwrap();
    let Given::Found(median) = &found.arms[0].quantiles[0] else { panic!("{:?}", found.arms) };
    // The table of any textbook on order statistics: places 40 and 61 of 100.
    let ends = (median.fixed.lower, median.fixed.upper);
    assert_eq!((median.value, ends), (50.0, (Some(40.0), Some(61.0))));
    assert!(median.always_valid.lower < Some(40.0) && median.always_valid.upper > Some(61.0));
    let lines = render(&found).join("\n");
    assert!(lines.contains("a quantile 0.5: 50, one look [40, 61], any look ["), "{lines}");
    assert!(lines.contains("b quantile 0.9: 7, one look [7, 7]"), "{lines}");
    assert!(lines.contains("c quantiles: an arm has 1 units, at least 2 are needed"), "{lines}");
    let without = of(&table, "--arm arm --metric days").unwrap();
    let json = serde_json::to_value(&without).unwrap();
    assert!(json["arms"][0].get("quantiles").is_none());
}
