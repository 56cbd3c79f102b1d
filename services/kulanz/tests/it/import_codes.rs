//! A creditor's file with a planted row for each kind of fault, as CSV and as JSON lines: the rejected rows
//! come back with their codes, are corrected where they stand, and go in with the same mapping.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use indicatif::ProgressBar;
use kulanz::import::{Counts, ImportRun, ReportWriter, Source, write_rejected};
use kulanz_chassis::Role;
use kulanz_proto::claims::v1::{Claim, ListClaimsRequest};
use kulanz_testkit::{Backend, House, on_both_backends};
use kulanz_tests::World;
use kulanz_types::{CreditorId, berlin_date};
use tempfile::NamedTempFile;

const MAPPING: &str = r#"
[file]
encoding = "UTF-8"
date_formats = ["yyyy-mm-dd"]
decimal_separator = ","

[columns]
"number" = "claim_reference"
"customer" = "customer_number"
"invoiced" = "invoice_date"
"due" = "due_date"
"open" = "amount"
"paid" = "already_paid"
"name" = "last_name"
"ordered" = "subject"
"ordered_on" = "contract_date"
"reminded" = "reminder_date"
"fee" = "creditor_costs"
"fee_for" = "creditor_costs_reason"
"rate" = "contractual_rate"
"rate_why" = "contractual_rate_reason"
"loan" = "consumer_loan"
"secured" = "secured"
"title" = "title_final_on"
"died" = "deceased"
"shield" = "protection"

[constants]
currency = "EUR"
street = "Testweg 1"
postcode = "04109"
city = "Leipzig"
country = "DE"
consumer = "yes"

[values.protection]
"" = "none"
"insolvent" = "insolvency"
"adviser" = "debt_adviser"

[values.consumer_loan]
"" = "no"
"x" = "yes"

[values.secured]
"" = "no"
"x" = "yes"

[values.deceased]
"" = "no"
"x" = "yes"

[rules]
currencies = ["EUR"]
"#;

/// Every column, and what stands there in a row without a fault.
const GOOD: [(&str, &str); 19] = [
    ("number", ""),
    ("customer", ""),
    ("invoiced", "2026-04-01"),
    ("due", "2026-05-01"),
    ("open", "249,90"),
    ("paid", ""),
    ("name", ""),
    ("ordered", "Trekkingrad"),
    ("ordered_on", "2026-03-31"),
    ("reminded", "2026-05-20"),
    ("fee", ""),
    ("fee_for", ""),
    ("rate", ""),
    ("rate_why", ""),
    ("loan", ""),
    ("secured", ""),
    ("title", ""),
    ("died", ""),
    ("shield", ""),
];

/// What is planted in a row, the code that answers it, and what mends it.
struct Planted {
    code: &'static str,
    cells: &'static [(&'static str, &'static str)],
    mended: &'static [(&'static str, &'static str)],
}

const fn planted(
    code: &'static str,
    cells: &'static [(&'static str, &'static str)],
    mended: &'static [(&'static str, &'static str)],
) -> Planted {
    Planted { code, cells, mended }
}

