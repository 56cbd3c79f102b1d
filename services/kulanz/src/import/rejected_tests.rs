use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::write_rejected;
use crate::import::problem::ProblemCode;
use crate::import::report::ReportWriter;
use crate::import::row::Row;
use crate::import::run::check;
use crate::import::source::Source;

const GERMAN: &str = include_str!("../../sample/mappings/erp-german.toml");
const HEADER: &str = "Rechnungsnummer;Kundennummer;Rechnungsdatum;Fälligkeitsdatum;Betrag;Währung;\
    Anrede;Vorname;Nachname;Firma;Straße;PLZ;Ort;Land;E-Mail;Mobil;Geburtsdatum;Sprache;\
    Vertragsgegenstand;Vertragsdatum;Mahnung_am;Verbraucher;Widerspruch;Bestellungen_12M;\
    Zahlungsart;Kunde_seit";
const JSON: &str = r#"
    [file]
    encoding = "UTF-8"
    date_formats = ["yyyy-mm-dd"]
    decimal_separator = "."
    ignore = ["meta"]
    [columns]
    "invoice.number" = "claim_reference"
    "invoice.date" = "invoice_date"
    "invoice.due" = "due_date"
    "invoice.total" = "amount"
    "customer.id" = "customer_number"
    "customer.name" = "last_name"
    "customer.street" = "street"
    "customer.zip" = "postcode"
    "customer.town" = "city"
    "customer.private" = "consumer"
    "orders" = { fact = "orders_12m", kind = "integer" }
    [constants]
    currency = "EUR"
    country = "DE"
    subject = "Abo"
    contract_date = "2026-03-31"
    [values.consumer]
    "true" = "yes"
    "false" = "no"
    [rules]
    currencies = ["EUR"]
"#;

fn good(reference: &str) -> String {
    format!(
        "{reference};K-1;01.04.2026;01.05.2026;1.234,56;EUR;Frau;Ännchen;Übel;;Testweg 1;04109;\
         Leipzig;DE;a@example.org;;29.02.1980;de;\"Abo; Haus\";31.03.2026;20.05.2026;J;N;3;\
         Lastschrift;01.01.2020"
    )
}

fn object(number: &str, total: &str) -> String {
    format!(
        r#"{{"invoice": {{"number": "{number}", "date": "2026-04-01", "due": "2026-05-01", "total": {total}}},
         "customer": {{"id": 7, "name": "Übel", "street": "Testweg 1", "zip": "04109", "town": "Leipzig",
         "private": true}}, "orders": 3, "meta": {{"source": ["crm"]}}}}"#
    )
    .replace('\n', "")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }
}

fn folder() -> Folder {
    Folder(tempfile::TempDir::new().expect("a folder"))
}

fn open(path: &Path, mapping: &str) -> Source {
    Source::open(path, mapping, NaiveDate::from_ymd_opt(2026, 11, 16)).expect("a good file")
}

/// The rejected rows of a file that is only checked.
fn rejected(path: &Path, mapping: &str) -> Option<Vec<u8>> {
    let source = open(path, mapping);
    let mut report = Vec::new();
    check(&source, ReportWriter::new(&mut report).expect("a report")).expect("checked");
    let mut written = Vec::new();
    let opened = std::cell::Cell::new(false);
    let target = &mut written;
    let open = || {
        opened.set(true);
        Ok(target)
    };
    let count = write_rejected(&source, report.as_slice(), open).expect("written");
    assert_eq!(count > 0, opened.get(), "a file without rejected rows opens nothing");
    opened.get().then_some(written)
}

fn rows(path: &Path, mapping: &str) -> Vec<Row> {
    let source = open(path, mapping);
    let mut rows = Vec::new();
    let mut portfolio = source.rows().expect("the file");
    while let Some(row) = portfolio.next_row().expect("a row") {
        rows.push(row);
    }
    rows
}

fn latin1(text: &str) -> Vec<u8> {
    encoding_rs::mem::encode_latin1_lossy(text).into_owned()
}

