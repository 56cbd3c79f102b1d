use std::io::Write;

use chrono::NaiveDate;
use kulanz_types::Money;

use super::{Portfolio, Survey};
use crate::import::error::ImportError;
use crate::import::field::Field;
use crate::import::mapping::Mapping;
use crate::import::problem::ProblemCode;
use crate::import::row::Row;

const GERMAN: &str = include_str!("../../sample/mappings/erp-german.toml");
const ENGLISH: &str = include_str!("../../sample/mappings/english-csv.toml");
const ENGLISH_SAMPLE: &[u8] = include_bytes!("../../sample/english.csv");
const SAMPLE: &[u8] = include_bytes!("../../sample/portfolio.csv");

const HEADER: &str = "Rechnungsnummer;Kundennummer;Rechnungsdatum;Fälligkeitsdatum;Betrag;Währung;\
    Anrede;Vorname;Nachname;Firma;Straße;PLZ;Ort;Land;E-Mail;Mobil;Geburtsdatum;Sprache;\
    Vertragsgegenstand;Vertragsdatum;Mahnung_am;Verbraucher;Widerspruch;Bestellungen_12M;\
    Zahlungsart;Kunde_seit";

/// Changed cells, and the problem that they must be answered with.
type Planted<'a> = (&'a [(&'a str, &'a str)], ProblemCode, Option<Field>);

/// A row without a fault: Ännchen Übel owes 1.234,56 EUR.
const GOOD: [&str; 26] = [
    "A-1",
    "K-1",
    "01.04.2026",
    "01.05.2026",
    "1.234,56",
    "EUR",
    "Frau",
    "Dr. Ännchen",
    "Übel",
    "",
    "Testweg 1",
    "04109",
    "Leipzig",
    "DE",
    "a.uebel@example.org",
    "0152/28817386",
    "29.02.1980",
    "de",
    "\"Abo \"\"Haus; Hof\"\"\"",
    "31.03.2026",
    "20.05.2026",
    "J",
    "N",
    "3",
    "Lastschrift",
    "01.01.2020",
];

/// The good row with some cells replaced.
fn row(reference: &str, changes: &[(&str, &str)]) -> String {
    let mut cells = GOOD;
    cells[0] = reference;
    for (column, value) in changes {
        let at = HEADER.split(';').position(|name| name == *column).expect("a column");
        cells[at] = value;
    }
    cells.join(";")
}

fn read(bytes: &[u8], mapping: &str) -> Result<Vec<Row>, ImportError> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    let mapping = Mapping::parse(mapping)?;
    let survey = Survey::of(file.path(), &mapping)?;
    let today = NaiveDate::from_ymd_opt(2026, 11, 16);
    let mut portfolio = Portfolio::open(file.path(), &mapping, &survey, today)?;
    let mut rows = Vec::new();
    while let Some(row) = portfolio.next_row()? {
        rows.push(row);
    }
    assert_eq!(survey.rows(), rows.len() as u64);
    Ok(rows)
}

fn latin1(text: &str) -> Vec<u8> {
    encoding_rs::mem::encode_latin1_lossy(text).into_owned()
}

fn german(rows: &[String]) -> Vec<Row> {
    let text = format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"));
    read(&latin1(&text), GERMAN).expect("the file as a whole is good")
}

fn codes(row: &Row) -> Vec<(ProblemCode, Option<Field>)> {
    row.problems.iter().map(|problem| (problem.code, problem.field)).collect()
}

#[test]
fn a_good_row_is_read_in_full() {
    let rows = german(&[row("A-1", &[])]);
    assert_eq!(codes(&rows[0]), []);
    let record = rows[0].record.as_ref().expect("accepted");
    assert_eq!(record.amount, Money::eur(123_456));
    assert_eq!(record.subject, "Abo \"Haus; Hof\"");
    assert_eq!(record.debtor.first_name, "Dr. Ännchen");
    assert_eq!(record.debtor.postcode, "04109");
    assert_eq!(record.debtor.mobile.as_deref(), Some("+4915228817386"));
    assert_eq!(record.facts["payment_method"], "direct_debit");
    assert_eq!(record.facts["customer_since"], "2020-01-01");
    assert!(record.consumer && !record.disputed);
}