/// Faults that keep a row out; the reader finds some, claims the others.
const REJECTED: [Planted; 14] = [
    planted("INTEREST_ABOVE_LAW", &[("rate", "12")], &[("rate_why", "§ 7 of the contract")]),
    planted("RATE_INVALID", &[("rate", "5.5")], &[("rate", "5,5")]),
    planted("COSTS_WITHOUT_REASON", &[("fee", "2,50")], &[("fee_for", "reminder by letter")]),
    planted("CONTRACT_FACTS_MISSING", &[("ordered", "")], &[("ordered", "Zelt")]),
    planted(
        "DUE_BEFORE_CONTRACT",
        &[("ordered_on", "2026-05-02")],
        &[("ordered_on", "2026-03-31")],
    ),
    planted("DUE_BEFORE_INVOICE", &[("due", "2026-03-31")], &[("due", "2026-05-01")]),
    planted("TIME_BARRED", &OLD, &[("title", "2022-02-01")]),
    planted("TITLE_DATE_INVALID", &[("title", "2026-12-24")], &[("title", "")]),
    planted("VALUE_UNKNOWN", &[("shield", "ill")], &[("shield", "insolvent")]),
    planted("AMOUNT_NEGATIVE", &[("open", "-43,39")], &[("open", "43,39")]),
    planted("AMOUNT_INVALID", &[("paid", "249,90")], &[("paid", "49,90")]),
    planted("DEBTOR_NAME_MISSING", &[("name", "")], &[("name", "Nachgereicht")]),
    // The number of the first row, written otherwise.
    planted(
        "DUPLICATE_CLAIM",
        &[("number", "R_1"), ("customer", "K-GOOD"), ("name", "Gut")],
        &[("number", "R-2"), ("open", "99,00")],
    ),
    planted(
        "DUPLICATE_REFERENCE",
        &[("number", "R-1"), ("customer", "K-GOOD"), ("name", "Gut"), ("open", "10,00")],
        &[("number", "R-3")],
    ),
];

const OLD: [(&str, &str); 4] = [
    ("invoiced", "2020-04-01"),
    ("due", "2020-05-01"),
    ("ordered_on", "2020-03-31"),
    ("reminded", "2020-05-20"),
];

/// Rows that go in with a warning.
const WARNED: [Planted; 4] = [
    planted("DECEASED", &[("died", "x")], &[]),
    planted("DEBTOR_SHIELDED", &[("shield", "adviser")], &[]),
    planted(
        "COSTS_WITHOUT_DEFAULT",
        &[("reminded", ""), ("fee", "2,50"), ("fee_for", "letter")],
        &[],
    ),
    planted("RATE_IMPLAUSIBLE", &[("rate", "25"), ("rate_why", "§ 7 of the contract")], &[]),
];

type Cells = BTreeMap<String, String>;

fn row(code: &str, cells: &[(&str, &str)]) -> Cells {
    let mut row: Cells =
        GOOD.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect();
    row.insert("number".into(), format!("R-{code}"));
    row.insert("customer".into(), format!("K-{code}"));
    row.insert("name".into(), code.to_owned());
    row.extend(cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())));
    row
}

fn rows() -> Vec<Cells> {
    let full = [
        ("open", "500,00"),
        ("customer", "K-GOOD"),
        ("name", "Gut"),
        ("fee", "2,50"),
        ("fee_for", "reminder by letter"),
        ("rate", "7,5"),
        ("rate_why", "§ 7 of the contract"),
        ("secured", "x"),
        ("paid", "49,90"),
    ];
    let first = row("GOOD", &[("number", "R-1"), ("customer", "K-GOOD"), ("name", "Gut")]);
    let planted = REJECTED.iter().chain(&WARNED).map(|planted| row(planted.code, planted.cells));
    [first, row("FULL", &full), row("LOAN", &[("loan", "x")])].into_iter().chain(planted).collect()
}

/// A file of these rows in one of the two kinds.
fn written(kind: &str, rows: &[Cells]) -> NamedTempFile {
    let mut file =
        tempfile::Builder::new().suffix(&format!(".{kind}")).tempfile().expect("a temporary file");
    if kind == "jsonl" {
        for row in rows {
            writeln!(file, "{}", serde_json::to_string(row).expect("an object")).expect("written");
        }
        return file;
    }
    let mut writer = csv::Writer::from_writer(file.as_file_mut());
    writer.write_record(rows[0].keys()).expect("a header");
    for row in rows {
        writer.write_record(row.values()).expect("a row");
    }
    writer.flush().expect("written");
    drop(writer);
    file
}