#[test]
fn rejected_rows_stand_as_they_stood_with_what_is_wrong_and_come_back() {
    let folder = folder();
    let faulty = good("A-2").replace("1.234,56", "89.90").replace("01.05.2026", "31.02.2026");
    let cut = "A-3;K-1";
    let text = format!("{HEADER}\r\n{}\r\n{faulty}\r\n{cut}\r\n", good("A-1"));
    let file = folder.file("portfolio.csv", &latin1(&text));
    let written = rejected(&file, GERMAN).expect("two rejected rows");
    let lines = encoding_rs::mem::decode_latin1(&written).into_owned();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], format!("{HEADER};kulanz_line;kulanz_codes;kulanz_problems"));
    assert!(
        lines[1].starts_with(&format!("{faulty};3;DATE_INVALID AMOUNT_INVALID;")),
        "{}",
        lines[1]
    );
    assert!(lines[2].starts_with("A-3;K-1;4;FIELD_COUNT;"), "{}", lines[2]);
    assert_eq!(lines.len(), 3);

    let mended = lines[1].replace("89.90", "89,90").replace("31.02.2026", "01.05.2026");
    let again = folder.file("again.csv", &latin1(&format!("{}\n{mended}\n", lines[0])));
    let row = rows(&again, GERMAN).remove(0);
    assert!(row.record.is_some(), "{:?}", row.problems);
    assert_eq!(rejected(&again, GERMAN), None);

    // Rejected once more, it carries what is wrong now, once.
    let still = lines[1].replace("31.02.2026", "01.05.2026");
    let again = folder.file("again.csv", &latin1(&format!("{}\n{still}\n", lines[0])));
    let once_more = latin1_text(&rejected(&again, GERMAN).expect("a rejected row"));
    assert_eq!(once_more.matches("kulanz_line").count(), 1);
    assert!(once_more.contains(";2;AMOUNT_INVALID;"), "{once_more}");
    assert!(once_more.contains("\"Abo; Haus\""), "{once_more}");
}

fn latin1_text(bytes: &[u8]) -> String {
    encoding_rs::mem::decode_latin1(bytes).into_owned()
}

#[test]
fn json_lines_are_read_by_dotted_paths() {
    let folder = folder();
    let text = format!("{}\n\n{}\n", object("A-1", "\"89.90\""), object("A-2", "12.30"));
    let file = folder.file("portfolio.jsonl", text.as_bytes());
    let rows = rows(&file, JSON);
    let record = rows[0].record.as_ref().expect("a good row");
    assert_eq!((rows[0].line, rows[1].line), (1, 3));
    assert_eq!(record.claim_reference, "A-1");
    assert_eq!(record.amount, kulanz_types::Money::eur(8_990));
    assert_eq!((record.customer_number.as_str(), record.facts["orders_12m"].as_str()), ("7", "3"));
    assert!(record.consumer);
    assert_eq!(
        rows[1].record.as_ref().expect("a good row").amount,
        kulanz_types::Money::eur(1_230)
    );
}

#[test]
fn rejected_json_lines_come_back_too() {
    let folder = folder();
    let text = format!(
        "{}\n{}\nno object\n{{\"orders\": [1]}}\n",
        object("A-1", "\"89.90\""),
        object("A-2", "\"89,90\"")
    );
    let file = folder.file("portfolio.ndjson", text.as_bytes());
    let codes: Vec<ProblemCode> = rows(&file, JSON)
        .iter()
        .flat_map(|row| &row.problems)
        .map(|problem| problem.code)
        .collect();
    let malformed = ProblemCode::JsonMalformed;
    assert_eq!(codes, [ProblemCode::AmountInvalid, malformed, malformed]);
    let written = String::from_utf8(rejected(&file, JSON).expect("rejected rows")).expect("UTF-8");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 3);
    let original = object("A-2", "\"89,90\"");
    assert!(lines[0].starts_with(original.strip_suffix('}').expect("an object")), "{}", lines[0]);
    assert!(lines[0].contains("\"kulanz_codes\":\"AMOUNT_INVALID\""), "{}", lines[0]);
    assert!(lines[1].contains("\"kulanz_text\":\"no object\""), "{}", lines[1]);
    let mended = folder.file("mended.jsonl", lines[0].replace("89,90", "89.90").as_bytes());
    let row = rows(&mended, JSON).remove(0);
    assert!(row.record.is_some(), "{:?}", row.problems);
}

#[test]
fn a_key_that_no_line_has_and_one_that_nobody_mapped_are_found_before_anything_is_sent() {
    let folder = folder();
    let file = folder.file("a.jsonl", object("A-1", "\"1.00\"").as_bytes());
    let refused = |mapping: &str| match Source::open(&file, mapping, None) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("the mapping does not fit"),
    };
    let missing = refused(&JSON.replace("\"orders\" =", "\"customer.orders\" ="));
    assert!(missing.contains("\"orders\""), "{missing}");
    let missing = refused(
        &JSON
            .replace("\"customer.name\"", "\"customer.surname\"")
            .replace("ignore = [\"meta\"]", "ignore = [\"meta\", \"customer.name\"]"),
    );
    assert!(missing.contains("\"customer.surname\""), "{missing}");
}