#[test]
fn unusual_rows_that_are_right_go_in_without_a_complaint() {
    let rows = german(&[
        row("A-1", &[("E-Mail", ""), ("Mobil", ""), ("Geburtsdatum", ""), ("Anrede", "")]),
        row("A-2", &[("Mahnung_am", ""), ("Land", "AT"), ("PLZ", "1010"), ("Ort", "Wien")]),
        row("A-3", &[("Land", ""), ("Sprache", ""), ("Widerspruch", ""), ("Nachname", "Çelik")]),
        row(
            "A-4",
            &[
                ("Kundennummer", "K-2"),
                ("Anrede", "Firma"),
                ("Vorname", ""),
                ("Nachname", ""),
                ("Firma", "\"Müller; \"\"Korn\"\" & Söhne GmbH\""),
                ("Geburtsdatum", ""),
                ("Verbraucher", "N"),
            ],
        ),
    ]);
    for row in &rows {
        assert_eq!((codes(row), row.record.is_some()), (vec![], true), "line {}", row.line);
    }
}

#[test]
fn every_kind_of_fault_is_answered_and_the_row_beside_it_goes_in() {
    use Field::{
        Amount, BirthDate, City, ClaimReference, Company, Consumer, Currency, DueDate, Email,
        InvoiceDate, LastName, Phone, Postcode, ReminderDate,
    };
    use ProblemCode as Code;
    let planted: &[Planted] = &[
        (&[("Rechnungsnummer", "")], Code::RequiredFieldMissing, Some(ClaimReference)),
        (&[("Ort", " ")], Code::RequiredFieldMissing, Some(City)),
        (&[("Betrag", "89.90")], Code::AmountInvalid, Some(Amount)),
        (&[("Betrag", "89,901")], Code::AmountInvalid, Some(Amount)),
        (&[("Betrag", "0,00")], Code::AmountZero, Some(Amount)),
        (&[("Betrag", "-43,39")], Code::AmountNegative, Some(Amount)),
        (&[("Währung", "USD")], Code::CurrencyNotAllowed, Some(Currency)),
        (&[("Währung", "Taler")], Code::CurrencyUnknown, Some(Currency)),
        (&[("Fälligkeitsdatum", "30.02.2026")], Code::DateInvalid, Some(DueDate)),
        (&[("Rechnungsdatum", "11.04.26")], Code::DateInvalid, Some(InvoiceDate)),
        (&[("Fälligkeitsdatum", "31.03.2026")], Code::DueBeforeInvoice, Some(DueDate)),
        (
            &[("Mahnung_am", ""), ("Fälligkeitsdatum", "31.10.2062")],
            Code::DueInFuture,
            Some(DueDate),
        ),
        (
            &[
                ("Rechnungsdatum", "04.03.2022"),
                ("Fälligkeitsdatum", "03.04.2022"),
                ("Vertragsdatum", "04.03.2022"),
            ],
            Code::TimeBarred,
            Some(DueDate),
        ),
        (&[("Geburtsdatum", "01.04.2008")], Code::MinorAtContract, Some(BirthDate)),
        (&[("Geburtsdatum", "01.04.1808")], Code::BirthDateImplausible, Some(BirthDate)),
        (&[("Nachname", "")], Code::DebtorNameMissing, Some(LastName)),
        (&[("Firma", "Übel GmbH")], Code::ConsumerContradiction, Some(Consumer)),
        (&[("Verbraucher", "X")], Code::ValueUnknown, Some(Consumer)),
        (&[("Land", "XX")], Code::CountryUnknown, Some(Field::Country)),
        (&[("Firma", "Ü\u{7}bel"), ("Verbraucher", "N")], Code::ControlCharacter, Some(Company)),
        (&[("Mahnung_am", "27.04.2026")], Code::ReminderBeforeDue, Some(ReminderDate)),
        (&[("E-Mail", "a.uebel(at)example.org")], Code::EmailInvalid, Some(Email)),
        (&[("Mobil", "4,91523E+11")], Code::PhoneInvalid, Some(Phone)),
        (&[("Mobil", "030 23125111")], Code::PhoneNotMobile, Some(Phone)),
        (&[("PLZ", "4109")], Code::PostcodeLeadingZero, Some(Postcode)),
        (&[("PLZ", "041090")], Code::PostcodeInvalid, Some(Postcode)),
        (&[("Nachname", "Ã\u{9c}bel")], Code::TextDoubleEncoded, Some(LastName)),
        (&[("Nachname", "Übel<br>")], Code::MarkupInText, Some(LastName)),
        (&[("Sprache", "deu")], Code::LanguageUnknown, Some(Field::Language)),
        (&[("Bestellungen_12M", "viele")], Code::FactInvalid, None),
    ];
    let lines: Vec<String> = planted
        .iter()
        .enumerate()
        .flat_map(|(i, (changes, ..))| {
            [row(&format!("F-{i}"), changes), row(&format!("G-{i}"), &[])]
        })
        .collect();
    let rows = german(&lines);
    for ((changes, code, field), pair) in planted.iter().zip(rows.chunks(2)) {
        assert_eq!(codes(&pair[0]), [(*code, *field)], "{changes:?}");
        assert_eq!(pair[0].record.is_none(), pair[0].problems[0].rejects(), "{changes:?}");
        assert_eq!(
            (codes(&pair[1]), pair[1].record.is_some()),
            (vec![], true),
            "after {changes:?}"
        );
    }
}