fn read(kind: &str, path: &Path) -> Vec<Cells> {
    if kind == "jsonl" {
        let text = std::fs::read_to_string(path).expect("the file");
        let cells = |line: &str| {
            let object: BTreeMap<String, serde_json::Value> =
                serde_json::from_str(line).expect("an object");
            object.into_iter().map(|(key, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                (key, text)
            })
        };
        return text.lines().map(|line| cells(line).collect()).collect();
    }
    let mut reader = csv::Reader::from_path(path).expect("the file");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// Imports a file; its counts, the rejected rows, and the codes by reference.
async fn imported(
    world: &World,
    kind: &str,
    file: &Path,
) -> (Counts, Vec<Cells>, Vec<(String, String)>) {
    let today = berlin_date(world.house.now());
    let source = Source::open(file, MAPPING, Some(today)).expect("a good file");
    let creditor: CreditorId = world.creditor_id.parse().expect("an id");
    let run = ImportRun { source: &source, creditor, dry_run: false, names_debtors: false };
    let kept = NamedTempFile::new().expect("a report");
    let report = ReportWriter::new(kept.reopen().expect("it")).expect("a report");
    let token = world.house.token_of(world.tenant, Role::Integration);
    let clients = world.house.clients();
    let bar = ProgressBar::hidden();
    let outcome = run.send(clients.claims(), &token, report, &bar).await.expect("imported");
    let rejected = NamedTempFile::new().expect("a file");
    let report = || File::open(kept.path()).expect("the report");
    write_rejected(&source, report(), || rejected.reopen()).expect("written");
    let mut lines = csv::Reader::from_reader(report()).into_records();
    let mut codes = Vec::new();
    while let Some(line) = lines.next().transpose().expect("a line") {
        codes.push((line[1].to_owned(), line[3].to_owned()));
    }
    let written = rejected.as_file().metadata().expect("a file").len() > 0;
    let rows = if written { read(kind, rejected.path()) } else { Vec::new() };
    (outcome.counts, rows, codes)
}

async fn claims(world: &World) -> Vec<Claim> {
    let asked = ListClaimsRequest { page_size: 1_000, ..Default::default() };
    let asked = world.ask(Role::Agent, asked);
    world.house.clients().claims().list_claims(asked).await.expect("claims").into_inner().claims
}

async fn corrected_and_imported_again(backend: Backend, kind: &str) {
    let world = World::found(House::build(backend, &[kulanz_claims::DEFINITION])).await;
    let rows = rows();
    let file = written(kind, &rows);
    let (counts, mut rejected, codes) = imported(&world, kind, file.path()).await;
    for planted in REJECTED.iter().chain(&WARNED) {
        let number = row(planted.code, planted.cells).remove("number").expect("a number");
        let found = codes.iter().any(|(of, code)| *of == number && code == planted.code);
        assert!(found, "{number} {}: {codes:?}", planted.code);
    }
    assert_eq!(rejected.len(), REJECTED.len(), "{codes:?}");
    assert_eq!((counts.accepted, counts.warned), (3, u64::try_from(WARNED.len()).expect("few")));
    for (row, planted) in rejected.iter_mut().zip(&REJECTED) {
        assert!(row["kulanz_codes"].contains(planted.code), "{row:?}");
        assert!(!row["kulanz_problems"].is_empty());
        let mended =
            planted.mended.iter().map(|(key, cell)| ((*key).to_owned(), (*cell).to_owned()));
        row.extend(mended);
    }
    let corrected = written(kind, &rejected);
    let (again, left, codes) = imported(&world, kind, corrected.path()).await;
    assert!(left.is_empty(), "{codes:?}");
    assert_eq!(again.claims, u64::try_from(REJECTED.len()).expect("few"), "{codes:?}");
    let claims = claims(&world).await;
    assert_eq!(claims.len(), 3 + REJECTED.len() + WARNED.len());
    let of = |number: &str| claims.iter().find(|claim| claim.reference == number).expect("it");
    assert!(of("R-FULL").secured && of("R-TIME_BARRED").secured && of("R-LOAN").consumer_loan);
    world.house.stop().await;
}

on_both_backends! {
    async fn rejected_rows_of_a_csv_file_go_in_once_they_are_corrected(backend: Backend) {
        corrected_and_imported_again(backend, "csv").await;
    }

    async fn rejected_lines_of_json_go_in_once_they_are_corrected(backend: Backend) {
        corrected_and_imported_again(backend, "jsonl").await;
    }
}
