use kulanz_types::{Currency, Money};
use proptest::prelude::*;

use super::*;

const MODERN: &str = include_str!("../../../tests/fixtures/statement_v08.xml");
const OLD: &str = include_str!("../../../tests/fixtures/statement_v02.xml");

fn modern() -> Statement {
    read(MODERN.as_bytes()).unwrap().statements.remove(0)
}

fn refusal(text: &str) -> CamtError {
    read(text.as_bytes()).unwrap_err()
}

fn edited(from: &str, to: &str) -> String {
    assert!(MODERN.contains(from), "the fixture has no {from}");
    MODERN.replacen(from, to, 1)
}

#[test]
fn a_modern_statement_is_read_with_account_entries_and_closing_balance() {
    let file = read(MODERN.as_bytes()).unwrap();
    assert_eq!((file.message_id.as_str(), file.version), ("MSG-2026-03-05", Some(8)));
    let statement = modern();
    assert_eq!(statement.id, "STMT-2026-045");
    assert_eq!(statement.account.to_string(), "DE02120300000000202051");
    assert_eq!(statement.opening, Balance::Stated(Money::eur(100_000)));
    assert_eq!(statement.entries.len(), 4);
    assert_eq!(statement.closing_check(), Ok(ClosingCheck::Closes));
}

#[test]
fn references_names_and_accounts_are_read_from_transactions() {
    let entry = modern().entries.remove(0);
    assert_eq!(entry.bank_reference.as_deref(), Some("BANK-0001"));
    let transaction = &entry.transactions[0];
    assert_eq!(transaction.structured_references, ["RF04INK2026000123"]);
    assert_eq!(transaction.end_to_end_id, None);
    assert_eq!(transaction.counterparty.name.as_deref(), Some("Karla Klee & Söhne"));
    let iban = transaction.counterparty.iban.map(|iban| iban.to_string());
    assert_eq!(iban.as_deref(), Some("DE89370400440532013000"));
}

#[test]
fn an_old_statement_with_prefixes_is_read_the_same_way() {
    let statement = read(OLD.as_bytes()).unwrap().statements.remove(0);
    assert_eq!(statement.currency, Currency::EUR);
    assert_eq!(statement.opening, Balance::Stated(Money::eur(-1000)));
    let transaction = &statement.entries[0].transactions[0];
    assert_eq!(transaction.remittance_text, ["Rate März"]);
    assert_eq!(transaction.amount, Some(Money::eur(4250)));
    assert_eq!(statement.closing_check(), Ok(ClosingCheck::Closes));
}

#[test]
fn a_collective_booking_is_split_when_its_parts_make_the_whole() {
    let entry = modern().entries.remove(1);
    let parts = movements(&entry).unwrap();
    let amounts: Vec<i64> = parts.iter().map(|part| part.amount.minor_units()).collect();
    assert_eq!(amounts, [12_000, 18_000]);
    assert_eq!(parts[1].transaction.end_to_end_id.as_deref(), Some("E2E-2"));
}

#[test]
fn a_collective_booking_that_does_not_add_up_stays_whole() {
    let text = edited(">180.00<", ">181.00<");
    let entry = read(text.as_bytes()).unwrap().statements.remove(0).entries.remove(1);
    let parts = movements(&entry).unwrap();
    assert_eq!((parts.len(), parts[0].amount), (1, Money::eur(30_000)));
    assert!(parts[0].is_unsplit_batch);
}

#[test]
fn a_return_names_its_reason_and_what_was_paid_before_charges() {
    let entry = modern().entries.remove(2);
    let movement = movements(&entry).unwrap().remove(0);
    assert!(movement.is_return(&entry));
    assert_eq!(movement.transaction.return_reason.as_deref(), Some("AC04"));
    assert_eq!(movement.returned_amount(), Ok(Money::eur(5000)));
}

#[test]
fn a_pending_entry_is_no_part_of_the_closing_balance() {
    let statement = modern();
    assert_eq!(statement.entries[3].status, EntryStatus::Pending);
    let text = edited("PDNG", "BOOK");
    let statement = read(text.as_bytes()).unwrap().statements.remove(0);
    let (computed, stated) = (Money::eur(146_370), Money::eur(138_670));
    assert_eq!(statement.closing_check(), Ok(ClosingCheck::Differs { computed, stated }));
}

#[test]
fn an_amount_with_three_decimals_is_refused_and_its_place_named() {
    let error = refusal(&edited(">300.00<", ">300.000<"));
    assert_eq!(error.fault, CamtFault::TooManyDecimals);
    assert_eq!(error.place.path, "Stmt[1]/Ntry[2]/Amt");
    assert_eq!(error.place.line, 51);
}

#[test]
fn faults_carry_the_path_and_the_kind() {
    let cases = [
        (edited("DE02120300000000202051", "DE03120300000000202051"), CamtFault::InvalidIban),
        (edited("<Amt Ccy=\"EUR\">300", "<Amt Ccy=\"CHF\">300"), CamtFault::WrongCurrency),
        (edited("<Amt Ccy=\"EUR\">300", "<Amt Ccy=\"XXY\">300"), CamtFault::UnknownCurrency),
        (edited(">300.00<", ">-300.00<"), CamtFault::InvalidAmount),
        (edited("<Cd>BOOK</Cd>", "<Cd>LATE</Cd>"), CamtFault::InvalidCode),
        (edited("<ValDt><Dt>2026-03-05", "<ValDt><Dt>2026-02-30"), CamtFault::InvalidDate),
        (edited("<Id>STMT-2026-045</Id>", ""), CamtFault::Missing),
        (edited("camt.053.001.08", "camt.053.001.77"), CamtFault::UnsupportedVersion),
        (edited("camt.053.001.08", "camt.054.001.08"), CamtFault::WrongRoot),
        (edited("<Document", "<!DOCTYPE x><Document"), CamtFault::NotWellFormed),
        (edited("Karla", "&Karla;"), CamtFault::NotWellFormed),
    ];
    for (text, fault) in cases {
        assert_eq!(refusal(&text).fault, fault);
    }
}

#[test]
fn a_file_without_statements_is_not_an_empty_success() {
    let text = "<Document><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>";
    assert_eq!(refusal(text).fault, CamtFault::Missing);
    assert_eq!(refusal("<Invoice/>").fault, CamtFault::WrongRoot);
    assert_eq!(refusal("").fault, CamtFault::Truncated);
}

#[test]
fn another_encoding_is_refused_and_not_guessed() {
    let mut bytes = MODERN.as_bytes().to_vec();
    let position = MODERN.find("Klee").unwrap();
    bytes[position] = 0xe4;
    assert_eq!(read(&bytes).unwrap_err().fault, CamtFault::NotUtf8);
}

proptest! {
    #[test]
    fn a_file_cut_anywhere_is_refused(cut in 0..MODERN.trim_end().len()) {
        prop_assert!(read(&MODERN.as_bytes()[..cut]).is_err());
    }

    #[test]
    fn bytes_that_are_no_statement_never_crash_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }
}
