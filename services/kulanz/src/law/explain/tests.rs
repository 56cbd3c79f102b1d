use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};
use crate::law::args::{Lang, LawCommand};

fn parse(line: &str) -> Result<Box<ExplainArgs>, clap::Error> {
    let words = ["kulanz", "law", "explain"].into_iter().chain(line.split_whitespace());
    match Cli::try_parse_from(words)?.command {
        Command::Law(LawCommand::Explain(args)) => Ok(args),
        other => panic!("{other:?}"),
    }
}

fn explained(line: &str) -> Explanation {
    let today = "2026-11-22".parse().unwrap();
    explain(&Claim::from_args(&parse(line).unwrap(), today).unwrap()).unwrap()
}

const CLAIM: &str = "--principal 1200 --due 2025-10-01 --reminder 2025-11-17";

#[test]
fn a_consumers_claim_shows_interest_from_the_day_after_the_reminder() {
    let found = explained(&format!("{CLAIM} --as-of 2026-11-22"));
    assert_eq!(found.default.unwrap().start.first_day.to_string(), "2025-11-18");
    let shown: Vec<_> = found.interest.iter().map(|line| line.formula.as_str()).collect();
    assert_eq!(
        shown,
        [
            "1200.00 × 6.27 % × 44 / 365",
            "1200.00 × 6.27 % × 181 / 365",
            "1200.00 × 6.52 % × 145 / 365",
        ]
    );
    // 1,200 x (6.27 x 225 + 6.52 x 145) / 36,500 = 77.462...
    assert_eq!(found.open.interest, Money::eur(7_746));
    assert_eq!(found.total, Money::eur(127_746));
    assert_eq!(found.limitation.expires_on, "2028-12-31".parse().ok());
    assert_eq!(found.interest_limitation.len(), 2);
}

#[test]
fn a_payment_covers_costs_then_interest_then_principal_and_restarts_limitation() {
    let found = explained(&format!(
        "{CLAIM} --ordered 2025-12-01 --payment 2026-01-15:200 --as-of 2026-02-28"
    ));
    // Fee to 1,500: 134.50 x 0.9 = 121.05 and 20.00. Interest to 14 January: 58 days, 11.956.
    let paid = &found.payments[0];
    assert_eq!(paid.formula, "200.00 = 141.05 + 11.96 + 46.99");
    assert_eq!(found.open.principal, Money::eur(115_301));
    // 1,153.01 x 6.27 x 45 / 36,500 = 8.9128; with 11.9559 it is 20.87, of which 11.96 are paid.
    assert_eq!(found.open.interest, Money::eur(891));
    assert_eq!(found.limitation.expires_on, "2029-01-15".parse().ok());
}

#[test]
fn what_the_client_is_charged_is_the_most() {
    let found = explained(&format!("{CLAIM} --ordered 2025-12-01 --charged 100.50"));
    let [fee] = found.costs.as_slice() else { panic!("{:?}", found.costs) };
    assert_eq!(
        (fee.formula.as_str(), fee.amount),
        ("min(100.50, 0.9 × 134.50)", Money::eur(10_050))
    );
}

#[test]
fn a_business_owes_nine_points_and_the_flat_sum_once() {
    let found = explained(&format!("{CLAIM} --business --ordered 2025-12-01 --as-of 2025-12-31"));
    assert!(found.interest[0].formula.contains("10.27 %"));
    let costs: Vec<_> = found.costs.iter().map(|line| line.amount.minor_units()).collect();
    assert_eq!(costs, [4_000, 12_105, 2_000, -4_000]);
    assert_eq!(found.open.costs, Money::eur(14_105));
    let alone = explained(&format!("{CLAIM} --business --as-of 2025-12-31"));
    assert_eq!(alone.open.costs, Money::eur(4_000));
}

#[test]
fn without_default_there_is_nothing_but_the_principal() {
    let found = explained("--principal 80 --due 2026-09-01 --ordered 2026-10-01");
    assert!(found.default.is_none());
    assert!(found.costs_refused.unwrap().contains("§§ 280 Abs. 2"));
    assert_eq!(found.total, Money::eur(8_000));
}

#[test]
fn days_after_the_tables_are_marked_with_the_first_of_them() {
    let found = explained(&format!("{CLAIM} --as-of 2027-03-01"));
    assert_eq!(found.provisional_from, "2027-01-01".parse().ok());
    let text = render(&found, Lang::De).join("\n");
    assert!(text.contains("vorläufig ab 2027-01-01"), "{text}");
    let early = "--principal 80 --due 2001-01-01 --calendar-due --as-of 2001-03-01";
    let claim = Claim::from_args(&parse(early).unwrap(), NaiveDate::default()).unwrap();
    let refused = explain(&claim).unwrap_err().to_string();
    assert!(refused.starts_with("--as-of: no base rate § 247 BGB in force on"), "{refused}");
}

#[test]
fn each_line_of_the_text_has_its_norm_in_both_languages() {
    let found = explained(&format!("{CLAIM} --ordered 2025-12-01 --payment 2026-01-15:200"));
    for (lang, word) in [(Lang::De, "Verjährung"), (Lang::En, "Limitation")] {
        let text = render(&found, lang).join("\n");
        for norm in [
            "§ 288 Abs. 1 S. 2 BGB",
            "§ 247 BGB",
            "Nr. 2300 VV RVG",
            "§ 367 Abs. 1 BGB",
            "§ 195",
            word,
        ] {
            assert!(text.contains(norm), "{norm} is missing in\n{text}");
        }
    }
}

#[test]
fn bad_input_names_its_argument() {
    for (line, argument) in [
        ("--principal 12,50 --due 2026-01-01", "--principal"),
        ("--principal -5 --due 2026-01-01", "-5"),
        ("--principal 5 --due 2026-02-30", "--due"),
        ("--principal 5 --due 2026-01-01 --payment 2026-01-05", "--payment"),
        ("--principal 5 --due 2026-01-01 --currency XXX", "--currency"),
        ("--principal 5 --due 2026-01-01 --consumer --business", "--business"),
        ("--principal 5 --due 2026-01-01 --rate-2300 x", "--rate-2300"),
        ("--due 2026-01-01", "--principal"),
    ] {
        let error = parse(line).unwrap_err().to_string();
        assert!(error.contains(argument), "{line}: {error}");
    }
    for (line, argument) in [
        ("--principal 5.001 --due 2026-01-01", "--principal"),
        ("--principal 0 --due 2026-01-01", "--principal"),
        ("--principal 5 --due 2026-01-01 --payment 2026-01-05:0", "--payment"),
        (
            "--principal 5 --due 2026-01-01 --calendar-due --ordered 2026-02-02 --rate-2300 1.1",
            "--rate-2300",
        ),
        ("--principal 5 --due 2020-01-01 --calendar-due --ordered 2020-02-03", "--ordered"),
    ] {
        let today = "2026-11-22".parse().unwrap();
        let found =
            Claim::from_args(&parse(line).unwrap(), today).and_then(|claim| explain(&claim));
        let error = found.unwrap_err().to_string();
        assert!(error.starts_with(argument), "{line}: {error}");
    }
}