#[test]
fn a_record_that_is_cut_off_or_badly_quoted_costs_its_own_line_only() {
    let whole = row("A-1", &[]);
    let rows = german(&[
        whole.rsplit_once(';').expect("cut").0.to_owned(),
        format!("{};", row("A-2", &[])),
        row("A-3", &[("Firma", "\"Übel")]),
        row("A-4", &[]),
        row("A-5", &[("Vertragsgegenstand", "Rohr 5\" lang")]),
        "Summe;;;;99,99;EUR;;;;;;;;;;;;;;;;;;;;".to_owned(),
        row("A-6", &[]),
    ]);
    let found: Vec<_> = rows.iter().map(|row| (row.line, codes(row))).collect();
    assert_eq!(
        found,
        [
            (2, vec![(ProblemCode::FieldCount, None)]),
            (3, vec![(ProblemCode::FieldCount, None)]),
            (4, vec![(ProblemCode::QuoteMalformed, None)]),
            (5, vec![]),
            (6, vec![(ProblemCode::QuoteMalformed, None)]),
            (7, vec![(ProblemCode::TotalsRow, None)]),
            (8, vec![]),
        ]
    );
}

#[test]
fn a_reference_is_claimed_once() {
    let rows = german(&[
        row("A-1", &[]),
        row("A-1", &[]),
        row("A-1", &[("Betrag", "83,09")]),
        row("A-2", &[]),
    ]);
    assert_eq!(codes(&rows[1]), [(ProblemCode::DuplicateRow, Some(Field::ClaimReference))]);
    assert_eq!(codes(&rows[2]), [(ProblemCode::DuplicateReference, Some(Field::ClaimReference))]);
    let accepted: Vec<bool> = rows.iter().map(|row| row.record.is_some()).collect();
    assert_eq!(accepted, [true, false, false, true]);
}

#[test]
fn another_person_under_a_customer_number_is_named_wherever_the_row_stands() {
    let other = [("Vorname", "Ole"), ("Nachname", "Anders"), ("Geburtsdatum", "01.01.1957")];
    let married = [("Nachname", "Übel-Anders"), ("Anrede", "Frau")];
    let rows =
        german(&[row("A-1", &other), row("A-2", &[]), row("A-3", &[]), row("A-4", &married)]);
    assert_eq!(
        codes(&rows[0]),
        [(ProblemCode::CustomerNumberConflict, Some(Field::CustomerNumber))]
    );
    assert!(rows[0].record.is_some());
    assert_eq!(rows[1..].iter().flat_map(codes).count(), 0);
}

