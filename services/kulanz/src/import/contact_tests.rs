use super::{email, phone};
use crate::import::problem::{Problem, ProblemCode};

fn codes(problems: &[Problem]) -> Vec<ProblemCode> {
    problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn five_ways_to_write_a_mobile_number_are_one_number() {
    let mut problems = Vec::new();
    for text in
        ["+49 152 28817386", "+4915228817386", "0152/28817386", "0152 28817386", "004915228817386"]
    {
        assert_eq!(phone(text, "DE", &mut problems).as_deref(), Some("+4915228817386"), "{text}");
    }
    assert_eq!(phone("+49 (0)171 3920012", "DE", &mut problems).as_deref(), Some("+491713920012"));
    assert_eq!(codes(&problems), []);
}

#[test]
fn the_address_decides_what_a_number_without_country_code_means() {
    let mut problems = Vec::new();
    assert_eq!(phone("0664 1234567", "AT", &mut problems).as_deref(), Some("+436641234567"));
    assert_eq!(phone("079 123 45 67", "CH", &mut problems).as_deref(), Some("+41791234567"));
    assert_eq!(phone("0176/04069028", "AT", &mut problems).as_deref(), Some("+4917604069028"));
    assert_eq!(phone("0176/04069028", "CH", &mut problems).as_deref(), Some("+4917604069028"));
    assert_eq!(codes(&problems), []);
}

#[test]
fn a_landline_is_kept_with_a_warning() {
    let mut problems = Vec::new();
    assert_eq!(phone("030 23125111", "DE", &mut problems).as_deref(), Some("+493023125111"));
    assert_eq!(codes(&problems), [ProblemCode::PhoneNotMobile]);
}

#[test]
fn a_number_that_a_spreadsheet_rounded_is_dropped() {
    for text in ["4,91523E+11", "49152", "152 28817386", "0049", "+49 abc 12345", "unbekannt"] {
        let mut problems = Vec::new();
        assert_eq!(phone(text, "DE", &mut problems), None, "{text}");
        assert_eq!(codes(&problems), [ProblemCode::PhoneInvalid]);
    }
}

#[test]
fn what_is_no_e_mail_address_is_dropped_with_a_warning() {
    for text in
        ["a(at)example.org", "a@example", "@example.org", "a b@example.org", "a@.org", "a..b@x.org"]
    {
        let mut problems = Vec::new();
        assert_eq!(email(text, &mut problems), None, "{text}");
        assert_eq!(codes(&problems), [ProblemCode::EmailInvalid]);
    }
}

#[test]
fn e_mail_addresses_are_taken_as_written() {
    let mut problems = Vec::new();
    for text in ["o'neil@example.org", "jörg.öhm@müller-öhm.example", "a+b@mail.example.org"] {
        assert_eq!(email(text, &mut problems).as_deref(), Some(text));
    }
    assert_eq!(codes(&problems), []);
    assert_eq!(email("", &mut problems), None);
}
