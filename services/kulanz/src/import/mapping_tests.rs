use super::parse;
use crate::import::error::ImportError;
use crate::import::field::Field;

const GERMAN: &str = include_str!("../../sample/mappings/erp-german.toml");
const ENGLISH: &str = include_str!("../../sample/mappings/english-csv.toml");

fn refused(change: impl Fn(&str) -> String) -> ImportError {
    parse(&change(GERMAN)).expect_err("the changed mapping is refused")
}

#[test]
fn the_shipped_mappings_are_valid() {
    assert!(parse(GERMAN).is_ok(), "{:?}", parse(GERMAN).err());
    assert!(parse(ENGLISH).is_ok(), "{:?}", parse(ENGLISH).err());
}

#[test]
fn two_columns_for_one_field_contradict_each_other() {
    let error = refused(|map| map.replace("\"Firma\" = \"company\"", "\"Firma\" = \"last_name\""));
    assert!(
        matches!(error, ImportError::TargetMappedTwice { target, .. } if target == "last_name")
    );
}

#[test]
fn a_field_with_a_column_takes_no_constant() {
    let error = refused(|map| map.replace("[defaults]", "[constants]"));
    assert!(matches!(error, ImportError::ColumnAndConstant { field: Field::Country, .. }));
}

#[test]
fn a_column_is_not_both_mapped_and_ignored() {
    let error = refused(|map| map.replace("ignore = []", "ignore = [\"PLZ\"]"));
    assert!(matches!(error, ImportError::MappedAndIgnored(column) if column == "PLZ"));
}

#[test]
fn what_every_claim_needs_must_come_from_somewhere() {
    let error = refused(|map| map.replace("\"Betrag\" = \"amount\"", ""));
    assert!(matches!(error, ImportError::TargetUnmapped(Field::Amount)));
}

#[test]
fn a_value_map_stays_within_the_closed_list_of_its_field() {
    let error = refused(|map| map.replace("\"Herr\" = \"mr\"", "\"Herr\" = \"sir\""));
    assert!(matches!(error, ImportError::ValueNotAllowed { field: Field::Salutation, .. }));
}

#[test]
fn unknown_fields_keys_formats_and_encodings_are_named() {
    let error = refused(|map| map.replace("\"due_date\"", "\"due_day\""));
    assert!(matches!(error, ImportError::TargetUnknown { target, .. } if target == "due_day"));
    for (from, to) in [
        ("delimiter = \";\"", "delimeter = \";\""),
        ("dd.mm.yyyy", "dd.mm.yy"),
        ("ISO-8859-1\"\n", "latin1\"\n"),
        ("[\"EUR\"]", "[\"DM\"]"),
        ("[\"EUR\"]", "[]"),
        ("delimiter = \";\"", "delimiter = '\"'"),
        ("thousands_separator = \".\"", "thousands_separator = \",\""),
    ] {
        let error = refused(|map| map.replace(from, to));
        assert!(matches!(error, ImportError::MappingInvalid(_)), "{to}: {error}");
    }
}