#[test]
fn nothing_personal_stands_in_a_reason() {
    let rows = german(&[
        row("A-1", &[("Geburtsdatum", "31.02.1980"), ("E-Mail", "ännchen"), ("PLZ", "1")]),
        row(
            "A-2",
            &[("Währung", "Ännchen Übel, Testweg"), ("Verbraucher", "Ännchen Übel, privat")],
        ),
    ]);
    for problem in rows.iter().flat_map(|row| &row.problems) {
        for personal in ["1980", "nnchen", "bel"] {
            assert!(!problem.reason.contains(personal), "{problem}");
        }
    }
    assert_eq!(rows[0].problems.len() + rows[1].problems.len(), 5);
}

#[test]
fn a_file_that_does_not_fit_its_mapping_is_refused_as_a_whole() {
    let good = row("A-1", &[]);
    let refused = |header: &str| {
        read(&latin1(&format!("{header}\r\n{good}\r\n")), GERMAN).err().expect("refused")
    };
    let unknown = HEADER.replace("Ort;", "Stadt;");
    assert!(
        matches!(refused(&unknown), ImportError::ColumnMissing { column, .. } if column == "Ort")
    );
    let more = format!("{HEADER};Notiz");
    assert!(matches!(refused(&more), ImportError::ColumnUnknown(column) if column == "Notiz"));
    let twice = HEADER.replace("Ort;", "PLZ;");
    assert!(matches!(refused(&twice), ImportError::ColumnTwice(_)));
    assert!(matches!(read(b"", GERMAN), Err(ImportError::HeaderMissing)));
}

#[test]
fn a_wrong_encoding_is_named_with_its_line() {
    let text = format!("{HEADER}\r\n{}\r\n", row("A-1", &[]));
    let declared = GERMAN.replace("encoding = \"ISO-8859-1\"", "encoding = \"UTF-8\"");
    let refused = read(&latin1(&text), &declared).err();
    assert!(matches!(refused, Some(ImportError::EncodingWrong { line: 1, .. })), "{refused:?}");
    let refused = read(text.as_bytes(), GERMAN).err();
    let hint = |hint: &str| hint.contains("encoding");
    assert!(
        matches!(&refused, Some(ImportError::ColumnMissing { hint: text, .. }) if hint(text)),
        "{refused:?}"
    );
}

#[test]
fn another_creditors_file_needs_another_mapping_and_nothing_else() -> Result<(), ImportError> {
    let rows = read(ENGLISH_SAMPLE, ENGLISH)?;
    let record = rows[0].record.as_ref().expect("accepted");
    assert_eq!(record.debtor.street, "Linden Yard 3, Flat 2");
    assert_eq!(record.debtor.last_name, "Łukaszewicz");
    assert_eq!(record.creditor_costs, Some(Money::eur(250)));
    assert_eq!(rows[1].record.as_ref().map(|row| row.amount), Some(Money::eur(124_900)));
    // Four line breaks inside the first record are lines of the file, too.
    let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 6, 7, 8, 10, 11, 12, 13]);
    let found: Vec<_> = rows.iter().flat_map(codes).collect();
    let iban = (ProblemCode::IbanInvalid, Some(Field::Iban));
    assert_eq!(found, [iban, (ProblemCode::AmountInvalid, Some(Field::Amount))]);
    Ok(())
}

#[test]
fn the_shipped_sample_goes_in_but_for_its_planted_faults() -> Result<(), ImportError> {
    let rows = read(SAMPLE, GERMAN)?;
    let faults: Vec<_> = rows
        .iter()
        .flat_map(|row| row.problems.iter().map(|problem| (row.line, problem.code)))
        .collect();
    assert_eq!(
        faults,
        [
            (43, ProblemCode::AmountInvalid),
            (82, ProblemCode::DateInvalid),
            (122, ProblemCode::ValueUnknown),
            (162, ProblemCode::FieldCount),
            (202, ProblemCode::EmailInvalid),
            (222, ProblemCode::PostcodeLeadingZero),
            (243, ProblemCode::PhoneInvalid),
            (262, ProblemCode::DuplicateRow),
        ]
    );
    assert_eq!((rows.len(), rows.iter().filter(|row| row.record.is_some()).count()), (352, 347));
    Ok(())
}
